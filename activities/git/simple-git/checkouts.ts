/**
 * Where a person has a branch checked out, read from their repository's own files. Whatever is out of the ordinary there (a `.git`
 * file, included configuration, another storage of refs) is left to git.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing, readOptional } from './files.ts';
import { branchRef } from './map.ts';

/** The checkout; null: nowhere; undefined: git has to say. */
export async function findCheckout(repository: string, branch: string): Promise<string | null | undefined> {
  const path = await realpath(repository);
  const inside = await stat(join(path, '.git')).catch(() => undefined);
  if (inside !== undefined && !inside.isDirectory()) return undefined;
  const gitDir = inside === undefined ? path : join(path, '.git');
  const config = await readOptional(join(gitDir, 'config'));
  if (config === undefined || /^\s*(\[include|worktree\b|worktreeconfig\b|refstorage\b)/im.test(config))
    return undefined;
  const isBare = /^\s*bare\s*=\s*true\s*$/im.test(config);
  if (isBare !== (inside === undefined)) return undefined;

  const isOn = async (folder: string): Promise<boolean> =>
    (await readOptional(join(folder, 'HEAD')))?.trim() === `ref: ${branchRef(branch)}`;
  if (!isBare && (await isOn(gitDir))) return path;
  const worktrees = join(gitDir, 'worktrees');
  for (const name of await readdir(worktrees).catch(none)) {
    if (!(await isOn(join(worktrees, name)))) continue;
    const pointer = await readOptional(join(worktrees, name, 'gitdir'));
    return pointer === undefined ? undefined : dirname(pointer.trim());
  }
  return null;
}

function none(error: unknown): readonly string[] {
  if (isMissing(error)) return [];
  throw error;
}
