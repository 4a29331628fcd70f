/**
 * A ground that holds some folders of its commit alone, by git's own means: patterns of ours, and a mark on what the index names and
 * nobody has checked out. What must stay true: a file that lies there unmarked is looked at, so that nothing outside is overlooked.
 */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { coneOf, coneText, isInCone } from '../../../../domain/model/cone.ts';
import type { WorkspaceRef } from '../../../../domain/model/project.ts';
import { removeTree } from '../../../support/remove-tree.ts';
import { objectId } from '../map.ts';
import { asInput, type OpenGround, type Place } from './ground.ts';
import { differingPaths, hasMarks, type IndexEntry, readIndex } from './index-file.ts';
import { foldersOf } from './made-by-setup.ts';
import { rawPath } from './marks.ts';
import { FilesRefused, shown } from './take-tree.ts';

type Entries = ReadonlyMap<string, IndexEntry>;

const rawOf = (path: string): string => Buffer.from(path).toString('latin1');
const named = (raw: string): string => Buffer.from(raw, 'latin1').toString();

/** Where the ground is, and what of a commit it holds. */
export const placeOf = (path: string, { paths }: WorkspaceRef): Place => ({
  path,
  cone: coneOf(paths?.map(rawOf)),
});

/** What the index names and the ground holds. */
export const checkedOut = (entries: Entries): Entries => {
  const found = new Map([...entries].filter(([, { isLeftOut }]) => !isLeftOut));
  return found.size === entries.size ? entries : found;
};

/** The ground's files are the commit's, as far as it holds them. */
export async function putTree(ground: OpenGround, sha: string): Promise<void> {
  const put = () => ground.git('read-tree', ['--reset', '-u', objectId(sha)]);
  if (ground.cone === undefined) await leaveNothingOut(ground);
  else await removeOutside(ground);
  await put();
  // What the index did not know before.
  if (await removeOutside(ground)) await put();
}

/** The index is the commit's; no file is touched, and those that the ground does not hold are not missed. */
export async function readTreeOnly(ground: OpenGround, sha: string): Promise<void> {
  await ground.git('read-tree', [objectId(sha)]);
  const { cone } = ground;
  if (cone === undefined) return;
  const paths = [...((await readIndex(ground.scratch.indexFile))?.keys() ?? [])];
  const outside = paths.filter((path) => !isInCone(cone, path));
  await mark(ground, '--skip-worktree', outside);
}

/** An index of when the ground held less: git keeps its marks. */
async function leaveNothingOut(ground: OpenGround): Promise<void> {
  const { indexFile } = ground.scratch;
  if (!(await hasMarks(indexFile))) return;
  const entries = (await readIndex(indexFile)) ?? new Map<string, IndexEntry>();
  const leftOut = [...entries].filter(([, { isLeftOut }]) => isLeftOut).map(([path]) => path);
  await mark(ground, '--no-skip-worktree', leftOut);
}

async function mark(ground: OpenGround, how: string, paths: readonly string[]): Promise<void> {
  if (paths.length > 0) await ground.git('update-index', ['-z', how, '--stdin'], { stdin: asInput(paths) });
}

/** Files that a commit names and the ground should not hold. True: there were some. */
async function removeOutside({ path, cone, scratch }: OpenGround): Promise<boolean> {
  if (cone === undefined) return false;
  const folders: string[] = [];
  const isOutside = (inner: string): boolean => inner !== '.git' && !isInCone(cone, `${inner}/`);
  for (const folder of cone.around)
    for (const entry of await list(path, folder)) {
      const inner = within(folder, entry.name);
      if (entry.isDirectory() && isOutside(inner)) folders.push(inner);
    }
  if (folders.length === 0) return false;
  const tracked: Entries = (await readIndex(scratch.indexFile)) ?? new Map();
  const holding = foldersOf(tracked);
  let isThere = false;
  for (const folder of folders)
    for (const entry of await list(path, folder)) {
      const inner = within(folder, entry.name);
      if (entry.isDirectory()) {
        if (holding.has(inner)) folders.push(inner);
      } else if (tracked.has(inner)) {
        isThere = true;
        await removeTree(rawPath(path, inner));
      }
    }
  return isThere;
}

const within = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

async function list(root: string, folder: string): Promise<readonly Dirent[]> {
  try {
    const options = { withFileTypes: true, encoding: 'latin1' as BufferEncoding } as const;
    return await readdir(rawPath(root, folder), options);
  } catch {
    // Gone, or nobody's to read: git looks at nothing there either.
    return [];
  }
}

const namedAtMost = 3;

/** `FilesRefused` where what the index took up since is outside of what the ground holds. */
export async function refuseOutside(
  { cone, path: root, scratch }: OpenGround,
  before: Entries | undefined,
): Promise<void> {
  if (cone === undefined) return;
  const after = await readIndex(scratch.indexFile);
  if (before === undefined || after === undefined) throw new Error(`The index of ${root} can't be read.`);
  const outside = differingPaths(before, after).filter((path) => !isInCone(cone, path));
  if (outside.length === 0) return;
  const first = outside.slice(0, namedAtMost).map((path) => `'${shown(path)}'`);
  const more = outside.length > namedAtMost ? ` and ${outside.length - namedAtMost} more` : '';
  const it = outside.length === 1 ? 'it' : 'them';
  throw new FilesRefused(
    `${first.join(', ')}${more} ${outside.length === 1 ? 'is' : 'are'} outside of what this project works in: ${coneText([...cone.folders].map(named))}. Nothing else may change. Move ${it} there, or remove ${it} from the clone (of the repository's own files, what is missing outside stays as it is); undo commits that delete ${it}.`,
  );
}
