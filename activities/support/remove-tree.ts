/** A folder removed whatever an agent did to it. */
import { chmod, lstat, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { isErrno } from './atomic-file.ts';

/** Also what was made unwritable, names that are no text, and folders deeper than a path can be long. Follows no link. Refuses nothing but a root of the file system. */
export async function removeTree(path: string | Buffer): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    if ((await lstat(path).catch(() => undefined)) === undefined) return;
  } catch {
    // One by one, then.
  }
  const root = Buffer.from(path);
  let moved = 0;
  await remove(root, () => Buffer.concat([root, Buffer.from(`/.phasewright-${(moved += 1)}`)]));
}

/** Of the 4096 bytes that a path may have, less one name. */
const longestPath = 3_800;

/** `shorter`: where a folder can be moved whose own path has become too long for what is in it. */
async function remove(path: Buffer, shorter: () => Buffer): Promise<void> {
  const info = await lstat(path).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });
  if (info === undefined) return;
  if (!info.isDirectory()) return unlink(path);
  if ((info.mode & 0o700) !== 0o700) await chmod(path, 0o700);
  if (path.length > longestPath) {
    const place = shorter();
    await rename(path, place);
    return remove(place, shorter);
  }
  for (const name of await readdir(path, { encoding: 'buffer' }))
    await remove(Buffer.concat([path, Buffer.from('/'), name]), shorter);
  await rmdir(path);
}
