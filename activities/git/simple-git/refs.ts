/** Refs as they lie in a repository that we made (files backend), read and set without a process. */
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isErrno } from '../../support/atomic-file.ts';
import { isMissing, readOptional } from './files.ts';

/** Every ref under `refs/` with its value; a symbolic one as `ref: …`. */
export async function readRefs(gitDir: string): Promise<Map<string, string>> {
  const refs = new Map<string, string>();
  for (const line of ((await readOptional(join(gitDir, 'packed-refs'))) ?? '').split('\n')) {
    const match = /^([0-9a-f]{40,64}) (refs\/.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) refs.set(match[2], match[1]);
  }
  const visit = async (folder: string, name: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    await Promise.all(
      entries.map(async (entry) => {
        const ref = `${name}/${entry.name}`;
        if (entry.isDirectory()) return visit(join(folder, entry.name), ref);
        if (entry.name.endsWith('.lock')) return;
        const value = await readOptional(join(folder, entry.name));
        if (value !== undefined && value.trim() !== '') refs.set(ref, value.trim());
      }),
    );
  };
  await visit(join(gitDir, 'refs'), 'refs');
  return refs;
}

/** One ref's value; undefined if it doesn't exist. */
export async function readRef(gitDir: string, ref: string): Promise<string | undefined> {
  const loose = await readOptional(join(gitDir, ref)).catch(() => undefined);
  if (loose !== undefined && loose.trim() !== '') return loose.trim();
  const packed = (await readOptional(join(gitDir, 'packed-refs'))) ?? '';
  return packed
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(' ')[0];
}

/**
 * Sets a ref (null: deletes it) as git does, under its lock file. False when that is not so simple: somebody holds the lock, a
 * folder is in the way, or it is packed. Then git has to do it.
 */
export async function writeRef(gitDir: string, ref: string, sha: string | null): Promise<boolean> {
  const path = join(gitDir, ref);
  const lock = `${path}.lock`;
  if (sha === null && (await isPacked(gitDir, ref))) return false;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(lock, 'wx');
    try {
      if (sha !== null) await file.writeFile(`${sha}\n`);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isErrno(error, 'EEXIST', 'ENOTDIR')) return false;
    throw error;
  }
  try {
    if (sha === null) await rm(path, { force: true });
    else await rename(lock, path);
    return true;
  } catch {
    return false;
  } finally {
    await rm(lock, { force: true });
  }
}

const isPacked = async (gitDir: string, ref: string): Promise<boolean> =>
  ((await readOptional(join(gitDir, 'packed-refs'))) ?? '')
    .split('\n')
    .some((line) => line.endsWith(` ${ref}`));
