/** The branch that lands: brought up to its base, pushed, found again after somebody moved it, and put back where it was lost. */
import type { LandingEvent } from '../../domain/landing/landing.ts';
import { lostBranchMessage } from '../../domain/names/branches.ts';
import { hostActivities } from '../activity-proxies.ts';
import type { LandingOwner } from './owner.ts';

const host = ({ workspace, label }: LandingOwner, summary: string) =>
  hostActivities(workspace.host, `${label}: ${summary}`);

/** Made in the mirror; it is tested before it is pushed. */
export async function bringUpToDate(owner: LandingOwner): Promise<LandingEvent> {
  const { workspace, policy, progress } = owner;
  const { headSha, startSha, baseSha } = progress.landing;
  progress.detail = `brings '${policy.branch}' up to '${policy.baseBranch}'`;
  const { elapsedMs, ...result } = await host(owner, `up to '${policy.baseBranch}'`).bringUpToDate({
    workspace,
    branch: policy.branch,
    headSha,
    startSha,
    baseBranch: policy.baseBranch,
    baseSha,
    landedSha: policy.landedSha,
    how: policy.update,
    metadata: owner.updateMetadata(),
  });
  progress.workedMs += elapsedMs;
  return result;
}

export async function push(
  owner: LandingOwner,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<LandingEvent> {
  const { workspace, policy, progress } = owner;
  const { landing, fence } = progress;
  const pushed = await host(owner, 'push the branch').land({
    workspace,
    branch: policy.branch,
    expected: from,
    sha: to,
    fence,
  });
  progress.workedMs += pushed.elapsedMs;
  if (pushed.kind === 'moved') return { kind: 'moved' };
  progress.fence = pushed.fence;
  owner.onRebased(landing.updated?.commits ?? []);
  if (landing.updated?.samePatches === true && landing.approvedHeadSha === from)
    progress.detail = `rebased on ${landing.updated.baseSha.slice(0, 10)} with equal patches: the approval of ${from.slice(0, 10)} carries over`;
  return { kind: 'pushed', sha: to };
}

/** One look at the remote: what somebody did to the branch, and whether it still holds what is called done. */
export async function findHead(owner: LandingOwner): Promise<LandingEvent> {
  const { workspace, policy, progress } = owner;
  const { headSha, required } = progress.landing;
  const found = await host(owner, 'who moved the branch').findHead({
    workspace,
    branch: policy.branch,
    headSha,
    required,
  });
  switch (found.kind) {
    case 'behind':
      return { kind: 'gone' };
    case 'ahead':
      progress.detail = `someone pushed to '${policy.branch}': ${found.headSha.slice(0, 10)} is tested and asked about anew`;
      return { kind: 'ahead', headSha: found.headSha };
    default:
      return found;
  }
}

export async function restore(owner: LandingOwner, headSha: string): Promise<LandingEvent> {
  const { workspace, policy, progress } = owner;
  const restored = await host(owner, 'put the branch back').restoreBranch({
    workspace,
    branch: policy.branch,
    headSha,
    fence: progress.fence,
  });
  // Gone, and its head with it: looking again would change nothing.
  if (restored.kind === 'lost' && restored.remote === null)
    return {
      kind: 'unrestorable',
      message: lostBranchMessage({ branch: policy.branch, headSha, tip: null }),
    };
  if (restored.kind !== 'landed') return { kind: 'moved' };
  progress.fence = restored.fence;
  progress.detail = `'${policy.branch}' was deleted or rewound, and is back at ${headSha.slice(0, 10)}`;
  return { kind: 'pushed', sha: headSha };
}

/** What had landed on base is there again, or base is somebody else's now and stays as it is. */
export async function restoreBase(
  owner: LandingOwner,
  headSha: string,
): Promise<Extract<LandingEvent, { readonly kind: 'base_restored' | 'unrestorable' }>> {
  const { workspace, policy, progress } = owner;
  const branch = policy.baseBranch;
  const restored = await host(owner, `put '${branch}' back`).restoreBranch({
    workspace,
    branch,
    headSha,
    fence: progress.fence,
  });
  if (restored.kind === 'lost')
    return {
      kind: 'unrestorable',
      message: lostBranchMessage({ branch, headSha, tip: restored.remote }),
    };
  if (restored.kind === 'landed') progress.fence = restored.fence;
  progress.detail = `'${branch}' was deleted or rewound, and is back at ${headSha.slice(0, 10)}`;
  return { kind: 'base_restored' };
}
