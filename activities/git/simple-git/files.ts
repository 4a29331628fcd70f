/** Files that may not be there. */
import { readFile } from 'node:fs/promises';
import { isErrno } from '../../support/atomic-file.ts';

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
