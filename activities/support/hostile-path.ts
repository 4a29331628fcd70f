/**
 * Paths below which an agent, a setup or a check may have made anything: entered without following a link, part by part. What
 * somebody may have done to a path is an answer (`kind`), never an exception; only a shortage of this host (open files, memory,
 * space) is thrown. `why` is a noun phrase: 'a symbolic link'.
 */
import { constants, existsSync } from 'node:fs';
import { type FileHandle, chmod, lstat, mkdir, open, rm } from 'node:fs/promises';
import { isErrno } from './atomic-file.ts';

export type Absent = { readonly kind: 'absent' };
export type Refused = { readonly kind: 'refused'; readonly why: string };
/** Names are bytes: a path that is not UTF-8 is given as a buffer. `''` is the root itself. */
export type RelativePath = string | Buffer;

interface Entered {
  readonly kind: 'entered';
  /** A path that leads there, whatever happens meanwhile to the names above it. */
  at(name?: Buffer): Buffer;
  close(): Promise<void>;
}

export const refused = (why: string): Refused => ({ kind: 'refused', why });

/** Never through a link, never waiting for whoever holds the other end. */
export const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Linux names an open folder so; elsewhere its path has to do, and a name that is exchanged in this moment is not noticed. */
const namesDescriptors = existsSync('/proc/self/fd');

export const leadsOut = refused('a path that leads out of its folder');

/** Undefined: it names nothing below a folder. */
export function partsOf(path: RelativePath): readonly Buffer[] | undefined {
  // Byte by byte, as the file system has it: in UTF-8 a slash is never part of another character.
  const bytes = Buffer.from(path);
  if (bytes.length === 0) return [];
  const parts: Buffer[] = [];
  for (let from = 0; from <= bytes.length; ) {
    const slash = bytes.indexOf(0x2f, from);
    const end = slash < 0 ? bytes.length : slash;
    const part = bytes.subarray(from, end);
    const text = part.toString('latin1');
    if (text === '' || text === '.' || text === '..' || text.includes('\0')) return undefined;
    parts.push(part);
    from = end + 1;
  }
  return parts;
}

/**
 * The folder at the end of these parts; its root may be reached through links, but is none. `make`: folders that are `missing`
 * are made; `instead` of what is there and no folder as well, which goes.
 */
export async function enter(
  root: string,
  parts: readonly Buffer[] | undefined,
  { make }: { readonly make?: 'missing' | 'instead' } = {},
): Promise<Entered | Absent | Refused> {
  if (parts === undefined) return leadsOut;
  let path: Buffer = Buffer.from(root);
  let handle: FileHandle | undefined;
  try {
    handle = await openFolder(path);
    for (const part of parts) {
      path = childOf(handle, path, part);
      if (make === 'instead') await claim(path);
      if (make !== undefined) await mkdir(path, { mode: 0o700 }).catch(unlessThere);
      const next = await openFolder(path);
      await handle.close();
      handle = next;
    }
    const entered = handle;
    handle = undefined;
    return {
      kind: 'entered',
      at: (name = Buffer.from('.')) => childOf(entered, path, name),
      close: () => entered.close(),
    };
  } catch (error) {
    return isErrno(error, 'ELOOP') ? refused('a path that leads through a symbolic link') : whyNot(error);
  } finally {
    await handle?.close();
  }
}

/** Ours again: no link, and open to us. */
async function claim(path: Buffer): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) await rm(path, { force: true });
  else if ((found.mode & 0o700) !== 0o700) await chmod(path, 0o700);
}

async function openFolder(path: Buffer): Promise<FileHandle> {
  const handle = await open(path, openFlags);
  try {
    if (!(await handle.stat()).isDirectory())
      throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const childOf = (folder: FileHandle, path: Buffer, name: Buffer): Buffer =>
  Buffer.concat([
    namesDescriptors ? Buffer.from(`/proc/self/fd/${folder.fd}`) : path,
    Buffer.from('/'),
    name,
  ]);

const unlessThere = (error: unknown): void => {
  if (!isErrno(error, 'EEXIST')) throw error;
};

/** What a failed call says about what lies there; what says something about this host is thrown. */
export function whyNot(error: unknown): Absent | Refused {
  if (isErrno(error, 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC', 'EDQUOT') || codeOf(error) === 'undefined')
    throw error;
  if (isErrno(error, 'ENOENT', 'ENOTDIR')) return { kind: 'absent' };
  if (isErrno(error, 'ELOOP')) return refused('a symbolic link');
  if (isErrno(error, 'EISDIR', 'ENOTEMPTY')) return refused('a folder');
  // What a socket and a device without a driver answer.
  if (isErrno(error, 'ENXIO', 'ENODEV', 'EOPNOTSUPP')) return refused('something that is not a file');
  return refused(`a file that cannot be read (${codeOf(error)})`);
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | undefined)?.code);

/** Gives up waiting: a file system of somebody's own need not answer. What comes later is handed to `late`. */
export async function within<Result>(
  ms = 10_000,
  look: () => Promise<Result>,
  late: (result: Result) => unknown = () => undefined,
): Promise<Result | Refused> {
  let timer: NodeJS.Timeout | undefined;
  const looked = look();
  const gaveUp = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  const first = await Promise.race([looked, gaveUp]).finally(() => clearTimeout(timer));
  if (first !== 'late') return first as Result;
  looked.then(late).catch(() => undefined);
  return refused(`a file that did not answer within ${ms} ms`);
}
