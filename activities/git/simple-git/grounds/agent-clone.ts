/**
 * The agent's clone: an ordinary repository in which an agent may commit, rebase and break what it likes. What must stay true: all
 * that we take from it are its files' contents, hashed with an index of ours.
 */
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspaceRef } from '../../../../domain/model/project.ts';
import { PortError } from '../../../support/errors.ts';
import type { WorktreeState } from '../../port.ts';
import { branchRef } from '../map.ts';
import { type Baseline, differenceOf, nothingMade, type Picture, takePicture } from './baseline.ts';
import { type Changes, findChanges } from './changes.ts';
import { rawPath } from './marks.ts';
import { listExtras, noExtras } from './git-extras.ts';
import { removeTraps } from './traps.ts';
import { ownConfig, readConfig, readHead, renewGitFolder } from './git-folder.ts';
import { gitlinkMode, type IndexEntry, readIndex } from './index-file.ts';
import { readTracked, removeLinkedFolders, removeStrayRules } from './stray.ts';
import { refuseOther } from './owners.ts';
import type { OpenGround } from './ground.ts';
import { type GroundParts, openGround } from './parts.ts';
import type { WorkspaceRecord } from './records.ts';
import { placeOf, putTree, readTreeOnly } from './sparse.ts';
import { removeTree } from '../../../support/remove-tree.ts';

/** The clone's folder is missing, a link, or not ours to go on with. */
async function mustBeMade(path: string, record: WorkspaceRecord | undefined): Promise<boolean> {
  const folder = await lstat(path).catch(() => undefined);
  return folder?.isDirectory() !== true || record === undefined || record.tampered === true;
}

/** On the branch at the start, nothing untracked but what is ignored; made anew where need be. */
export async function prepare(
  parts: GroundParts,
  workspace: WorkspaceRef,
  state: WorktreeState & { readonly keepChanges: boolean },
): Promise<void> {
  branchRef(state.branch);
  await refuseOther(parts, workspace);
  const path = parts.records.paths(workspace).agent;
  const record = await parts.records.read(workspace);
  const anew = await mustBeMade(path, record);
  if (state.keepChanges && record !== undefined && (await lstat(path).catch(() => undefined)) !== undefined)
    return keep(parts, path, record, state);
  await parts.mirrors.withObjects(workspace.repository, async (mirror) => {
    await parts.mirrors.vouch(mirror);
    const place = placeOf(path, workspace);
    if (anew) await parts.pool.place(mirror, 'agent', place, state.startSha);
    else await removeTraps(path);
    await openGround(parts, mirror, place, async (ground) => {
      const isPlaced = anew && (await parts.indexes.load(ground)) !== undefined;
      const { others, modified } = isPlaced
        ? await findChanges(ground, { whole: true })
        : await putFiles(parts, ground, state.startSha, { isSameCone: hasSamePaths(record, workspace) });
      for (const other of others) await removeTree(rawPath(path, other.replace(/\/$/, '')));
      const emptied = await emptySubmodules(ground, modified);
      const index = await parts.indexes.save(ground, state.startSha);
      const config = anew ? null : (record?.config ?? null);
      const extras = await renew(parts, ground, { ...state, config, index });
      // Files that never equal what is committed of them (line ends, keywords) are as nobody's change as what setup makes.
      const baseline = modified.length === emptied.length ? nothingMade : await takeUnsettled(ground);
      const { branch, startSha } = state;
      const isWhole =
        emptied.length === 0 && (anew || (record?.setupFiles === 'none' && record.extras === extras));
      const setupFiles = isWhole ? 'none' : 'gone';
      await parts.records.write({
        workspace,
        branch,
        startSha,
        baseline,
        config,
        setupFiles,
        extras,
        isClean: true,
      });
    });
  });
}

const hasSamePaths = (record: WorkspaceRecord | undefined, { paths }: WorkspaceRef): boolean =>
  JSON.stringify(record?.workspace.paths) === JSON.stringify(paths);

/** The tracked files are the commit's; what is not so all the same. */
async function putFiles(
  parts: GroundParts,
  ground: OpenGround,
  startSha: string,
  { isSameCone }: { readonly isSameCone: boolean },
): Promise<Changes> {
  const at = await parts.indexes.load(ground);
  const before = await readTracked(ground);
  await removeLinkedFolders(ground.path, before);
  const treeOf = (sha: string) => parts.knownTree(ground.mirror, sha) ?? sha;
  if (isSameCone && at !== undefined && treeOf(at) === treeOf(startSha)) {
    await removeStrayRules(ground.path, before);
    const changes = await findChanges(ground, { whole: true });
    if (changes.modified.length + changes.removed.length === 0) return changes;
  }
  await putTree(ground, startSha);
  await removeStrayRules(ground.path, await readTracked(ground));
  return findChanges(ground, { whole: true });
}

/** A repository inside that stands at another commit than is named here: as in a fresh clone, setup fills it. */
async function emptySubmodules(ground: OpenGround, modified: readonly string[]): Promise<readonly string[]> {
  if (modified.length === 0) return [];
  const entries = await readIndex(ground.scratch.indexFile);
  const stale = modified.filter((path) => entries?.get(path)?.mode === gitlinkMode);
  for (const each of stale) {
    await removeTree(rawPath(ground.path, each));
    await mkdir(rawPath(ground.path, each));
  }
  return stale;
}

/** What the index holds, whatever the files are. */
const asCommitted = async ({ scratch }: OpenGround): Promise<Picture> => ({
  entries: (await readIndex(scratch.indexFile)) ?? new Map<string, IndexEntry>(),
  names: [],
});
const takeUnsettled = async (ground: OpenGround): Promise<Baseline> =>
  differenceOf(await asCommitted(ground), await takePicture(ground));

/** How much of what setup had put into `.git` is there still. */
async function renew(
  { mirrors, extras }: GroundParts,
  { mirror, path, cone }: OpenGround,
  folder: WorktreeState & { readonly config: string | null; readonly index: Buffer },
): Promise<number> {
  const { branch, startSha: headSha, config, index } = folder;
  const before = extras.get(path) ?? noExtras;
  const refs = await mirrors.readLedger(mirror);
  const left = await renewGitFolder(path, { mirror, refs, branch, headSha, index, config, cone }, before);
  extras.set(path, left);
  return left.size;
}

/** A person may have edited files and committed; the branch must still be the one. */
async function keep(
  parts: GroundParts,
  path: string,
  record: WorkspaceRecord,
  { branch, startSha }: WorktreeState,
): Promise<void> {
  const what = record.tampered === true ? 'tampered with it' : await findTampering(path, branch);
  if (what !== null)
    throw new PortError(
      'BranchMismatch',
      `The worktree ${path} was to be kept as it is, but someone ${what}. Put it back on the branch ${branch}, or retry the task to start it afresh.`,
    );
  await parts.records.write({ ...record, branch, startSha, isClean: false });
}

/** Why its files may be those of something else; null: they are the branch's. */
export async function findTampering(path: string, branch: string): Promise<string | null> {
  const head = await readHead(path);
  if (head.kind === 'wrong') return head.what;
  return head.branch === branch ? null : `switched to the branch ${head.branch}`;
}

/** Runs setup in the clone: what it makes or changes, also of git's configuration, is the new normal. */
export async function aroundSetup<T>(
  parts: GroundParts,
  workspace: WorkspaceRef,
  setup: () => Promise<T>,
): Promise<T> {
  const path = parts.records.paths(workspace).agent;
  const record = await parts.records.read(workspace);
  if (record === undefined) return setup();
  const inClone = <R>(body: (ground: OpenGround) => Promise<R>) =>
    parts.mirrors.withObjects(workspace.repository, (mirror) =>
      openGround(parts, mirror, placeOf(path, record.workspace), async (ground) => {
        await removeTraps(path);
        await loadIndex(parts, ground, record.startSha);
        return body(ground);
      }),
    );
  // Nobody has worked there yet: what an earlier try of setup left is setup's as well.
  const before = await inClone(record.isClean ? asCommitted : takePicture);
  const result = await setup();
  const { files, names } = differenceOf(before, await inClone(takePicture));
  const config = await readConfig(path);
  const isOwn =
    config === undefined ||
    config === ownConfig(parts.mirrors.of(workspace.repository), placeOf(path, record.workspace));
  const extras = listExtras(join(path, '.git'));
  parts.extras.set(path, extras);
  const earlier = record.isClean ? nothingMade : record.baseline;
  await parts.records.write({
    ...record,
    baseline: { files: [...earlier.files, ...files], names: [...earlier.names, ...names] },
    config: isOwn ? null : config,
    extras: extras.size,
    setupFiles: files.length + names.length > 0 ? 'there' : record.setupFiles,
  });
  return result;
}

/** Without an index that counts, every file is looked at. */
export async function loadIndex(
  parts: GroundParts,
  ground: OpenGround,
  sha: string,
): Promise<string | undefined> {
  const at = await parts.indexes.load(ground);
  if (at === undefined) await readTreeOnly(ground, sha);
  return at;
}

/** The clone's branch moves to this commit, whose tree was just taken of its files: no file is touched. */
export async function adopt(
  parts: GroundParts,
  workspace: WorkspaceRef,
  state: WorktreeState,
): Promise<void> {
  const path = parts.records.paths(workspace).agent;
  const record = await parts.records.read(workspace);
  if (record === undefined) return;
  const mirror = parts.mirrors.of(workspace.repository);
  const place = placeOf(path, record.workspace);
  const extras = await openGround(parts, mirror, place, async (ground) => {
    await loadIndex(parts, ground, state.startSha);
    const index = await parts.indexes.save(ground, state.startSha);
    return renew(parts, ground, { ...state, config: record.config, index });
  });
  const setupFiles = extras === record.extras ? record.setupFiles : 'gone';
  await parts.records.write({ ...record, ...state, setupFiles, extras });
}
