/** Folders in which an agent, a setup or a check may have made anything: listed, made, and given files. See hostile-path.ts. */
import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, mkdir, open, opendir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno, temporaryPrefix } from './atomic-file.ts';
import {
  type Absent,
  enter,
  leadsOut,
  partsOf,
  type Refused,
  type RelativePath,
  whyNot,
  within,
} from './hostile-path.ts';
import { removeTree } from './remove-tree.ts';

export type Listed = {
  readonly kind: 'listed';
  readonly entries: readonly Dirent[];
  /** False: there were more than were asked for. */
  readonly complete: boolean;
};
/** What lies in a folder below `root`, at most `maxEntries`, in no order. */
export async function listFolder(
  root: string,
  path: RelativePath,
  { maxEntries, withinMs }: { readonly maxEntries: number; readonly withinMs?: number },
): Promise<Listed | Absent | Refused> {
  return within(withinMs, async () => {
    const folder = await enter(root, partsOf(path));
    if (folder.kind !== 'entered') return folder;
    try {
      const entries: Dirent[] = [];
      for await (const entry of await opendir(folder.at())) {
        if (entries.length >= maxEntries) return { kind: 'listed', entries, complete: false };
        entries.push(entry);
      }
      return { kind: 'listed', entries, complete: true };
    } catch (error) {
      return whyNot(error);
    } finally {
      await folder.close();
    }
  });
}

/** Where files are written before they are put in place; of one file system with the rest of the data folder. */
export const spoolFolder = (dataDir: string): string => join(dataDir, 'spool');

/** What writers that were killed left there; one that still writes, here or in another process, is no hour old. */
export async function clearSpool(dataDir: string, now = Date.now()): Promise<void> {
  const spool = spoolFolder(dataDir);
  const listed = await listFolder(spool, '', { maxEntries: 10_000 });
  if (listed.kind !== 'listed') return;
  for (const { name } of listed.entries) {
    const path = join(spool, name);
    const age = now - ((await lstat(path).catch(() => undefined))?.mtimeMs ?? now);
    if (age > 3_600_000) await removeTree(path);
  }
}

export interface PlaceOptions {
  /** A folder of ours on the same file system, where it is written first. */
  readonly spool: string;
  /** Whether what lies in place of one of its folders, and is none, goes, and a folder in its own place. Default: the file is refused. */
  readonly instead?: boolean;
  /** Default: for this user only. */
  readonly mode?: number;
  readonly withinMs?: number;
}

/**
 * Puts a file there, whole, instead of whatever had that name: never through a link, nor into a file that has another name
 * as well. Missing folders are made.
 */
export async function placeFile(
  root: string,
  path: RelativePath,
  content: string | Uint8Array,
  { spool, instead = false, mode = 0o600, withinMs }: PlaceOptions,
): Promise<{ readonly kind: 'placed' } | Absent | Refused> {
  const parts = partsOf(path);
  const name = parts?.at(-1);
  if (parts === undefined || name === undefined) return leadsOut;
  await mkdir(spool, { recursive: true, mode: 0o700 });
  const written = join(spool, `${temporaryPrefix}${randomUUID()}`);
  try {
    const file = await open(written, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    return await within(withinMs, async () => {
      const folder = await enter(root, parts.slice(0, -1), { make: instead ? 'instead' : 'missing' });
      if (folder.kind !== 'entered') return folder;
      try {
        const to = folder.at(name);
        await rename(written, to).catch(async (error: unknown) => {
          if (!instead || !isErrno(error, 'EISDIR')) throw error;
          await removeTree(to.toString());
          await rename(written, to);
        });
        return { kind: 'placed' };
      } catch (error) {
        return whyNot(error);
      } finally {
        await folder.close();
      }
    });
  } finally {
    await rm(written, { force: true });
  }
}

/** An empty folder for this user, whatever lay there, or in place of a folder above it. */
export async function makeFolder(
  root: string,
  path: RelativePath,
): Promise<{ readonly kind: 'made' } | Absent | Refused> {
  const parts = partsOf(path);
  const name = parts?.at(-1);
  if (parts === undefined || name === undefined) return leadsOut;
  const folder = await enter(root, parts.slice(0, -1), { make: 'instead' });
  if (folder.kind !== 'entered') return folder;
  try {
    await removeTree(folder.at(name).toString());
    await mkdir(folder.at(name), { mode: 0o700 });
    return { kind: 'made' };
  } catch (error) {
    return whyNot(error);
  } finally {
    await folder.close();
  }
}
