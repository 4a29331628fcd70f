/**
 * What setup made in the checks' checkout, file by file as it was then. A run of the checks begins with exactly that: what came in
 * between is removed, what was changed is put back from a copy. It is remembered in this process alone, so that nobody can forge it.
 */
import { constants, type Dirent } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink, utimes } from 'node:fs/promises';
import { gitlinkMode, type IndexEntry } from './index-file.ts';
import { type Mark, markOf, rawPath, sizeIn } from './marks.ts';
import { removeTree } from '../../../support/remove-tree.ts';

export interface MadeBySetup {
  /** By raw path; folders before what is in them. */
  readonly marks: Map<string, Mark>;
  /** The same of the copies; undefined: too much to copy. */
  readonly copies: ReadonlyMap<string, Mark> | undefined;
}

const copiedAtMost = { files: 200_000, bytes: 4 * 1024 ** 3 };

/** Everything in the checkout that is not tracked, `.git` apart. */
export async function listUntracked(
  path: string,
  tracked: ReadonlyMap<string, IndexEntry>,
): Promise<Map<string, Mark>> {
  const holding = foldersOf(tracked);
  const found = new Map<string, Mark>();
  const folders = [''];
  for (const folder of folders) {
    for (const entry of await listFolder(path, folder)) {
      const inner = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (inner === '.git') continue;
      const isFolder = entry.isDirectory();
      const known = tracked.get(inner);
      // A repository that the commit names is filled by setup.
      if (known !== undefined && !(isFolder && known.mode === gitlinkMode)) continue;
      if (isFolder) folders.push(inner);
      if (known !== undefined || (isFolder && holding.has(inner))) continue;
      const mark = markOf(path, inner);
      if (mark !== undefined) found.set(inner, mark);
    }
  }
  return found;
}

async function listFolder(root: string, folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(rawPath(root, folder), {
      encoding: 'latin1' as BufferEncoding,
      withFileTypes: true,
    });
  } catch {
    // Not to be read, or too deep: it differs by what its own mark says.
    return [];
  }
}

/** Every folder that holds a tracked file, at whatever depth. */
export function foldersOf(tracked: ReadonlyMap<string, IndexEntry>): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of tracked.keys())
    for (
      let at = path.lastIndexOf('/');
      at > 0 && !folders.has(path.slice(0, at));
      at = path.lastIndexOf('/', at - 1)
    )
      folders.add(path.slice(0, at));
  return folders;
}

/** After setup: remembers what it made, and copies it where that is not too much. */
export async function remember(
  path: string,
  copyTo: string,
  tracked: ReadonlyMap<string, IndexEntry>,
): Promise<MadeBySetup> {
  const marks = await listUntracked(path, tracked);
  await removeTree(copyTo);
  const isSmall = marks.size <= copiedAtMost.files && sizeOf(marks) <= copiedAtMost.bytes;
  if (!isSmall) return { marks, copies: undefined };
  const copies = new Map<string, Mark>();
  for (const each of marks.keys()) {
    if (!(await copy(path, copyTo, each))) return { marks, copies: undefined };
    const mark = markOf(copyTo, each);
    if (mark !== undefined) copies.set(each, mark);
  }
  return { marks, copies };
}

const sizeOf = (marks: ReadonlyMap<string, Mark>): number =>
  [...marks.values()].reduce((bytes, mark) => bytes + sizeIn(mark), 0);

/** False: it is neither file, folder nor link. */
async function copy(from: string, to: string, path: string): Promise<boolean> {
  const [source, target] = [rawPath(from, path), rawPath(to, path)];
  const info = await lstat(source).catch(() => undefined);
  if (info === undefined) return true;
  if (info.isDirectory()) {
    await mkdir(target, { recursive: true });
    await chmod(target, (info.mode & 0o7777) | 0o700);
    return true;
  }
  await mkdir(parentOf(target), { recursive: true });
  if (info.isSymbolicLink()) {
    await symlink(await readlink(source, { encoding: 'buffer' }), target);
    return true;
  }
  if (!info.isFile()) return false;
  await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  await chmod(target, info.mode & 0o7777);
  await utimes(target, info.atime, info.mtime);
  return true;
}

const parentOf = (path: Buffer): Buffer => path.subarray(0, path.lastIndexOf('/'));

/** The checkout holds again what setup made, and nothing else untracked. False: it can't; setup has to run again. */
export async function restore(
  path: string,
  copyFrom: string,
  tracked: ReadonlyMap<string, IndexEntry>,
  made: MadeBySetup | undefined,
): Promise<boolean> {
  const now = await listUntracked(path, tracked);
  const wanted = made?.marks ?? new Map<string, Mark>();
  const gone = new Set<string>();
  for (const [each, mark] of now) {
    if (!gone.has(each.slice(0, Math.max(0, each.lastIndexOf('/'))))) {
      if (wanted.get(each) === mark) continue;
      await removeTree(rawPath(path, each));
    }
    gone.add(each);
    now.delete(each);
  }
  if (made === undefined) return false;
  for (const [each, mark] of wanted) {
    if (now.get(each) === mark) continue;
    if (made.copies?.get(each) === undefined || made.copies.get(each) !== markOf(copyFrom, each))
      return false;
    await copy(copyFrom, path, each);
    const put = markOf(path, each);
    if (put !== undefined) made.marks.set(each, put);
  }
  return true;
}
