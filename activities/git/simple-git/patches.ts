/** Whether two changes are one patch: the same lines in the same surroundings, wherever in the file they are. */
import type { CommitRange, Git } from '../port.ts';
import type { Mirror, Mirrors } from './mirror.ts';
import { objectId } from './map.ts';
import type { Objects } from './objects.ts';

/** As a line of `diff-tree --stdin`: a commit, for what it does to its first parent; or two trees. */
export type Change = string;

/**
 * Every pair is equal. Unlike git's own patch ids, which pass over white space: who approved `if (x)` with a line below it may mind
 * another depth. One process.
 */
export async function samePatches(
  mirrors: Mirrors,
  mirror: Mirror,
  pairs: readonly (readonly [Change, Change])[],
): Promise<boolean> {
  const differing = pairs.filter(([before, after]) => before !== after);
  if (differing.length === 0) return true;
  const { bytes } = await mirrors.git(
    mirror,
    'diff-tree',
    [
      '--stdin',
      '-r',
      '--patch',
      '--root',
      '--diff-merges=first-parent',
      '--full-index',
      '--binary',
      '--no-renames',
      '--no-ext-diff',
      '--no-textconv',
    ],
    { stdin: `${[...new Set(differing.flat())].join('\n')}\n` },
  );
  const patches = readPatches(bytes.toString('latin1'));
  return differing.every(([before, after]) => {
    const patch = patches.get(before);
    return patch !== undefined && patch === patches.get(after);
  });
}

// Only after a line feed: `^` would find a line after a carriage return within one, too.
const header = /(?<![^\n])([0-9a-f]{40,64}(?: [0-9a-f]{40,64})?)\n/;
const places = /(?<![^\n])(?:@@ |index [0-9a-f]+\.\.)[^\n]*/g;

/**
 * Each change as git names it, with its patch without line numbers, the function that a hunk is in, and object names. A line of a
 * file never begins like that: it has ' ', '+' or '-' before it.
 */
function readPatches(text: string): ReadonlyMap<Change, string> {
  const parts = text.split(header).slice(1);
  const patches = new Map<Change, string>();
  for (let at = 0; at + 1 < parts.length; at += 2)
    patches.set(parts[at] ?? '', (parts[at + 1] ?? '').replaceAll(places, ''));
  return patches;
}

export const createSamePatch =
  (mirrors: Mirrors, { treeOf }: Objects): Git['samePatch'] =>
  (repository, before, after) =>
    mirrors.withObjects(repository, async (mirror) => {
      const changeOf = async ({ from, to }: CommitRange) =>
        `${await treeOf(mirror, objectId(from))} ${await treeOf(mirror, objectId(to))}`;
      return samePatches(mirrors, mirror, [[await changeOf(before), await changeOf(after)]]);
    });
