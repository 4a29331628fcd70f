/** What the parts of a worktree are made with, and git inside one. */
import type { NamespaceIdentity } from '../../../domain/model/namespace.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { readStatus } from './map.ts';
import type { GitOptions, Mirror, Mirrors } from './mirror.ts';
import type { Objects } from './objects.ts';
import { writeRef } from './refs.ts';
import type { Records } from './worktree-records.ts';

export interface WorktreeParts {
  readonly mirrors: Mirrors;
  readonly records: Records;
  readonly namespace: NamespaceIdentity | undefined;
  readonly objects: Pick<Objects, 'isAncestor' | 'knownTree'>;
}

/** What a merge, rebase or bisect that an agent left half-way keeps in the worktree's git folder. */
export const unfinished = [
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

/** Git in the worktree, by our own record of where its folders are. */
export const inside = (
  parts: WorktreeParts,
  mirror: Mirror,
  workspace: WorkspaceRef,
  verb: string,
  args: readonly string[],
  options: Pick<GitOptions, 'codes'> = {},
) => {
  const { path, adminDir } = parts.records.paths(workspace);
  return parts.mirrors.git(mirror, verb, args, { ...options, cwd: path, gitDir: adminDir, workTree: path });
};

export const status = async (parts: WorktreeParts, mirror: Mirror, workspace: WorkspaceRef) =>
  readStatus(
    (
      await inside(parts, mirror, workspace, 'status', [
        '--porcelain=v2',
        '-z',
        '--untracked-files=normal',
        '--ignore-submodules=all',
      ])
    ).text,
  );

export const setRefs = async (
  parts: WorktreeParts,
  mirror: Mirror,
  refs: ReadonlyMap<string, string | null>,
) => {
  const left: [string, string | null][] = [];
  for (const [ref, sha] of refs) if (!(await writeRef(mirror.gitDir, ref, sha))) left.push([ref, sha]);
  if (left.length === 0) return;
  const zero = '0'.repeat(40);
  const commands = left.map(([ref, sha]) => `update ${ref}\0${sha ?? zero}\0\0`).join('');
  await parts.mirrors.git(mirror, 'update-ref', ['--no-deref', '--stdin', '-z'], { stdin: commands });
};

/** A worktree that was tampered with is not trusted again: `prepare` makes a new one. */
export async function distrust(parts: WorktreeParts, workspace: WorkspaceRef): Promise<void> {
  const record = await parts.records.read(workspace);
  if (record !== undefined) await parts.records.write({ ...record, tampered: true });
}
