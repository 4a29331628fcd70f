/** What an agent left in its worktree as one tree, and the worktree moved to the commit that was made of it. */
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { PortError } from '../../support/errors.ts';
import type { Git, WorktreeState } from '../port.ts';
import { differingPaths, gitlinkMode, readIndex } from './index-file.ts';
import { branchRef, objectId, refName } from './map.ts';
import type { Mirror } from './mirror.ts';
import { readRef } from './refs.ts';
import { distrust, inside, setRefs, unfinished, type WorktreeParts } from './worktree-parts.ts';

export async function snapshot(
  parts: WorktreeParts,
  workspace: WorkspaceRef,
  state: WorktreeState,
  hiddenRef: string,
): ReturnType<Git['snapshot']> {
  return parts.mirrors.withObjects(workspace.repository, async (mirror) => {
    const { adminDir } = parts.records.paths(workspace);
    const head = await readRef(mirror.gitDir, branchRef(state.branch));
    if (
      head !== undefined &&
      head !== state.startSha &&
      head !== (await parts.records.read(workspace))?.start
    )
      await keepCommits(parts, mirror, refName(hiddenRef), head);
    await refuseTricks(parts, mirror, workspace).catch(async (error: unknown) => {
      await distrust(parts, workspace);
      throw error;
    });
    const added = await inside(parts, mirror, workspace, 'add', ['--all', '--', '.']);
    const embedded = /adding embedded git repository: (.*)/.exec(added.stderr)?.[1];
    if (embedded !== undefined) {
      await distrust(parts, workspace);
      throw new PortError('WorktreeTampered', `made a git repository inside the worktree (${embedded})`);
    }
    const { text } = await inside(parts, mirror, workspace, 'write-tree', []);
    const before = await parts.records.keptIndex(workspace, state.startSha);
    const after = await readIndex(join(adminDir, 'index'));
    const changed = before === undefined || after === undefined ? null : differingPaths(before, after);
    return { tree: text.trim(), changed };
  });
}

export async function adopt(
  parts: WorktreeParts,
  workspace: WorkspaceRef,
  { branch, startSha, note }: WorktreeState & { readonly note: string },
): Promise<void> {
  const mirror = parts.mirrors.of(workspace.repository);
  const { adminDir } = parts.records.paths(workspace);
  const before = (await parts.records.read(workspace))?.start ?? startSha;
  await parts.records.write({ schema: 1, workspace, branch, start: startSha, before, note });
  for (const name of unfinished) await rm(join(adminDir, name), { recursive: true, force: true });
  await setRefs(parts, mirror, new Map([[branchRef(branch), objectId(startSha)]]));
  await parts.records.keepIndex(workspace, startSha);
}

/** Files that the index is told to overlook, and repositories inside the worktree: `git add` would miss one and enter the other. */
export async function refuseTricks(
  parts: WorktreeParts,
  mirror: Mirror,
  workspace: WorkspaceRef,
): Promise<void> {
  const { path, adminDir } = parts.records.paths(workspace);
  const entries = await readIndex(join(adminDir, 'index'));
  if (entries !== undefined) {
    for (const [name, { mode, overlooked }] of entries)
      await refuseTrick(path, name, { overlooked, isRepository: mode === gitlinkMode });
    return;
  }
  const { text } = await inside(parts, mirror, workspace, 'ls-files', ['-v', '--stage', '-z']);
  for (const [, tag = '', mode = '', name = ''] of text.matchAll(/(\S) (\d{6}) [0-9a-f]+ \d\t([^\0]*)\0/g)) {
    const overlooked = tag === 'S' || tag !== tag.toUpperCase();
    await refuseTrick(path, name, { overlooked, isRepository: mode === '160000' });
  }
}

export const keepCommits = (parts: WorktreeParts, mirror: Mirror, ref: string, sha: string) =>
  parts.mirrors.alone(mirror, async () => {
    const ledger = await parts.mirrors.readLedger(mirror);
    await parts.mirrors.writeLedger(mirror, ledger.set(ref, sha));
    await parts.mirrors.git(mirror, 'update-ref', ['--no-deref', '--end-of-options', ref, objectId(sha)]);
  });

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
