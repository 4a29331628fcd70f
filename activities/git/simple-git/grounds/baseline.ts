/** What setup made or changed in the agent's clone before the agent began: nobody's change, unless the agent changes it further. */
import { findChanges } from './changes.ts';
import { type IndexEntry, readIndex } from './index-file.ts';
import type { OpenGround } from './ground.ts';
import { addChanges, FilesRefused } from './take-tree.ts';

/** Mode and object id; null: no such file. */
type Content = readonly [mode: number, object: string] | null;

/** By raw path: what was there before, and what setup left instead. */
export interface Baseline {
  readonly files: readonly (readonly [path: string, before: Content, after: Content])[];
  /** Known by their names alone: repositories, and what git can't add. */
  readonly names: readonly string[];
}

export const nothingMade: Baseline = { files: [], names: [] };

const contentOf = (entry: IndexEntry | undefined): Content =>
  entry === undefined ? null : [entry.mode, entry.object];

const isSame = (one: Content, other: Content): boolean => one?.[0] === other?.[0] && one?.[1] === other?.[1];

/** What a ground holds, ignored files apart. */
export interface Picture {
  readonly entries: ReadonlyMap<string, IndexEntry>;
  readonly names: readonly string[];
}

/** The index takes up all that changed; what it can't is known by name. */
export async function takePicture(ground: OpenGround): Promise<Picture> {
  const changes = await findChanges(ground);
  const [names, others] = [
    changes.others.filter((path) => path.endsWith('/')),
    changes.others.filter((path) => !path.endsWith('/')),
  ];
  try {
    await addChanges(ground, { ...changes, others });
  } catch (error) {
    if (!(error instanceof FilesRefused)) throw error;
    names.push(...others);
  }
  return { entries: (await readIndex(ground.scratch.indexFile)) ?? new Map(), names };
}

/** What came between the two. */
export function differenceOf(before: Picture, after: Picture): Baseline {
  const paths = new Set([...before.entries.keys(), ...after.entries.keys()]);
  const files = [...paths]
    .map((path) => [path, contentOf(before.entries.get(path)), contentOf(after.entries.get(path))] as const)
    .filter(([, one, other]) => !isSame(one, other));
  return { files, names: after.names.filter((name) => !before.names.includes(name)) };
}

/** What setup left and nobody touched since is put back in the index as it was before. */
export async function withoutBaseline(ground: OpenGround, { files }: Baseline): Promise<void> {
  if (files.length === 0) return;
  const now = await readIndex(ground.scratch.indexFile);
  const lines = files
    .filter(([path, , after]) => isSame(contentOf(now?.get(path)), after))
    .map(([path, before]) =>
      before === null ? `0 ${'0'.repeat(40)}\t${path}\0` : `${before[0].toString(8)} ${before[1]}\t${path}\0`,
    );
  if (lines.length > 0)
    await ground.git('update-index', ['-z', '--index-info'], {
      stdin: Buffer.from(lines.join(''), 'latin1'),
    });
}
