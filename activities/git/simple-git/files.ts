/** Files that may not be there. */
import { readFile } from 'node:fs/promises';

/** The system's code of an error (`ENOENT`, `EEXIST`, …), wherever it was made. */
export const systemCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

export const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes(String(systemCode(error)));

/** File content, undefined if there is none. */
export async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
