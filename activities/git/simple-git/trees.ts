/** Trees of the mirror read and written entry by entry. Names are bytes, so that nothing but what is meant changes. */
import { pathToBytes } from '../../../domain/text/byte-path.ts';
import type { Git } from '../port.ts';
import { emptyTree, objectId, pathOf } from './map.ts';
import type { Mirror, Mirrors } from './mirror.ts';

export interface Entry {
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  readonly path: string;
}

/** Of `folder` (without a slash at its end; empty: the top), or of everything below it. */
export async function readTree(
  mirrors: Mirrors,
  mirror: Mirror,
  tree: string,
  { folder = '', recursive = false }: { readonly folder?: string; readonly recursive?: boolean } = {},
): Promise<readonly Entry[]> {
  const args = ['-z', '--full-tree', ...(recursive ? ['-r'] : []), '--end-of-options', objectId(tree)];
  const where = folder === '' ? [] : ['--', `${folder}/`];
  const { bytes } = await mirrors.git(mirror, 'ls-tree', [...args, ...where]);
  return fieldsOf(bytes).flatMap((field) => {
    const [, mode, type, sha, name] = /^(\d+) (\w+) ([0-9a-f]+)\t([^]*)$/.exec(field) ?? [];
    if (mode === undefined || type === undefined || sha === undefined || name === undefined) return [];
    return [{ mode, type, sha, path: pathOf(name) }];
  });
}

/** The tree written again without one entry, from the inside out; a folder left empty goes too. The same tree if it isn't there. */
export async function removeEntry(
  mirrors: Mirrors,
  mirror: Mirror,
  tree: string,
  [first, ...rest]: readonly string[],
): Promise<string> {
  const entries = await readTree(mirrors, mirror, tree);
  const found = entries.find(({ path }) => path === first);
  if (found === undefined) return tree;
  const kept: Entry[] = [];
  if (rest.length > 0) {
    if (found.type !== 'tree') return tree;
    const sha = await removeEntry(mirrors, mirror, found.sha, rest);
    if (sha === found.sha) return tree;
    if (sha !== emptyTree) kept.push({ ...found, sha });
  }
  const left = entries.toSpliced(entries.indexOf(found), 1, ...kept);
  if (left.length === 0) return emptyTree;
  const stdin = Buffer.concat(
    left.flatMap(({ mode, type, sha, path }) => [
      Buffer.from(`${mode} ${type} ${sha}\t`),
      pathToBytes(path),
      Buffer.of(0),
    ]),
  );
  return (await mirrors.git(mirror, 'mktree', ['-z'], { stdin })).text.trim();
}

/** What differs from one tree to another; a renamed file is one that went and one that came. */
export async function readChanges(
  mirrors: Mirrors,
  mirror: Mirror,
  from: string,
  to: string,
): ReturnType<Git['changes']> {
  const args = ['-r', '-z', '--raw', '--no-renames', '--end-of-options', objectId(from), objectId(to)];
  const fields = fieldsOf((await mirrors.git(mirror, 'diff-tree', args)).bytes);
  const kinds = { A: 'added', D: 'deleted' } as const;
  const changes = new Map<string, 'added' | 'deleted' | 'changed'>();
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const letter = fields[index]?.slice(-1);
    changes.set(
      pathOf(fields[index + 1] ?? ''),
      letter === 'A' || letter === 'D' ? kinds[letter] : 'changed',
    );
  }
  return changes;
}

/** NUL-separated fields, each byte as the character of its number. */
export const fieldsOf = (bytes: Buffer): readonly string[] =>
  bytes.toString('latin1').replace(/\0$/, '').split('\0');
