/** Files that are whole or absent, whatever dies meanwhile: written beside, flushed, then put in place. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface WriteOptions {
  /** False: survives a crash of this process but perhaps not a power cut. */
  readonly durable?: boolean;
}

/** Temporary files start like this; whoever lists a folder skips them. */
export const temporaryPrefix = '.tmp-';

/** Replaces what was there. Readers see the old content or the new, never a part. The folder is made if need be. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  await throughTemporary(path, content, options, (temporary) => rename(temporary, path));
}

/** False, and nothing changed, if the file exists: among any number of processes exactly one gets true. */
export async function createFile(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): Promise<boolean> {
  try {
    await throughTemporary(path, content, options, (temporary) => link(temporary, path));
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Not by `instanceof`: Node's own errors come from another realm in some test runners. */
export const isErrno = (error: unknown, ...codes: readonly string[]): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));

export const isSyntaxError = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'SyntaxError';

async function throughTemporary(
  path: string,
  content: string | Uint8Array,
  { durable = true }: WriteOptions,
  putInPlace: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `${temporaryPrefix}${randomUUID()}-${basename(path).slice(-64)}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await putInPlace(temporary);
    if (durable) await syncFolder(folder);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A new name is on disk only when its folder is. Windows can't open folders and doesn't need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
