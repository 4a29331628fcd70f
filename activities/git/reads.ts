/** What the remote and the mirror say: fences, tips, whether a head is on a branch. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fence } from '../../domain/model/git.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';
import { epochRef } from '../../domain/names/git-refs.ts';
import { taskOf, trailersOf } from '../../domain/text/commit-message.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import type {
  CloseWorkspaceRequest,
  FindLandedRequest,
  GitActivities,
  LandedTask,
  VerifyLandedRequest,
} from './contract.ts';
import { isLanded } from './landed.ts';
import type { Git } from './port.ts';

/** Safe to repeat: reads. */
export async function readFence(
  git: Git,
  { workspace, epoch }: Parameters<GitActivities['readFence']>[0],
): Promise<Fence> {
  return {
    epoch,
    sha: await git.remoteRef(workspace.repository, epochRef(workspace.owner)),
  };
}

/** Safe to repeat: reads. */
export async function readTips(git: Git, { workspace, branches }: Parameters<GitActivities['readTips']>[0]) {
  const remote = await git.remoteBranches(workspace.repository);
  return Object.fromEntries(branches.map((branch) => [branch, remote.get(branch) ?? null]));
}

/** Safe to repeat: reads, from the start. A remote that can't be reached for a while is asked again. */
export async function awaitLanded(
  git: Git,
  request: VerifyLandedRequest,
  signal: AbortSignal,
): Promise<{ readonly tip: string; readonly tree: string }> {
  const longestMs = request.workspace.repository.kind === 'path' ? 1_000 : 30_000;
  for (let waitMs = 1_000; ; waitMs = Math.min(2 * waitMs, longestMs)) {
    const { landed, tip } = await isLanded(git, request).catch((error: unknown) => {
      if (error instanceof PortError && error.code === 'GitUnavailable') return { landed: false, tip: null };
      throw error;
    });
    if (landed && tip !== null) return { tip, tree: await git.tree(request.workspace.repository, tip) };
    await sleep(waitMs, undefined, { signal });
  }
}

/** Far more than a phase can have tasks. */
const landedAtMost = 500;
const commitsReadAtMost = 5_000;

/** Safe to repeat: reads. */
export async function findLanded(
  git: Git,
  { workspace: { repository }, branches, sinceSha, owner, phase }: FindLandedRequest,
): Promise<{ readonly commits: readonly LandedTask[] }> {
  const tips = await git.remoteBranches(repository);
  const commits: LandedTask[] = [];
  for (const branch of branches) {
    const tipSha = tips.get(branch);
    if (tipSha === undefined) continue;
    const found = new Map<number, string>();
    for (const { sha, message } of await git.log(repository, { sinceSha, tipSha, most: commitsReadAtMost })) {
      const trailers = trailersOf(message);
      const task = taskOf(message);
      const ours =
        trailers.get('Phasewright-Project') === owner && trailers.get('Phasewright-Phase') === String(phase);
      if (ours && task !== undefined && !found.has(task)) found.set(task, sha);
    }
    for (const [task, sha] of found) commits.push({ branch, task, sha });
  }
  return { commits: commits.slice(0, landedAtMost) };
}

/** Safe to repeat: what is already gone stays gone. */
export async function closeWorkspace(
  git: Git,
  { workspace, fence }: CloseWorkspaceRequest,
  clean: (workspace: WorkspaceRef, close: () => Promise<void>) => Promise<void> = (_workspace, close) =>
    close(),
): Promise<void> {
  await clean(workspace, () => git.close(workspace, fence));
  await faultPoint('closeWorkspace', 'effect');
}
