/** Files that may not be there, and ours, in whose place somebody may have put something else. */
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { isErrno, replaceFile } from '../../support/atomic-file.ts';
import { readRegular } from '../../support/hostile-file.ts';
import { removeTree } from '../../support/remove-tree.ts';

export const isMissing = (error: unknown): boolean => isErrno(error, 'ENOENT', 'ENOTDIR');

/** File content, undefined if there is none. */
export async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const mostBytes = 256 * 1024 * 1024;

/** A file that we wrote; undefined: there is none, or something that is no file. */
export async function readOurs(path: string): Promise<string | undefined> {
  const file = await readRegular(dirname(path), basename(path), { maxBytes: mostBytes });
  return file.kind === 'read' ? file.bytes.toString('utf8') : undefined;
}

/** Replaces whatever lies there; nothing is written through it. */
export async function putOurs(path: string, content: string | Uint8Array): Promise<void> {
  const put = () => replaceFile(path, content, { durable: false });
  await put().catch(async (error: unknown) => {
    if (!isErrno(error, 'EISDIR', 'ENOTEMPTY', 'EEXIST')) throw error;
    await removeTree(path);
    await put();
  });
}
