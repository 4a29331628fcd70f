/** Two commits merged without a checkout, as `git merge` would: by the attributes of ours, each conflict told by path and kind. */
import type { ConflictedFile } from '../../../domain/model/git.ts';
import type { MergeTree } from '../port.ts';
import { readAttributes } from './attributes.ts';
import { readBlobs } from './blobs.ts';
import { gitFailed } from './errors.ts';
import { objectId, pathOf } from './map.ts';
import type { Mirror, Mirrors } from './mirror.ts';
import { fieldsOf } from './trees.ts';

export type Merge = (mirror: Mirror, ours: string, theirs: string) => Promise<MergeTree>;

export function createMerge(
  mirrors: Mirrors,
  treeOf: (mirror: Mirror, sha: string) => Promise<string>,
): Merge {
  return async function merge(mirror, ours, theirs) {
    const plain = await mergeTree(mirrors, mirror, { ours, theirs, attributes: '' });
    // What git didn't merge inside a file, no attribute changes.
    const attributes = plain.insideFiles
      ? await readAttributes(mirrors, mirror, await treeOf(mirror, ours))
      : '';
    const { tree, conflicts } =
      attributes === '' ? plain : await mergeTree(mirrors, mirror, { ours, theirs, attributes });
    if (conflicts.length === 0) return { kind: 'clean', tree };
    return { kind: 'conflict', tree, files: await withoutMarkers(mirrors, mirror, tree, conflicts) };
  };
}

interface Merged {
  readonly tree: string;
  readonly conflicts: readonly ConflictedFile[];
  /** Git merged the contents of a file that both sides changed. */
  readonly insideFiles: boolean;
}

async function mergeTree(
  mirrors: Mirrors,
  mirror: Mirror,
  {
    ours,
    theirs,
    attributes,
  }: { readonly ours: string; readonly theirs: string; readonly attributes: string },
): Promise<Merged> {
  const sides = [objectId(ours), objectId(theirs)];
  const args = ['--write-tree', '--messages', '-z', '--end-of-options', ...sides];
  const output = await mirrors.withScratch(mirror, { attributes: `${attributes}\n` }, (scratch) =>
    mirrors.git(mirror, 'merge-tree', args, { codes: [1], scratch }),
  );
  const [tree = '', ...rest] = fieldsOf(output.bytes);
  // Exit 1 also means that a side is not in this mirror.
  if (!/^[0-9a-f]{40,64}$/.test(tree)) throw gitFailed('merge-tree', output);
  const end = rest.indexOf('');
  const staged = readStaged(rest.slice(0, end < 0 ? rest.length : end));
  const messages = readMessages(end < 0 ? [] : rest.slice(end + 1));
  return {
    tree,
    conflicts:
      output.code === 0 ? [] : [...staged].map(([path, stages]) => conflictOf(path, stages, messages)),
    insideFiles: messages.some(({ type }) => type === 'Auto-merging'),
  };
}

/** The stages (1 base, 2 ours, 3 theirs) that each conflicted path has. */
function readStaged(fields: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const staged = new Map<string, Set<string>>();
  for (const field of fields) {
    const [, stage, name] = /^\d+ [0-9a-f]+ (\d)\t([^]*)$/.exec(field) ?? [];
    if (stage === undefined || name === undefined) continue;
    const path = pathOf(name);
    staged.set(path, (staged.get(path) ?? new Set()).add(stage));
  }
  return staged;
}

interface Message {
  readonly paths: readonly string[];
  /** Git's stable name, e.g. `CONFLICT (modify/delete)`. */
  readonly type: string;
  readonly text: string;
}

/** Each: how many paths, the paths, a type, a text. */
function readMessages(fields: readonly string[]): readonly Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < fields.length; ) {
    const count = Number(fields[at]);
    if (!Number.isSafeInteger(count) || count < 1) break;
    const paths = fields.slice(at + 1, at + 1 + count).map(pathOf);
    const [type = '', text = ''] = fields.slice(at + 1 + count);
    messages.push({ paths, type, text: Buffer.from(text, 'latin1').toString('utf8').trim() });
    at += count + 3;
  }
  return messages;
}

const inside = 'content';

function conflictOf(path: string, stages: ReadonlySet<string>, messages: readonly Message[]): ConflictedFile {
  const about = messages.filter(({ type, paths }) => type.startsWith('CONFLICT') && paths.includes(path));
  const told = about.find(({ type }) => !/\((contents|binary)\)$/.test(type));
  const both = stages.has('1') ? 'changed on both sides' : 'added on both sides';
  if (told === undefined) {
    const isBinary = about.some(({ type }) => type.endsWith('(binary)'));
    return { path, kind: isBinary ? 'binary' : inside, says: both, others: [] };
  }
  const [, kind = told.type] = /\((.*)\)$/.exec(told.type) ?? [];
  const says = told.text.replace(/^CONFLICT \([^)]*\): /, '').replaceAll(/\s+/g, ' ');
  return { path, kind, says, others: told.paths.filter((other) => other !== path) };
}

/** Git keeps one side's file where it can't mark lines: it is told apart by having no marker. */
async function withoutMarkers(
  mirrors: Mirrors,
  mirror: Mirror,
  tree: string,
  conflicts: readonly ConflictedFile[],
): Promise<readonly ConflictedFile[]> {
  const files = conflicts.filter(({ kind }) => kind === inside).map(({ path }) => path);
  const contents = await readBlobs(mirrors, mirror, tree, files);
  return conflicts.map((each) => {
    const content = contents.get(each.path);
    return content === undefined || /^<{7,} /m.test(content.toString('latin1'))
      ? each
      : { ...each, kind: 'binary' };
  });
}
