/** A folder removed whatever an agent did to it. */
import { chmod, lstat, readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { isErrno } from './atomic-file.ts';

/** Also what was made unwritable, and names that are no text. Follows no link. Refuses nothing but a root of the file system. */
export async function removeTree(path: string | Buffer): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    if ((await lstat(path).catch(() => undefined)) === undefined) return;
  } catch {
    // One by one, then.
  }
  await remove(Buffer.from(path));
}

async function remove(path: Buffer): Promise<void> {
  const info = await lstat(path).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });
  if (info === undefined) return;
  if (!info.isDirectory()) return unlink(path);
  if ((info.mode & 0o700) !== 0o700) await chmod(path, 0o700);
  for (const name of await readdir(path, { encoding: 'buffer' }))
    await remove(Buffer.concat([path, Buffer.from('/'), name]));
  await rmdir(path);
}
