/** What lies among the tracked files and would make git see others than there are. */
import { lstatSync, type Stats } from 'node:fs';
import { removeTree } from '../../../support/remove-tree.ts';
import type { OpenGround } from './ground.ts';
import { readIndex } from './index-file.ts';
import { foldersOf } from './made-by-setup.ts';
import { rawPath } from './marks.ts';

/** Through a link in a folder's place git finds the files that were there, and takes them for these. */
export async function removeLinkedFolders(ground: OpenGround): Promise<void> {
  const { folders } = await trackedIn(ground);
  // Each after the one that it lies in.
  for (const folder of folders.toSorted((one, other) => one.length - other.length)) {
    const place = rawPath(ground.path, folder);
    if (find(place)?.isDirectory() === false) await removeTree(place);
  }
}

/** Rules of no commit may ignore themselves too, and would hide what the next agent makes beside them. */
export async function removeStrayRules(ground: OpenGround): Promise<void> {
  const { folders, has } = await trackedIn(ground);
  for (const folder of ['', ...folders.map((each) => `${each}/`)])
    for (const name of [`${folder}.gitignore`, `${folder}.gitattributes`]) {
      const place = rawPath(ground.path, name);
      if (!has(name) && find(place) !== undefined) await removeTree(place);
    }
}

async function trackedIn({ scratch }: OpenGround): Promise<{
  readonly folders: readonly string[];
  readonly has: (path: string) => boolean;
}> {
  const tracked = await readIndex(scratch.indexFile);
  return { folders: [...foldersOf(tracked ?? new Map())], has: (path) => tracked?.has(path) === true };
}

function find(place: Buffer): Stats | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
