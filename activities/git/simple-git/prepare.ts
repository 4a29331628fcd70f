/** A worktree put on its branch at its start, with nothing else in it; rebuilt when it isn't what we made. */
import { lstat, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { PortError } from '../../support/errors.ts';
import type { WorktreeState } from '../port.ts';
import { lockInTheWay, missesObject } from './errors.ts';
import { branchRef, objectId } from './map.ts';
import type { Mirror } from './mirror.ts';
import { refuseOther } from './owners.ts';
import { readRef, writeRef } from './refs.ts';
import { removeTree } from './remove-tree.ts';
import { findDamage, findTampering, headBranch, judgeRefs } from './tampering.ts';
import { inside, setRefs, status, unfinished, type WorktreeParts } from './worktree-parts.ts';
import type { WorktreePaths } from './worktree-records.ts';

export async function prepare(
  parts: WorktreeParts,
  workspace: WorkspaceRef,
  state: WorktreeState & { readonly keepChanges: boolean; readonly note?: string },
): Promise<void> {
  branchRef(state.branch);
  await parts.mirrors.withObjects(workspace.repository, async (mirror) => {
    const paths = parts.records.paths(workspace);
    const record = await parts.records.read(workspace);
    await refuseOther(parts, workspace);
    const damage =
      record === undefined
        ? 'put another one in its place'
        : record.tampered === true
          ? 'tampered with it'
          : await findDamage(paths);
    const missing = (await lstat(paths.path).catch(() => undefined)) === undefined;
    if (state.keepChanges && !missing) return keep(parts, mirror, workspace, state, damage);
    // With the old record: its branch may be the one that HEAD is on.
    await restoreRefs(parts, mirror);
    await parts.records.write({
      schema: 1,
      workspace,
      branch: state.branch,
      start: state.startSha,
      before: record?.start ?? state.startSha,
      note: state.note ?? (record?.start === state.startSha ? record.note : undefined),
    });
    if (damage !== null) await rebuild(parts, mirror, workspace, state);
    const wrong = await settle(parts, mirror, workspace, state).catch(async (error: unknown) => {
      if (damage !== null || missesObject(error) || lockInTheWay(error) !== undefined) throw error;
      return [error instanceof Error ? error.message : String(error)];
    });
    // The branch of the phase before is nobody's now.
    if (record !== undefined && record.branch !== state.branch) await restoreRefs(parts, mirror);
    if (wrong.length === 0) return parts.records.keepIndex(workspace, state.startSha);
    await rebuild(parts, mirror, workspace, state);
    const still = await settle(parts, mirror, workspace, state);
    await parts.records.keepIndex(workspace, state.startSha);
    if (still.length > 0) {
      throw new PortError(
        'BranchMismatch',
        `A fresh checkout of ${state.startSha} in ${paths.path} is not clean: ${still.slice(0, 10).join(', ')}. Names that this file system can't tell apart, or a filter, may be why.`,
      );
    }
  });
}

/** A person may have edited files and committed; the branch must still be the one. */
export async function keep(
  parts: WorktreeParts,
  mirror: Mirror,
  workspace: WorkspaceRef,
  state: WorktreeState,
  damage: string | null,
): Promise<void> {
  const tampering = damage ?? (await findTampering(parts, workspace, state));
  if (tampering !== null) {
    throw new PortError(
      'BranchMismatch',
      `The worktree ${parts.records.paths(workspace).path} was to be kept as it is, but someone ${tampering}. Put it back on the branch ${state.branch}, or retry the task to start it afresh.`,
    );
  }
  await parts.records.write({
    schema: 1,
    workspace,
    branch: state.branch,
    start: state.startSha,
    before: state.startSha,
  });
}

/** On the branch at its start with a clean tree, by as few commands as that takes; what is still wrong is returned. */
export async function settle(
  parts: WorktreeParts,
  mirror: Mirror,
  workspace: WorkspaceRef,
  { branch, startSha }: WorktreeState,
): Promise<readonly string[]> {
  const paths = parts.records.paths(workspace);
  for (const name of unfinished) await rm(join(paths.adminDir, name), { recursive: true, force: true });
  const from = await headBranch(paths);
  const fromSha = from === undefined ? undefined : await readRef(mirror.gitDir, branchRef(from));
  const there = from === branch && fromSha === startSha;
  if (!there && !(await moveTo(parts, mirror, paths, { branch, startSha }, fromSha)))
    await inside(parts, mirror, workspace, 'switch', [
      '--discard-changes',
      '--ignore-other-worktrees',
      '--no-track',
      '-C',
      branch,
      '--end-of-options',
      objectId(startSha),
    ]);
  const before = await status(parts, mirror, workspace);
  if (before.tracked.length + before.untracked.length === 0) return [];
  if (before.tracked.length > 0)
    await inside(parts, mirror, workspace, 'reset', ['--hard', objectId(startSha)]);
  // Twice -f: a repository that an agent made inside the worktree goes too. Never -x: dependencies stay.
  await inside(parts, mirror, workspace, 'clean', ['-d', '-f', '-f']);
  const after = await status(parts, mirror, workspace);
  return [...after.tracked, ...after.untracked];
}

/** From a commit with the very same files only names have to change; the status afterwards looks at every file all the same. */
export async function moveTo(
  parts: WorktreeParts,
  mirror: Mirror,
  { adminDir }: WorktreePaths,
  { branch, startSha }: WorktreeState,
  fromSha: string | undefined,
): Promise<boolean> {
  const { knownTree } = parts.objects;
  const tree = knownTree(mirror, startSha);
  if (fromSha === undefined || tree === undefined || knownTree(mirror, fromSha) !== tree) return false;
  return (
    (await writeRef(mirror.gitDir, branchRef(branch), objectId(startSha))) &&
    (await writeRef(adminDir, 'HEAD', `ref: ${branchRef(branch)}`))
  );
}

export async function rebuild(
  parts: WorktreeParts,
  mirror: Mirror,
  workspace: WorkspaceRef,
  { branch, startSha }: WorktreeState,
): Promise<void> {
  const { path, adminDir } = parts.records.paths(workspace);
  await removeTree(path);
  await removeTree(adminDir);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await parts.mirrors.git(mirror, 'worktree', [
    'add',
    '--force',
    '--no-track',
    '-B',
    branch,
    '--end-of-options',
    path,
    objectId(startSha),
  ]);
}

/** Puts back every ref that an agent moved; starts a process only if there is one. */
export const restoreRefs = (parts: WorktreeParts, mirror: Mirror) =>
  parts.mirrors.alone(mirror, async () => {
    await parts.mirrors.configChange(mirror);
    const { moved } = await judgeRefs(parts, mirror);
    if (moved.size === 0) return;
    await setRefs(parts, mirror, moved);
  });
