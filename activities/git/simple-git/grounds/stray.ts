/** What lies among the tracked files and would make git see others than there are. */
import { lstatSync, type Stats } from 'node:fs';
import { removeTree } from '../../../support/remove-tree.ts';
import type { OpenGround } from './ground.ts';
import { readIndex } from './index-file.ts';
import { foldersOf } from './made-by-setup.ts';
import { rawPath } from './marks.ts';

export interface Tracked {
  readonly folders: readonly string[];
  readonly has: (path: string) => boolean;
}

/** What our index of the ground names. */
export async function readTracked({ scratch }: OpenGround): Promise<Tracked> {
  const tracked = await readIndex(scratch.indexFile);
  return { folders: [...foldersOf(tracked ?? new Map())], has: (path) => tracked?.has(path) === true };
}

/** Through a link in a folder's place git finds the files that were there, and takes them for these. */
export async function removeLinkedFolders(path: string, { folders }: Tracked): Promise<void> {
  // Each after the one that it lies in.
  for (const folder of folders.toSorted((one, other) => one.length - other.length)) {
    const place = rawPath(path, folder);
    if (find(place)?.isDirectory() === false) await removeTree(place);
  }
}

/** Rules of no commit may ignore themselves too, and would hide what the next agent makes beside them. */
export async function removeStrayRules(path: string, { folders, has }: Tracked): Promise<void> {
  for (const folder of ['', ...folders.map((each) => `${each}/`)])
    for (const name of [`${folder}.gitignore`, `${folder}.gitattributes`]) {
      const place = rawPath(path, name);
      if (!has(name) && find(place) !== undefined) await removeTree(place);
    }
}

function find(place: Buffer): Stats | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
