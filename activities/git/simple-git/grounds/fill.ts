/** A ground's files made those of a commit, byte for byte as a new checkout has them, whoever was there before. */
import { lstat, mkdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lstatSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Trash } from '../trash.ts';
import { type IndexEntry, parseIndex, readIndex } from './index-file.ts';
import type { Indexes } from './indexes.ts';
import { rawPath } from './marks.ts';
import type { OpenGround } from './ground.ts';
import { checkedOut, putTree } from './sparse.ts';
import { strip } from './strip.ts';

export interface FillParts {
  readonly indexes: Indexes;
  /** As the files were filled in, whatever became of them since. */
  readonly origins: Indexes;
  readonly trash: Trash;
}

export interface Filled {
  /** Of the files. */
  readonly bytes: number;
  /** How filters make files of what is committed. */
  readonly config: string;
}

type Entries = ReadonlyMap<string, IndexEntry>;

/** An empty folder. */
export async function fill(parts: FillParts, ground: OpenGround, sha: string): Promise<Filled> {
  await putTree(ground, sha);
  return remember(parts, ground, sha, await readIndex(ground.scratch.indexFile));
}

/** A ground that was filled before. Undefined: it can't serve. */
export async function refill(
  parts: FillParts,
  ground: OpenGround,
  before: Filled,
  sha: string,
): Promise<Filled | undefined> {
  if (before.config !== ground.config || (await parts.origins.load(ground)) === undefined) return undefined;
  const tracked = await readIndex(ground.scratch.indexFile);
  if (tracked === undefined) return undefined;
  const { path } = ground;
  const folderMode = await folderModeIn(path);
  await strip({ path, tracked: checkedOut(tracked), folderMode, trash: parts.trash });
  await removeUnsure(parts, ground, tracked);
  await putTree(ground, sha);
  const now = await readIndex(ground.scratch.indexFile);
  // Files that are the same in both commits stay as the rules of the first one made them.
  if (now === undefined || rulesOf(now) !== rulesOf(tracked)) return undefined;
  return remember(parts, ground, sha, now);
}

/** What else than its files lies in a kept ground, gone early: it counts for nobody's limit, and the next use finds less to do. */
export async function stripKept({ origins, trash }: FillParts, path: string): Promise<void> {
  const bytes = await origins.read(path);
  const tracked = bytes === undefined ? undefined : parseIndex(bytes);
  if (tracked === undefined) return;
  const folderMode = await folderModeIn(path);
  await strip({ path, tracked: checkedOut(tracked), folderMode, trash });
}

async function remember(
  { indexes, origins }: FillParts,
  ground: OpenGround,
  sha: string,
  entries: Entries | undefined,
): Promise<Filled> {
  await origins.save(ground, sha);
  await indexes.save(ground, sha);
  let bytes = 0;
  for (const { size } of entries?.values() ?? []) bytes += size;
  return { bytes, config: ground.config };
}

/** As git's own folders come out here. */
async function folderModeIn(path: string): Promise<number> {
  const probe = join(dirname(path), `probe-${Math.random()}`);
  await mkdir(probe);
  const { mode } = await lstat(probe);
  await rmdir(probe);
  return mode & 0o7777;
}

const atOnce = 2_000;

/**
 * Of a file that changed within the second of its checkout, git would compare the content as it commits it, and keep line ends and
 * keywords of somebody else. Such a file counts only if it was not changed at all.
 */
async function removeUnsure(
  { trash }: FillParts,
  { path, scratch }: OpenGround,
  tracked: Entries,
): Promise<void> {
  const since = BigInt(Math.floor((await lstat(scratch.indexFile)).mtimeMs / 1000)) * 1_000_000_000n;
  let looked = 0;
  for (const [name, { changedNs }] of tracked) {
    if (changedNs < since) continue;
    const place = rawPath(path, name);
    const info = lstatSync(place, { bigint: true, throwIfNoEntry: false });
    if (info !== undefined && info.ctimeNs !== changedNs && !info.isDirectory()) await trash.put(place);
    looked += 1;
    if (looked % atOnce === 0) await breathe();
  }
}

/** The attributes that say what a file looks like. */
const rulesOf = (entries: Entries): string =>
  [...entries]
    .filter(([path]) => path.endsWith('.gitattributes'))
    .map(([path, { object }]) => `${object} ${path}\n`)
    .join('');
