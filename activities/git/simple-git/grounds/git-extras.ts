/**
 * What lies in a ground's `.git` beside what we write there: hooks, modules of submodules, keys. Setup may make such things; whoever
 * works there afterwards could have them run by somebody else. So they stay only as setup left them, as far as this process saw it.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { markOf, type Mark, rawPath } from './marks.ts';

/** By raw path below `.git`. */
export type Extras = ReadonlyMap<string, Mark>;

export const noExtras: Extras = new Map();

/** What we write ourselves, and what an operation that was left half-way keeps. */
const ours =
  /^(?:HEAD|config|config\.worktree|index|packed-refs|refs|logs|objects|shallow|worktrees|[A-Z_]+_HEAD|MERGE_(?:MSG|MODE|RR)|AUTO_MERGE|SQUASH_MSG|COMMIT_EDITMSG|BISECT_.*|rebase-merge|rebase-apply|sequencer|gc\.pid|.*\.lock)$/;

export function listExtras(gitFolder: string): Extras {
  const found = new Map<string, Mark>();
  if (lstatSync(gitFolder, { throwIfNoEntry: false })?.isDirectory() !== true) return found;
  const folders = [''];
  for (const folder of folders) {
    const options = { encoding: 'latin1', withFileTypes: true } as const;
    for (const entry of readdirSync(rawPath(gitFolder, folder), options)) {
      if (folder === '' && ours.test(entry.name)) continue;
      const inner = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (inner === 'info/sparse-checkout') continue;
      const mark = markOf(gitFolder, inner);
      if (mark !== undefined) found.set(inner, mark);
      if (entry.isDirectory()) folders.push(inner);
    }
  }
  return found;
}

/** Names directly in `.git` under which all is as it was. */
export function unchanged(before: Extras, now: Extras): readonly string[] {
  const topOf = (path: string): string => path.split('/')[0] ?? path;
  const changed = new Set(
    [...before.keys(), ...now.keys()].filter((path) => before.get(path) !== now.get(path)).map(topOf),
  );
  return [...new Set([...before.keys()].map(topOf))].filter((name) => !changed.has(name));
}

export const areSame = (before: Extras, now: Extras): boolean =>
  before.size === now.size && [...before].every(([path, mark]) => now.get(path) === mark);
