/**
 * A ground without anything but the files that an index names: what lies beside or instead of them is moved away unseen. Only folders
 * that hold such files are entered, so it costs the same whatever somebody made there.
 */
import { chmod, lstat, readdir } from 'node:fs/promises';
import { getuid } from 'node:process';
import type { Trash } from '../trash.ts';
import { gitlinkMode, type IndexEntry } from './index-file.ts';
import { foldersOf } from './made-by-setup.ts';
import { rawPath } from './marks.ts';

export interface Stripping {
  readonly path: string;
  readonly tracked: ReadonlyMap<string, IndexEntry>;
  /** What a folder that git makes here may be used for. */
  readonly folderMode: number;
  readonly trash: Trash;
}

/** Throws where a folder is none, or another user's. */
export async function strip({ path, tracked, folderMode, trash }: Stripping): Promise<void> {
  const holding = foldersOf(tracked);
  const folders = [''];
  for (const folder of folders) {
    const place = rawPath(path, folder);
    await makeOrdinary(place, folder === '' ? 0o700 : folderMode);
    const options = { encoding: 'latin1' as BufferEncoding, withFileTypes: true } as const;
    for (const entry of await readdir(place, options)) {
      const inner = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const known = tracked.get(inner);
      const isFile = entry.isFile() || entry.isSymbolicLink();
      if (known !== undefined && known.mode !== gitlinkMode && isFile) continue;
      if (known === undefined && holding.has(inner) && entry.isDirectory()) folders.push(inner);
      else await trash.put(rawPath(path, inner));
    }
  }
}

async function makeOrdinary(folder: Buffer, wanted: number): Promise<void> {
  const info = await lstat(folder);
  if (!info.isDirectory() || (getuid !== undefined && info.uid !== getuid()))
    throw new Error(`${folder.toString()} is no folder of this user.`);
  if ((info.mode & 0o7777) !== wanted) await chmod(folder, wanted);
}
