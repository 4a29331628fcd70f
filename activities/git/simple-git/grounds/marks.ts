/** How a file lies there: what no program can give a file that it has changed, since the time of a change is the system's. */
import { lstatSync } from 'node:fs';
import { isMissing } from '../files.ts';

export type Mark = string;

export const sizeIn = (mark: Mark): number => Number(mark.split(' ')[3] ?? 0);

/** Undefined: there is nothing. Of a folder only what it is: what lies in it has marks of its own. */
export function markOf(root: string, path: string): Mark | undefined {
  try {
    const info = lstatSync(rawPath(root, path));
    const { dev, ino, mode, size, mtimeMs, ctimeMs } = info;
    return info.isDirectory() ? `folder ${mode}` : [dev, ino, mode, size, mtimeMs, ctimeMs].join(' ');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A raw path (one character per byte) below a folder. */
export const rawPath = (root: string | Buffer, path: string): Buffer =>
  Buffer.concat([Buffer.from(root), Buffer.from(path === '' ? '' : `/${path}`, 'latin1')]);
