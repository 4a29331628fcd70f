/**
 * Small files of ours, in folders that no program is told of. One that runs as the same user could still put something in their
 * place: that is then no file of ours, and reading it neither waits nor leads elsewhere.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { readRegular } from './hostile-file.ts';
import { openFlags, whyNot } from './hostile-path.ts';
import { PortError } from './port-error.ts';

const maxBytes = 64 * 1024 * 1024;

/** Undefined: there is none. Throws a sentence if something else lies there. */
export async function readOwnFile(path: string): Promise<string | undefined> {
  const file = await readRegular(dirname(path), basename(path), { maxBytes });
  if (file.kind === 'refused') throw notOurs(path, file.why);
  return file.kind === 'absent' ? undefined : file.bytes.toString('utf8');
}

/** As `readOwnFile`, for what must be known at once. */
export function readOwnFileSync(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, openFlags);
  } catch (error) {
    const found = whyNot(error);
    if (found.kind === 'absent') return undefined;
    throw notOurs(path, found.why);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw notOurs(path, 'something that is not a file');
    if (stats.size > maxBytes) throw notOurs(path, `a file of ${stats.size} bytes`);
    const bytes = Buffer.alloc(stats.size);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}

const notOurs = (path: string, why: string): PortError =>
  new PortError('Unexpected', `${path} is ${why}, which Phasewright has not put there: remove it.`);
