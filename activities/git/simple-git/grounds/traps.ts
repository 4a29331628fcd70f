/** What would keep a git of ours waiting for ever: a pipe where it reads a file, also inside a repository that lies in a ground. */
import {
  accessSync,
  constants,
  type Dirent,
  lstatSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs';
import { isErrno } from '../../../support/atomic-file.ts';
import { removeTree } from '../../../support/remove-tree.ts';
import { rawPath } from './marks.ts';

const readByGit = new Set(['.gitignore', '.gitattributes', '.gitmodules']);
const readOfRepositories = ['HEAD', 'config', 'commondir', 'packed-refs'];

/** Files that git itself would open wherever they lie, and that are none; and folders that nobody can look into. */
export function findTraps(path: string): readonly string[] {
  const traps: string[] = [];
  const folders: string[] = [''];
  for (const folder of folders) {
    const place = rawPath(path, folder);
    // Git would take all that is in it for deleted.
    if (folder !== '' && !isReadable(place)) traps.push(folder);
    for (const entry of list(place)) {
      const inner = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name === '.git') {
        if (folder !== '') traps.push(...trapsOfRepository(path, inner));
      } else if (entry.isDirectory()) folders.push(inner);
      else if (readByGit.has(entry.name) && !entry.isFile() && !entry.isSymbolicLink()) traps.push(inner);
    }
  }
  return traps;
}

/** What would keep git waiting is nobody's to keep where a ground is made ready. */
export async function removeTraps(path: string): Promise<void> {
  for (const trap of findTraps(path)) await removeTree(rawPath(path, trap));
}

/** Git looks whether it is one, and where it stands. What lies elsewhere is reached by its `.git` alone. */
function trapsOfRepository(root: string, path: string): readonly string[] {
  const place = rawPath(root, path);
  const info = lstatSync(place, { throwIfNoEntry: false });
  const isThere = info?.isDirectory() === true;
  const folder = info?.isFile() === true ? namedFolder(place, info) : place;
  if (folder === undefined) return [];
  return [...readOfRepositories, ...namesBelow(folder, 'refs')]
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

function namesBelow(root: Buffer, top: string): readonly string[] {
  const names: string[] = [];
  const folders = [top];
  for (const folder of folders)
    for (const entry of list(rawPath(root, folder))) {
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

function isReadable(folder: Buffer): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch (error) {
    // Gone, or too deep to be named: git can say.
    return !isErrno(error, 'EACCES', 'EPERM');
  }
}

/** Names as one character per byte; a folder that can't be read has none. */
function list(folder: Buffer): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true, encoding: 'latin1' as BufferEncoding });
  } catch {
    return [];
  }
}
