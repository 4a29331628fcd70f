/**
 * What an agent did to git besides editing files and committing on its branch. Agents share the mirror with our git, so this looks
 * at files only, starts no process in the worktree, and puts nothing back (`restoreRefs` does, when a worktree is prepared).
 */
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import type { WorktreeState } from '../port.ts';
import { readOptional } from './files.ts';
import { branchRef } from './map.ts';
import type { Mirror } from './mirror.ts';
import type { WorktreePaths } from './worktree-records.ts';
import { readRefs } from './refs.ts';
import type { WorktreeParts } from './worktree-parts.ts';

/** Why the worktree isn't the one we made; null: it is. */
export async function findDamage({ path, adminDir }: WorktreePaths): Promise<string | null> {
  const folder = await lstat(path).catch(() => undefined);
  if (folder === undefined) return 'deleted the worktree';
  if (folder.isSymbolicLink())
    return `replaced the worktree by a link to ${await readlink(path).catch(() => 'somewhere')}`;
  if (!folder.isDirectory()) return 'replaced the worktree by a file';
  const pointer = await lstat(join(path, '.git')).catch(() => undefined);
  if (pointer === undefined) return 'deleted .git';
  if (!pointer.isFile()) return 'replaced .git';
  if ((await readOptional(join(path, '.git')))?.trim() !== `gitdir: ${adminDir}`)
    return 'changed what .git points to';
  if ((await readOptional(join(adminDir, 'gitdir')))?.trim() !== join(path, '.git'))
    return "damaged the worktree's git folder";
  if ((await readOptional(join(adminDir, 'commondir')))?.trim() !== '../..')
    return "damaged the worktree's git folder";
  return null;
}

/** The branch that the worktree is on; undefined: a commit, or nothing readable. */
export async function headBranch({ adminDir }: WorktreePaths): Promise<string | undefined> {
  return /^ref: refs\/heads\/(.+)$/.exec(((await readOptional(join(adminDir, 'HEAD'))) ?? '').trim())?.[1];
}

/** `moved`: refs that aren't as we set them, and what they should be (null: absent). Branches of workspaces are judged by their records. */
export async function judgeRefs(
  { mirrors, records }: WorktreeParts,
  mirror: Mirror,
): Promise<{
  readonly refs: ReadonlyMap<string, string>;
  readonly moved: ReadonlyMap<string, string | null>;
}> {
  const workspaceBranches = new Set<string>();
  for (const { workspace, branch } of await records.all()) {
    if (mirrors.of(workspace.repository).remote.url === mirror.remote.url)
      workspaceBranches.add(branchRef(branch));
  }
  const judged = (ref: string) => ref !== 'refs/stash' && !workspaceBranches.has(ref);
  const ledger = await mirrors.readLedger(mirror);
  const refs = await readRefs(mirror.gitDir);
  const moved = new Map<string, string | null>();
  for (const [ref, sha] of refs)
    if (judged(ref) && ledger.get(ref) !== sha) moved.set(ref, ledger.get(ref) ?? null);
  for (const [ref, sha] of ledger) if (judged(ref) && !refs.has(ref)) moved.set(ref, sha);
  return { refs, moved };
}

export async function findTampering(
  parts: WorktreeParts,
  workspace: WorkspaceRef,
  state: WorktreeState,
): Promise<string | null> {
  const { mirrors, records, objects } = parts;
  const mirror = mirrors.of(workspace.repository);
  const paths = records.paths(workspace);
  const damage = await findDamage(paths);
  if (damage !== null) return damage;
  const branch = await headBranch(paths);
  if (branch !== state.branch)
    return branch === undefined ? 'detached HEAD from the branch' : `switched to the branch ${branch}`;

  const { config, refs, moved } = await mirrors.alone(mirror, async () => ({
    config: await mirrors.configChange(mirror),
    ...(await judgeRefs(parts, mirror)),
  }));
  const head = refs.get(branchRef(state.branch));
  if (config !== null) return config;
  if (head === undefined) return `deleted the branch ${state.branch}`;
  if (!/^[0-9a-f]{40,64}$/.test(head)) return `made the branch ${state.branch} point to ${head}`;
  if (moved.size > 0) return `moved or made other refs (${[...moved.keys()].slice(0, 5).join(', ')})`;

  const record = await records.read(workspace);
  const ours = [state.startSha, ...(record?.branch === state.branch ? [record.start, record.before] : [])];
  if (ours.includes(head)) return null;
  for (const start of new Set(ours)) if (await objects.isAncestor(mirror, start, head)) return null;
  return `moved the branch ${state.branch} off the commit it started from`;
}
