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
  const { headSha, startSha, baseSha, withoutSha } = progress.landing;
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
    withoutSha,
    method: policy.method,
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
  if (landing.updated?.how === 'rebase') owner.onRebased(landing.updated);
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
  const { branch } = owner.policy;
  const restored = await putBack(owner, { branch, headSha, summary: 'put the branch back' });
  // Gone, and its head with it: looking again would change nothing.
  if (restored.kind === 'lost' && restored.remote === null) return unrestorable(branch, headSha, null);
  if (restored.kind !== 'landed') return { kind: 'moved' };
  owner.progress.detail = isBack(branch, headSha);
  return { kind: 'pushed', sha: headSha };
}

/** What had landed on base is there again, or base is somebody else's now and stays as it is. */
export async function restoreBase(
  owner: LandingOwner,
  headSha: string,
): Promise<Extract<LandingEvent, { readonly kind: 'base_restored' | 'unrestorable' }>> {
  const branch = owner.policy.baseBranch;
  const restored = await putBack(owner, { branch, headSha, summary: `put '${branch}' back` });
  if (restored.kind === 'lost') return unrestorable(branch, headSha, restored.remote);
  owner.progress.detail = isBack(branch, headSha);
  return { kind: 'base_restored' };
}

async function putBack(
  owner: LandingOwner,
  {
    branch,
    headSha,
    summary,
  }: { readonly branch: string; readonly headSha: string; readonly summary: string },
) {
  const { workspace, progress } = owner;
  const { fence } = progress;
  const restored = await host(owner, summary).restoreBranch({ workspace, branch, headSha, fence });
  if (restored.kind === 'landed') progress.fence = restored.fence;
  return restored;
}

const isBack = (branch: string, headSha: string): string =>
  `'${branch}' was deleted or rewound, and is back at ${headSha.slice(0, 10)}`;

const unrestorable = (branch: string, headSha: string, tip: string | null) =>
  ({ kind: 'unrestorable', message: lostBranchMessage({ branch, headSha, tip }) }) as const;
