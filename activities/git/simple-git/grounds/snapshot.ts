/** What an agent left in its clone as one tree: hashed with an index of ours, whatever it did to its own repository. */
import { lstatSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { WorkspaceRef } from '../../../../domain/model/project.ts';
import type { Snapshot, WorktreeState } from '../../port.ts';
import { objectId, pathOf } from '../map.ts';
import { findTampering, loadIndex } from './agent-clone.ts';
import { withoutBaseline } from './baseline.ts';
import { findChanges } from './changes.ts';
import { rawPath } from './marks.ts';
import { findTraps } from './traps.ts';
import { differingPaths, parseIndex, readIndex } from './index-file.ts';
import { keepCommits } from './keep-commits.ts';
import { asInput, type OpenGround, rawList } from './ground.ts';
import { type GroundParts, openGround } from './parts.ts';
import type { WorkspaceRecord } from './records.ts';
import { placeOf, refuseOutside } from './sparse.ts';
import { addChanges, FilesRefused, shown } from './take-tree.ts';

/** The files as one tree of the mirror; the agent's own commits are kept under `hiddenRef`. */
export async function snapshot(
  parts: GroundParts,
  workspace: WorkspaceRef,
  state: WorktreeState,
  hiddenRef: string,
): Promise<Snapshot> {
  const path = parts.records.paths(workspace).agent;
  const record = await parts.records.read(workspace);
  const folder = await lstat(path).catch(() => undefined);
  const what =
    folder === undefined
      ? 'deleted the worktree'
      : folder.isDirectory()
        ? await findTampering(path, state.branch)
        : 'replaced the worktree';
  if (what !== null || record === undefined) return distrust(parts, record, what ?? 'deleted its record');
  const [trap] = await findTraps(path);
  if (trap !== undefined)
    return {
      kind: 'refused',
      why: lstatSync(rawPath(path, trap), { throwIfNoEntry: false })?.isDirectory()
        ? `the folder '${shown(trap)}' can't be read, and git would take all that is in it for deleted. Let its owner read it.`
        : `'${shown(trap)}' is not a regular file, and git would read it as one. Remove it.`,
    };
  try {
    return await parts.mirrors.withObjects(workspace.repository, async (mirror) => {
      const committed = await keepCommits(parts, mirror, path, { ...state, record, hiddenRef });
      return openGround(parts, mirror, placeOf(path, record.workspace), (ground) =>
        takeTree(parts, ground, { ...state, record, committed }),
      );
    });
  } catch (error) {
    if (error instanceof FilesRefused) return { kind: 'refused', why: error.message };
    throw error;
  }
}

async function takeTree(
  parts: GroundParts,
  ground: OpenGround,
  {
    branch,
    startSha,
    record,
    committed,
  }: WorktreeState & { readonly record: WorkspaceRecord; readonly committed: string | undefined },
): Promise<Snapshot> {
  const { baseline } = record;
  const at = await loadIndex(parts, ground, record.startSha);
  const before = await readIndex(ground.scratch.indexFile);
  const forced = committed === undefined ? [] : await followCommits(ground, startSha, committed);
  const changes = await findChanges(ground);
  const others = [...changes.others, ...forced].filter((path) => !baseline.names.includes(path));
  await addChanges(ground, { ...changes, others });
  await withoutBaseline(ground, baseline);
  await refuseOutside(ground, before);
  const { text } = await ground.git('write-tree', []).catch(async (error: unknown) => {
    // Something that our index names is gone from the mirror: the files are hashed again.
    await parts.indexes.forget(ground.path);
    throw error;
  });
  // Of these files now, no longer of the commit.
  const index = await parts.indexes.save(ground, `tree ${text.trim()}`);
  const after = parseIndex(index);
  const isKnown = at === startSha && before !== undefined && after !== undefined;
  const changed = isKnown ? differingPaths(before, after).map(pathOf) : null;
  await parts.records.write({ ...record, branch, isClean: false });
  return { kind: 'taken', tree: text.trim(), changed };
}

/**
 * A file that is ignored is part of the change if the agent committed it all the same, and no longer if a commit of the agent's took it
 * out: those are what only its commits can tell. The contents are those of the files as ever.
 */
async function followCommits(
  ground: OpenGround,
  startSha: string,
  committed: string,
): Promise<readonly string[]> {
  const args = ['-r', '-z', '--name-status', '--no-renames', '--end-of-options'];
  const { bytes } = await ground.git('diff-tree', [...args, objectId(startSha), objectId(committed)]);
  const fields = rawList(bytes);
  const differing = (letter: string) =>
    fields.filter((_path, at) => at % 2 === 1 && fields[at - 1] === letter);
  const removed = differing('D');
  if (removed.length > 0)
    await ground.git('update-index', ['-z', '--force-remove', '--stdin'], { stdin: asInput(removed) });
  const isFile = (path: string) =>
    lstatSync(rawPath(ground.path, path), { throwIfNoEntry: false })?.isDirectory() === false;
  return differing('A').filter(isFile);
}

async function distrust(
  parts: GroundParts,
  record: WorkspaceRecord | undefined,
  what: string,
): Promise<Snapshot> {
  if (record !== undefined) await parts.records.write({ ...record, tampered: true });
  return { kind: 'tampered', what };
}
