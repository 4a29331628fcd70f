/** The one worktree of a workspace: made once, reused by switching, rebuilt when it isn't what we made. */
import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NamespaceIdentity } from '../../../domain/model/namespace.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { PortError } from '../../support/errors.ts';
import { inTurn } from '../../support/turns.ts';
import type { Git, WorktreeState } from '../port.ts';
import { lockInTheWay, missesObject } from './errors.ts';
import { differingPaths, gitlinkMode, readIndex } from './index-file.ts';
import { branchRef, hiddenRefs, objectId, readStatus, refName } from './map.ts';
import type { Mirror, Mirrors } from './mirror.ts';
import type { Objects } from './objects.ts';
import type { Records, WorktreePaths, WorktreeRecord } from './worktree-records.ts';
import { readRef, readRefs, writeRef } from './refs.ts';
import { findDamage, findTampering, headBranch, movedRefs } from './tampering.ts';

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

/** What a merge, rebase or bisect that an agent left half-way keeps in the worktree's git folder. */
const unfinished = [
  'MERGE_HEAD',
  'MERGE_MSG',
  'MERGE_MODE',
  'AUTO_MERGE',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'BISECT_LOG',
  'BISECT_START',
  'rebase-merge',
  'rebase-apply',
  'sequencer',
  'config.worktree',
  'info',
];

export function createWorktrees({
  mirrors,
  records,
  hostId,
  namespace,
  knownTree,
}: {
  readonly mirrors: Mirrors;
  readonly records: Records;
  readonly hostId: string;
  readonly namespace: NamespaceIdentity | undefined;
  readonly knownTree: Objects['knownTree'];
}): Worktrees {
  /** Git in the worktree, by our own record of where its folders are. */
  const inside = (mirror: Mirror, workspace: WorkspaceRef, verb: string, args: readonly string[]) => {
    const { path, adminDir } = records.paths(workspace);
    return mirrors.git(mirror, verb, args, { cwd: path, gitDir: adminDir, workTree: path });
  };
  const isAncestor = async (mirror: Mirror, ancestor: string, descendant: string) =>
    (
      await mirrors.git(
        mirror,
        'merge-base',
        ['--is-ancestor', '--end-of-options', objectId(ancestor), objectId(descendant)],
        { codes: [1] },
      )
    ).code === 0;

  const status = async (mirror: Mirror, workspace: WorkspaceRef) =>
    readStatus(
      (
        await inside(mirror, workspace, 'status', [
          '--porcelain=v2',
          '-z',
          '--untracked-files=normal',
          '--ignore-submodules=all',
        ])
      ).text,
    );

  /** Puts back every ref that an agent moved; starts a process only if there is one. */
  const restoreRefs = (mirror: Mirror) =>
    mirrors.alone(mirror, async () => {
      await mirrors.configChange(mirror);
      const moved = await movedRefs(mirrors, records, mirror);
      if (moved.size === 0) return;
      await setRefs(mirror, moved);
    });

  const setRefs = async (mirror: Mirror, refs: ReadonlyMap<string, string | null>) => {
    const left: [string, string | null][] = [];
    for (const [ref, sha] of refs) if (!(await writeRef(mirror.gitDir, ref, sha))) left.push([ref, sha]);
    if (left.length === 0) return;
    const zero = '0'.repeat(40);
    const commands = left.map(([ref, sha]) => `update ${ref}\0${sha ?? zero}\0\0`).join('');
    await mirrors.git(mirror, 'update-ref', ['--no-deref', '--stdin', '-z'], { stdin: commands });
  };

  async function rebuild(
    mirror: Mirror,
    workspace: WorkspaceRef,
    { branch, startSha }: WorktreeState,
  ): Promise<void> {
    const { path, adminDir } = records.paths(workspace);
    await removeTree(path);
    await removeTree(adminDir);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await mirrors.git(mirror, 'worktree', [
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

  /** On the branch at its start with a clean tree, by as few commands as that takes; what is still wrong is returned. */
  async function settle(
    mirror: Mirror,
    workspace: WorkspaceRef,
    { branch, startSha }: WorktreeState,
  ): Promise<readonly string[]> {
    const paths = records.paths(workspace);
    for (const name of unfinished) await rm(join(paths.adminDir, name), { recursive: true, force: true });
    const from = await headBranch(paths);
    const fromSha = from === undefined ? undefined : await readRef(mirror.gitDir, branchRef(from));
    const there = from === branch && fromSha === startSha;
    if (!there && !(await moveTo(mirror, paths, { branch, startSha }, fromSha)))
      await inside(mirror, workspace, 'switch', [
        '--discard-changes',
        '--ignore-other-worktrees',
        '--no-track',
        '-C',
        branch,
        '--end-of-options',
        objectId(startSha),
      ]);
    const before = await status(mirror, workspace);
    if (before.tracked.length + before.untracked.length === 0) return [];
    if (before.tracked.length > 0) await inside(mirror, workspace, 'reset', ['--hard', objectId(startSha)]);
    // Twice -f: a repository that an agent made inside the worktree goes too. Never -x: dependencies stay.
    await inside(mirror, workspace, 'clean', ['-d', '-f', '-f']);
    const after = await status(mirror, workspace);
    return [...after.tracked, ...after.untracked];
  }

  /** From a commit with the very same files only names have to change; the status afterwards looks at every file all the same. */
  async function moveTo(
    mirror: Mirror,
    { adminDir }: WorktreePaths,
    { branch, startSha }: WorktreeState,
    fromSha: string | undefined,
  ): Promise<boolean> {
    const tree = knownTree(mirror, startSha);
    if (fromSha === undefined || tree === undefined || knownTree(mirror, fromSha) !== tree) return false;
    return (
      (await writeRef(mirror.gitDir, branchRef(branch), objectId(startSha))) &&
      (await writeRef(adminDir, 'HEAD', `ref: ${branchRef(branch)}`))
    );
  }

  async function prepare(
    workspace: WorkspaceRef,
    state: WorktreeState & { readonly keepChanges: boolean; readonly note?: string },
  ): Promise<void> {
    branchRef(state.branch);
    await mirrors.withObjects(workspace.repository, async (mirror) => {
      const paths = records.paths(workspace);
      const record = await records.read(workspace);
      await refuseOther(workspace);
      const damage =
        record === undefined
          ? 'put another one in its place'
          : record.tampered === true
            ? 'tampered with it'
            : await findDamage(paths);
      const missing = (await lstat(paths.path).catch(() => undefined)) === undefined;
      if (state.keepChanges && !missing) return keep(mirror, workspace, state, damage);
      // With the old record: its branch may be the one that HEAD is on.
      await restoreRefs(mirror);
      await records.write({
        schema: 1,
        workspace,
        branch: state.branch,
        start: state.startSha,
        before: record?.start ?? state.startSha,
        note: state.note ?? (record?.start === state.startSha ? record.note : undefined),
      });
      if (damage !== null) await rebuild(mirror, workspace, state);
      const wrong = await settle(mirror, workspace, state).catch(async (error: unknown) => {
        if (damage !== null || missesObject(error) || lockInTheWay(error) !== undefined) throw error;
        return [error instanceof Error ? error.message : String(error)];
      });
      // The branch of the phase before is nobody's now.
      if (record !== undefined && record.branch !== state.branch) await restoreRefs(mirror);
      if (wrong.length === 0) return records.keepIndex(workspace, state.startSha);
      await rebuild(mirror, workspace, state);
      const still = await settle(mirror, workspace, state);
      await records.keepIndex(workspace, state.startSha);
      if (still.length > 0) {
        throw new PortError(
          'BranchMismatch',
          `A fresh checkout of ${state.startSha} in ${paths.path} is not clean: ${still.slice(0, 10).join(', ')}. Names that this file system can't tell apart, or a filter, may be why.`,
        );
      }
    });
  }

  const isOthers = (record: WorktreeRecord | undefined): record is WorktreeRecord =>
    record?.namespace !== undefined && record.namespace.id !== namespace?.id;
  const othersOf = async ({ owner }: WorkspaceRef): Promise<WorktreeRecord | undefined> =>
    (await records.all()).find((record) => record.workspace.owner === owner && isOthers(record));

  /** Two servers know a project by this name, and inbox and artifacts are kept by name. The one that was here first goes on. */
  async function refuseOther(workspace: WorkspaceRef): Promise<void> {
    const others = await othersOf(workspace);
    if (others?.namespace === undefined) return;
    const { path, recordFile } = records.paths(others.workspace);
    const { name, id } = others.namespace;
    throw new PortError(
      'SlugTaken',
      `'${workspace.owner}' in this data folder belongs to another namespace of Temporal, '${name}' (id ${id}), whose worktree is ${path}. Use another slug or another data folder; if that namespace is gone for good, remove this folder and ${recordFile}.`,
    );
  }

  /** A person may have edited files and committed; the branch must still be the one. */
  async function keep(
    mirror: Mirror,
    workspace: WorkspaceRef,
    state: WorktreeState,
    damage: string | null,
  ): Promise<void> {
    const tampering = damage ?? (await findTampering({ mirrors, records, isAncestor }, workspace, state));
    if (tampering !== null) {
      throw new PortError(
        'BranchMismatch',
        `The worktree ${records.paths(workspace).path} was to be kept as it is, but someone ${tampering}. Put it back on the branch ${state.branch}, or retry the task to start it afresh.`,
      );
    }
    await records.write({
      schema: 1,
      workspace,
      branch: state.branch,
      start: state.startSha,
      before: state.startSha,
    });
  }

  async function snapshot(
    workspace: WorkspaceRef,
    state: WorktreeState,
    hiddenRef: string,
  ): ReturnType<Git['snapshot']> {
    return mirrors.withObjects(workspace.repository, async (mirror) => {
      const { adminDir, path } = records.paths(workspace);
      const head = await readRef(mirror.gitDir, branchRef(state.branch));
      if (head !== undefined && head !== state.startSha && head !== (await records.read(workspace))?.start)
        await keepCommits(mirror, refName(hiddenRef), head);
      await refuseTricks(mirror, workspace).catch(async (error: unknown) => {
        await distrust(workspace);
        throw error;
      });
      const added = await inside(mirror, workspace, 'add', ['--all', '--', '.']);
      const embedded = /adding embedded git repository: (.*)/.exec(added.stderr)?.[1];
      if (embedded !== undefined) {
        await distrust(workspace);
        throw new PortError('WorktreeTampered', `made a git repository inside the worktree (${embedded})`);
      }
      const { text } = await mirrors.git(mirror, 'write-tree', [], {
        cwd: path,
        gitDir: adminDir,
        workTree: path,
      });
      const before = await records.keptIndex(workspace, state.startSha);
      const after = await readIndex(join(adminDir, 'index'));
      const changed = before === undefined || after === undefined ? null : differingPaths(before, after);
      return { tree: text.trim(), changed };
    });
  }

  async function adopt(
    workspace: WorkspaceRef,
    { branch, startSha, note }: WorktreeState & { readonly note: string },
  ): Promise<void> {
    const mirror = mirrors.of(workspace.repository);
    const { adminDir } = records.paths(workspace);
    const before = (await records.read(workspace))?.start ?? startSha;
    await records.write({ schema: 1, workspace, branch, start: startSha, before, note });
    for (const name of unfinished) await rm(join(adminDir, name), { recursive: true, force: true });
    await setRefs(mirror, new Map([[branchRef(branch), objectId(startSha)]]));
    await records.keepIndex(workspace, startSha);
  }

  /** Files that the index is told to overlook, and repositories inside the worktree: `git add` would miss one and enter the other. */
  async function refuseTricks(mirror: Mirror, workspace: WorkspaceRef): Promise<void> {
    const { path, adminDir } = records.paths(workspace);
    const entries = await readIndex(join(adminDir, 'index'));
    if (entries !== undefined) {
      for (const [name, { mode, overlooked }] of entries)
        await refuseTrick(path, name, { overlooked, isRepository: mode === gitlinkMode });
      return;
    }
    const { text } = await inside(mirror, workspace, 'ls-files', ['-v', '--stage', '-z']);
    for (const [, tag = '', mode = '', name = ''] of text.matchAll(
      /(\S) (\d{6}) [0-9a-f]+ \d\t([^\0]*)\0/g,
    )) {
      const overlooked = tag === 'S' || tag !== tag.toUpperCase();
      await refuseTrick(path, name, { overlooked, isRepository: mode === '160000' });
    }
  }

  const keepCommits = (mirror: Mirror, ref: string, sha: string) =>
    mirrors.alone(mirror, async () => {
      const ledger = await mirrors.readLedger(mirror);
      await mirrors.writeLedger(mirror, ledger.set(ref, sha));
      await mirrors.git(mirror, 'update-ref', ['--no-deref', '--end-of-options', ref, objectId(sha)]);
    });

  async function matches(workspace: WorkspaceRef, sha: string): Promise<boolean> {
    return mirrors.withObjects(workspace.repository, async (mirror) => {
      const paths = records.paths(workspace);
      if ((await findDamage(paths)) !== null) return false;
      const branch = await headBranch(paths);
      const head = branch === undefined ? undefined : await readRef(mirror.gitDir, branchRef(branch));
      const { tracked, untracked } = await status(mirror, workspace);
      if (untracked.length > 0) return false;
      if (head === sha) return tracked.length === 0;
      const { code } = await inside(mirror, workspace, 'diff', [
        '--quiet',
        '--no-ext-diff',
        '--end-of-options',
        objectId(sha),
        '--',
      ]).catch((error: unknown) => {
        if (error instanceof PortError && / \(exit 1\)/.test(error.message)) return { code: 1 };
        throw error;
      });
      return code === 0;
    });
  }

  async function remove(workspace: WorkspaceRef): Promise<void> {
    const record = await records.read(workspace);
    const { path, adminDir } = records.paths(workspace);
    await removeTree(path);
    await removeTree(adminDir);
    const mirror = mirrors.of(workspace.repository);
    if ((await lstat(mirror.gitDir).catch(() => undefined)) !== undefined) {
      await mirrors.alone(mirror, async () => {
        const prefix = `${hiddenRefs(workspace.owner)}/`;
        const gone = [...(await readRefs(mirror.gitDir)).keys()].filter(
          (ref) => ref.startsWith(prefix) || (record !== undefined && ref === branchRef(record.branch)),
        );
        await setRefs(mirror, new Map(gone.map((ref) => [ref, null])));
        const ledger = await mirrors.readLedger(mirror);
        if (gone.some((ref) => ledger.delete(ref))) await mirrors.writeLedger(mirror, ledger);
      });
    }
    await records.forget(workspace);
  }

  /** A worktree that was tampered with is not trusted again: `prepare` makes a new one. */
  async function distrust(workspace: WorkspaceRef): Promise<void> {
    const record = await records.read(workspace);
    if (record !== undefined) await records.write({ ...record, tampered: true });
  }

  async function tampering(workspace: WorkspaceRef, state: WorktreeState): Promise<string | null> {
    const found = await mirrors.withObjects(workspace.repository, () =>
      findTampering({ mirrors, records, isAncestor }, workspace, state),
    );
    if (found !== null) await distrust(workspace);
    return found;
  }

  const turn = <T>(workspace: WorkspaceRef, body: () => Promise<T>) =>
    inTurn(records.paths(workspace).path, body);
  return {
    worktreePath: (workspace) => records.paths(workspace).path,
    note: async (workspace) => (await records.read(workspace))?.note ?? null,
    prepare: (workspace, state) => turn(workspace, () => prepare(workspace, state)),
    findTampering: (workspace, state) => turn(workspace, () => tampering(workspace, state)),
    adopt: (workspace, state) => turn(workspace, () => adopt(workspace, state)),
    snapshot: (workspace, state, hiddenRef) => turn(workspace, () => snapshot(workspace, state, hiddenRef)),
    matches: (workspace, sha) => turn(workspace, () => matches(workspace, sha)),
    remove: (workspace) => turn(workspace, () => remove(workspace)),
    otherOwner: async (workspace) => (await othersOf(workspace))?.namespace ?? null,
    async madeBy(workspace) {
      const record = await records.read(workspace);
      return record === undefined ? null : isOthers(record) ? 'others' : 'us';
    },
    workspaces: async () =>
      (await records.all())
        .filter(({ workspace }) => workspace.host === hostId)
        .map(({ workspace, namespace: owner = null }) => ({ workspace, namespace: owner })),
  };
}

async function refuseTrick(
  path: string,
  name: string,
  { overlooked, isRepository }: { readonly overlooked: boolean; readonly isRepository: boolean },
): Promise<void> {
  if (overlooked) throw new PortError('WorktreeTampered', `told git to overlook changes of ${name}`);
  const inner = isRepository ? await lstat(join(path, name, '.git')).catch(() => undefined) : undefined;
  if (inner !== undefined)
    throw new PortError('WorktreeTampered', `made a git repository inside the worktree (${name})`);
}

/** Also what an agent made unwritable. Refuses nothing but a root of the file system. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await unlock(path);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}
async function unlock(path: string): Promise<void> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined || !info.isDirectory()) return;
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true }))
    if (entry.isDirectory()) await unlock(join(path, entry.name));
}
