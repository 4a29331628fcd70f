/** What would keep a git of ours waiting for ever: a pipe where it reads a file, also inside a repository that lies in a ground. */
import { constants, type Dirent, lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { isErrno } from '../../../support/atomic-file.ts';
import { removeTree } from '../../../support/remove-tree.ts';
import { rawPath } from './marks.ts';

const readByGit = new Set(['.gitignore', '.gitattributes', '.gitmodules']);
const readOfRepositories = ['HEAD', 'config', 'commondir', 'packed-refs'];

/** Files that git itself would open wherever they lie, and that are none; and folders that nobody can look into. */
export async function findTraps(path: string): Promise<readonly string[]> {
  const traps: string[] = [];
  const folders: string[] = [''];
  for (const folder of folders) {
    const place = rawPath(path, folder);
    // Git would take all that is in it for deleted.
    if (folder !== '' && !(await isReadable(place))) traps.push(folder);
    for (const entry of await list(place)) {
      const inner = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name === '.git') {
        if (folder !== '') traps.push(...(await trapsOfRepository(path, inner)));
      } else if (entry.isDirectory()) folders.push(inner);
      else if (readByGit.has(entry.name) && !entry.isFile() && !entry.isSymbolicLink()) traps.push(inner);
    }
  }
  return traps;
}

/** What would keep git waiting is nobody's to keep where a ground is made ready. */
export async function removeTraps(path: string): Promise<void> {
  for (const trap of await findTraps(path)) await removeTree(rawPath(path, trap));
}

/** Git looks whether it is one, and where it stands. What lies elsewhere is reached by its `.git` alone. */
async function trapsOfRepository(root: string, path: string): Promise<readonly string[]> {
  const place = rawPath(root, path);
  const info = lstatSync(place, { throwIfNoEntry: false });
  const isThere = info?.isDirectory() === true;
  const folder = info?.isFile() === true ? namedFolder(place, info) : place;
  if (folder === undefined) return [];
  return [...readOfRepositories, ...(await namesBelow(folder, 'refs'))]
    .filter((name) => keepsWaiting(rawPath(folder, name)))
    .map((name) => (isThere ? `${path}/${name}` : path));
}

const longestLine = 16 * 1024;

/** What a file called `.git` names. */
function namedFolder(place: Buffer, info: Stats): Buffer | undefined {
  if (info.size > longestLine) return undefined;
  try {
    const named = /^gitdir: (.+?)\n*$/s.exec(readFileSync(place, 'latin1'))?.[1];
    if (named === undefined) return undefined;
    const parent = place.subarray(0, place.lastIndexOf('/'));
    return named.startsWith('/') ? Buffer.from(named, 'latin1') : rawPath(parent, named);
  } catch {
    return undefined;
  }
}

const mostRefs = 10_000;

async function namesBelow(root: Buffer, top: string): Promise<readonly string[]> {
  const names: string[] = [];
  const folders = [top];
  for (const folder of folders)
    for (const entry of await list(rawPath(root, folder))) {
      if (names.length + folders.length > mostRefs) return names;
      (entry.isDirectory() ? folders : names).push(`${folder}/${entry.name}`);
    }
  return names;
}

/** Links are followed, as git does. */
function keepsWaiting(path: Buffer): boolean {
  try {
    const info = statSync(path);
    return !info.isFile() && !info.isDirectory();
  } catch {
    return false;
  }
}

async function isReadable(folder: Buffer): Promise<boolean> {
  try {
    await access(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch (error) {
    // Gone, or too deep to be named: git can say.
    return !isErrno(error, 'EACCES', 'EPERM');
  }
}

/** Names as one character per byte; a folder that can't be read has none. */
async function list(folder: Buffer): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true, encoding: 'latin1' as BufferEncoding });
  } catch {
    return [];
  }
}
