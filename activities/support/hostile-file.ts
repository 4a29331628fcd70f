/**
 * Files that an agent, a setup or a check may have made: looking at one follows no link, waits for nobody and costs a bounded
 * amount. What somebody may have done there is an answer (`kind`), never an exception: see hostile-path.ts.
 */
import { type FileHandle, open } from 'node:fs/promises';
import {
  type Absent,
  enter,
  openFlags,
  partsOf,
  type Refused,
  refused,
  type RelativePath,
  whyNot,
  within,
} from './hostile-path.ts';

export type ReadFile = {
  readonly kind: 'read';
  readonly bytes: Buffer;
  /** Permission bits. */
  readonly mode: number;
};
/** Whoever asked for it closes the handle, and reads no more than `size` bytes of it. */
export type OpenedFile = {
  readonly kind: 'opened';
  readonly handle: FileHandle;
  readonly size: number;
  readonly mode: number;
};

export interface Bounds {
  /** A longer file is refused, however little of it is on the disk. */
  readonly maxBytes: number;
  /** Default: 10 s. */
  readonly withinMs?: number;
}

/**
 * The whole file. `root` is a folder, no link itself, whose own place nobody else decides; below it no part of `path` may be a
 * link, and the last one must be a regular file.
 */
export async function readRegular(
  root: string,
  path: RelativePath,
  { maxBytes, withinMs }: Bounds,
): Promise<ReadFile | Absent | Refused> {
  return within(withinMs, async () => {
    const file = await find(root, path, maxBytes);
    if (file.kind !== 'opened') return file;
    try {
      // Room for one byte more than it had: whoever makes it grow meanwhile is noticed.
      const bytes = Buffer.allocUnsafeSlow(file.size + 1);
      let length = 0;
      for (let got = -1; got !== 0 && length < bytes.length; length += got)
        got = (await file.handle.read(bytes, length, bytes.length - length, length)).bytesRead;
      if (length > file.size) return refused('a file that grew while it was read');
      return { kind: 'read', bytes: bytes.subarray(0, length), mode: file.mode };
    } catch (error) {
      return whyNot(error);
    } finally {
      await file.handle.close();
    }
  });
}

/** As `readRegular`, for a file that is read piece by piece. */
export const openRegular = (
  root: string,
  path: RelativePath,
  { maxBytes, withinMs }: Bounds,
): Promise<OpenedFile | Absent | Refused> =>
  within(
    withinMs,
    () => find(root, path, maxBytes),
    (late) => (late.kind === 'opened' ? late.handle.close() : undefined),
  );

async function find(
  root: string,
  path: RelativePath,
  maxBytes: number,
): Promise<OpenedFile | Absent | Refused> {
  const parts = partsOf(path);
  const folder = await enter(root, parts?.slice(0, -1));
  if (folder.kind !== 'entered') return folder;
  try {
    const handle = await open(folder.at(parts?.at(-1)), openFlags);
    const found = await measure(handle, maxBytes);
    if (found.kind !== 'opened') await handle.close();
    return found;
  } catch (error) {
    return whyNot(error);
  } finally {
    await folder.close();
  }
}

async function measure(handle: FileHandle, maxBytes: number): Promise<OpenedFile | Refused> {
  const stats = await handle.stat();
  if (!stats.isFile()) return refused('something that is not a file');
  if (stats.size > maxBytes) return refused(`a file of ${stats.size} bytes; at most ${maxBytes} are read`);
  return { kind: 'opened', handle, size: stats.size, mode: stats.mode & 0o7777 };
}
