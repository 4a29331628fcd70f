/**
 * The checks' checkout: the candidate's files, what setup made beside them here, and nothing else. What must stay true: no agent's
 * file gets here but through a commit, and what one run of the checks left is gone before the next.
 */
import { lstatSync } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspaceRef } from '../../../../domain/model/project.ts';
import type { Mirror } from '../mirror.ts';
import { findModified } from './changes.ts';
import { rawPath } from './marks.ts';
import { areSame, type Extras, listExtras, noExtras } from './git-extras.ts';
import { readTracked, removeLinkedFolders } from './stray.ts';
import { findTraps, removeTraps } from './traps.ts';
import { readConfig, renewGitFolder } from './git-folder.ts';
import { gitlinkMode, type IndexEntry, readIndex } from './index-file.ts';
import { type MadeBySetup, listUntracked, remember, restore } from './made-by-setup.ts';
import type { OpenGround, Place } from './ground.ts';
import { checkedOut, placeOf, putTree, readTreeOnly } from './sparse.ts';
import { type GroundParts, openGround } from './parts.ts';
import { removeTree } from '../../../support/remove-tree.ts';
import { shown } from './take-tree.ts';

/** What this process knows of a checkout; one that it knows nothing of is made anew. */
export interface Checkout {
  readonly made: MadeBySetup | undefined;
  /** The checkout's git configuration as setup left it. */
  readonly config: string | null;
  /** What setup left in its `.git`. */
  readonly extras: Extras;
  /** The repositories inside, each at the commit that setup filled it with. */
  readonly submodules: string;
}

const nothingKnown: Checkout = { made: undefined, config: null, extras: noExtras, submodules: '' };

export type Checkouts = Map<string, Checkout>;

interface Wanted {
  readonly branch: string;
  readonly sha: string;
  /** What setup made here is not wanted any more. */
  readonly anew?: boolean;
}

/** True: what setup made is there as it was. */
export async function checkOut(
  parts: GroundParts,
  checkouts: Checkouts,
  workspace: WorkspaceRef,
  wanted: Wanted,
): Promise<boolean> {
  const { checks: path } = parts.records.paths(workspace);
  const known = checkouts.get(path);
  checkouts.delete(path);
  const checkout = await putThere(parts, workspace, known, wanted).catch((error: unknown) => {
    if (known === undefined) throw error;
    // The last run left something that can't be put right; a new folder has nothing of it.
    return putThere(parts, workspace, undefined, wanted);
  });
  checkouts.set(path, checkout);
  return checkout.made !== undefined;
}

async function putThere(
  parts: GroundParts,
  workspace: WorkspaceRef,
  known: Checkout | undefined,
  { branch, sha, anew = false }: Wanted,
): Promise<Checkout> {
  const { checks: path, setupCopy } = parts.records.paths(workspace);
  return parts.mirrors.withObjects(workspace.repository, async (mirror) => {
    await parts.mirrors.vouch(mirror);
    if (known === undefined) return putAnew(parts, mirror, placeOf(path, workspace), { branch, sha });
    await makeReadable(path);
    return openGround(parts, mirror, placeOf(path, workspace), async (ground) => {
      await parts.indexes.load(ground);
      const tracked = await putFiles(ground, sha);
      const submodules = submodulesOf(tracked);
      const isSame = known.submodules === submodules && areSame(known.extras, listExtras(join(path, '.git')));
      const kept = await restore(path, setupCopy, tracked, anew || !isSame ? undefined : known.made);
      if (!kept) await removeAll(path, tracked);
      const { made, config, extras } = kept ? known : nothingKnown;
      const left = await conclude(parts, mirror, ground, { branch, sha, config, extras });
      return { made, config, extras: left, submodules };
    });
  });
}

/** In a folder that holds nothing else. */
async function putAnew(
  parts: GroundParts,
  mirror: Mirror,
  place: Place,
  { branch, sha }: Wanted,
): Promise<Checkout> {
  await parts.pool.place(mirror, 'checks', place, sha);
  return openGround(parts, mirror, place, async (ground) => {
    await parts.indexes.load(ground);
    const tracked = await readTrackedFiles(ground);
    const extras = await conclude(parts, mirror, ground, { ...nothingKnown, branch, sha });
    return { ...nothingKnown, extras, submodules: submodulesOf(tracked) };
  });
}

/** A folder, in which nothing would keep git waiting. */
async function makeReadable(path: string): Promise<void> {
  if (!(await isFolder(path))) {
    await removeTree(path);
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
  await removeTraps(path);
}

const isFolder = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isDirectory() === true;

/** Every tracked file as the commit has it, as far as they are to lie here. */
async function putFiles(ground: OpenGround, sha: string): Promise<ReadonlyMap<string, IndexEntry>> {
  await removeLinkedFolders(ground.path, await readTracked(ground));
  await putTree(ground, sha);
  return readTrackedFiles(ground);
}

async function readTrackedFiles(ground: OpenGround): Promise<ReadonlyMap<string, IndexEntry>> {
  const tracked = await readIndex(ground.scratch.indexFile);
  if (tracked === undefined) throw new Error(`The index of ${ground.path} can't be read.`);
  return checkedOut(tracked);
}

const submodulesOf = (tracked: ReadonlyMap<string, IndexEntry>): string =>
  [...tracked]
    .filter(([, { mode }]) => mode === gitlinkMode)
    .map(([path, { object }]) => `${object} ${path}\n`)
    .join('');

async function removeAll(path: string, tracked: ReadonlyMap<string, IndexEntry>): Promise<void> {
  for (const each of (await listUntracked(path, tracked)).keys()) await removeTree(rawPath(path, each));
}

async function conclude(
  parts: GroundParts,
  mirror: Mirror,
  ground: OpenGround,
  { branch, sha, config, extras }: Wanted & Pick<Checkout, 'config' | 'extras'>,
): Promise<Extras> {
  const index = await parts.indexes.save(ground, sha);
  const refs = await parts.mirrors.readLedger(mirror);
  const { cone } = ground;
  return renewGitFolder(ground.path, { mirror, refs, branch, headSha: sha, index, config, cone }, extras);
}

/** After setup: what it made beside the commit's files stays, what it changed of them is put back. */
export async function keepSetup(
  parts: GroundParts,
  checkouts: Checkouts,
  workspace: WorkspaceRef,
  { branch, sha }: Wanted,
): Promise<void> {
  const { checks: path, setupCopy } = parts.records.paths(workspace);
  await makeReadable(path);
  await parts.mirrors.withObjects(workspace.repository, (mirror) =>
    openGround(parts, mirror, placeOf(path, workspace), async (ground) => {
      const config = (await readConfig(path)) ?? null;
      await parts.indexes.load(ground);
      const tracked = await putFiles(ground, sha);
      const made = listExtras(join(path, '.git'));
      const extras = await conclude(parts, mirror, ground, { branch, sha, config, extras: made });
      const submodules = submodulesOf(tracked);
      checkouts.set(path, { made: await remember(path, setupCopy, tracked), config, extras, submodules });
    }),
  );
}

/** Tracked files that are not as they were checked out, for people. */
export async function changedSince(
  parts: GroundParts,
  workspace: WorkspaceRef,
  sha: string,
): Promise<readonly string[]> {
  const { checks: path } = parts.records.paths(workspace);
  if (!(await isFolder(path))) return ['all of them'];
  const traps = await findTraps(path);
  if (traps.length > 0) return traps.map(shown);
  return parts.mirrors.withObjects(workspace.repository, (mirror) =>
    openGround(parts, mirror, placeOf(path, workspace), async (ground) => {
      if ((await parts.indexes.load(ground)) !== sha) await readTreeOnly(ground, sha);
      const modified = await findModified(ground);
      if (modified.length === 0) return [];
      const entries = await readIndex(ground.scratch.indexFile);
      return modified.filter((file) => !isUntouched(path, file, entries?.get(file))).map(shown);
    }),
  );
}

/** Some files never equal what is committed of them (line ends, keywords): as checked out, they are as they should be. */
function isUntouched(path: string, file: string, entry: IndexEntry | undefined): boolean {
  const info = lstatSync(rawPath(path, file), { bigint: true, throwIfNoEntry: false });
  return info !== undefined && info.ctimeNs === entry?.changedNs;
}
