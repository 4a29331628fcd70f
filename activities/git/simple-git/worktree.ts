/** The one worktree of a workspace: made once, reused by switching, rebuilt when it isn't what we made. */
import { lstat } from 'node:fs/promises';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { inTurn } from '../../support/turns.ts';
import type { Git, WorktreeState } from '../port.ts';
import { branchRef, hiddenRefs, objectId } from './map.ts';
import { isOthers, othersOf } from './owners.ts';
import { prepare } from './prepare.ts';
import { readRef, readRefs } from './refs.ts';
import { removeTree } from './remove-tree.ts';
import { adopt, snapshot } from './snapshot.ts';
import { findDamage, findTampering, headBranch } from './tampering.ts';
import { distrust, inside, setRefs, status, type WorktreeParts } from './worktree-parts.ts';

type WorktreesPort = Pick<
  Git,
  | 'worktreePath'
  | 'prepare'
  | 'note'
  | 'findTampering'
  | 'snapshot'
  | 'adopt'
  | 'matches'
  | 'otherOwner'
  | 'workspaces'
>;
export interface Worktrees extends WorktreesPort {
  /** Worktree, record, local branch and local hidden refs gone. */
  readonly remove: (workspace: WorkspaceRef) => Promise<void>;
  /** Whose workflows made it; null: there is none on this host. */
  readonly madeBy: (workspace: WorkspaceRef) => Promise<'us' | 'others' | null>;
}

export function createWorktrees(parts: WorktreeParts & { readonly hostId: string }): Worktrees {
  const turn = <T>(workspace: WorkspaceRef, body: () => Promise<T>) =>
    inTurn(parts.records.paths(workspace).path, body);
  return {
    worktreePath: (workspace) => parts.records.paths(workspace).path,
    note: async (workspace) => (await parts.records.read(workspace))?.note ?? null,
    prepare: (workspace, state) => turn(workspace, () => prepare(parts, workspace, state)),
    findTampering: (workspace, state) => turn(workspace, () => tampering(parts, workspace, state)),
    adopt: (workspace, state) => turn(workspace, () => adopt(parts, workspace, state)),
    snapshot: (workspace, state, hiddenRef) =>
      turn(workspace, () => snapshot(parts, workspace, state, hiddenRef)),
    matches: (workspace, sha) => turn(workspace, () => matches(parts, workspace, sha)),
    remove: (workspace) => turn(workspace, () => remove(parts, workspace)),
    otherOwner: async (workspace) => (await othersOf(parts, workspace))?.namespace ?? null,
    async madeBy(workspace) {
      const record = await parts.records.read(workspace);
      return record === undefined ? null : isOthers(parts, record) ? 'others' : 'us';
    },
    workspaces: async () =>
      (await parts.records.all())
        .filter(({ workspace }) => workspace.host === parts.hostId)
        .map(({ workspace, namespace: owner = null }) => ({ workspace, namespace: owner })),
  };
}

async function matches(parts: WorktreeParts, workspace: WorkspaceRef, sha: string): Promise<boolean> {
  return parts.mirrors.withObjects(workspace.repository, async (mirror) => {
    const paths = parts.records.paths(workspace);
    if ((await findDamage(paths)) !== null) return false;
    const branch = await headBranch(paths);
    const head = branch === undefined ? undefined : await readRef(mirror.gitDir, branchRef(branch));
    const { tracked, untracked } = await status(parts, mirror, workspace);
    if (untracked.length > 0) return false;
    if (head === sha) return tracked.length === 0;
    const args = ['--quiet', '--no-ext-diff', '--end-of-options', objectId(sha), '--'];
    return (await inside(parts, mirror, workspace, 'diff', args, { codes: [1] })).code === 0;
  });
}

async function remove(parts: WorktreeParts, workspace: WorkspaceRef): Promise<void> {
  const record = await parts.records.read(workspace);
  const { path, adminDir } = parts.records.paths(workspace);
  await removeTree(path);
  await removeTree(adminDir);
  const mirror = parts.mirrors.of(workspace.repository);
  if ((await lstat(mirror.gitDir).catch(() => undefined)) !== undefined) {
    await parts.mirrors.alone(mirror, async () => {
      const prefix = `${hiddenRefs(workspace.owner)}/`;
      const gone = [...(await readRefs(mirror.gitDir)).keys()].filter(
        (ref) => ref.startsWith(prefix) || (record !== undefined && ref === branchRef(record.branch)),
      );
      await setRefs(parts, mirror, new Map(gone.map((ref) => [ref, null])));
      const ledger = await parts.mirrors.readLedger(mirror);
      if (gone.some((ref) => ledger.delete(ref))) await parts.mirrors.writeLedger(mirror, ledger);
    });
  }
  await parts.records.forget(workspace);
}

async function tampering(
  parts: WorktreeParts,
  workspace: WorkspaceRef,
  state: WorktreeState,
): Promise<string | null> {
  const found = await parts.mirrors.withObjects(workspace.repository, () =>
    findTampering(parts, workspace, state),
  );
  if (found !== null) await distrust(parts, workspace);
  return found;
}
