/** The merge: exactly the approved head into exactly the approved base, or nothing; and what people merge themselves. */
import type { LandingEvent } from '../../domain/landing/landing.ts';
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { hostActivities } from '../activity-proxies.ts';
import { tell } from '../messaging/notices.ts';
import { codeOf, describeError, warn } from '../support/failures.ts';
import { audience, type LandingOwner } from './owner.ts';

export async function merge(owner: LandingOwner): Promise<LandingEvent> {
  const { policy, progress } = owner;
  let result: Awaited<ReturnType<typeof mergeNow>>;
  try {
    result = await mergeNow(owner);
  } catch (error) {
    // A rule of the remote for base: who may do more can merge.
    if (policy.checkedOut === 'person_merges' && ['PushRejected', 'ContentRefused'].includes(codeOf(error)))
      return { kind: 'refused', why: describeError(error) };
    throw error;
  }
  progress.workedMs += result.elapsedMs;
  switch (result.kind) {
    case 'merged':
      progress.fence = result.fence;
      return {
        kind: 'merged',
        sha: result.sha,
        tree: result.tree,
        onBase: result.onBase,
        differs: 'differs' in result ? (result.differs ?? null) : null,
      };
    case 'base_moved':
      return { kind: 'base_moved' };
    // Asked of git before the host: a merge names the branch that it found.
    case 'head_moved':
      return { kind: 'moved' };
    case 'conflict':
      return { kind: 'merge_conflict' };
    case 'closed':
      return { kind: 'closed', pullRequest: null };
    default:
      return result;
  }
}

function mergeNow(owner: LandingOwner) {
  const { workspace, policy, label, progress } = owner;
  const { headSha, baseSha, required, pullRequest } = progress.landing;
  const common = {
    workspace,
    headBranch: policy.branch,
    baseBranch: policy.baseBranch,
    metadata: owner.mergeMetadata(),
    fence: progress.fence,
    required,
  };
  if (pullRequest === null)
    return hostActivities(workspace.host, `${label}: merge`).mergeBranch({ ...common, headSha, baseSha });
  progress.detail = `merges pull request #${pullRequest.number}`;
  return hostActivities(workspace.host, `${label}: merge #${pullRequest.number}`).mergePullRequest({
    ...common,
    number: pullRequest.number,
    expectedHeadSha: headSha,
    expectedBaseSha: baseSha,
    method: policy.method,
  });
}

/** Base is checked out in a person's worktree, which is theirs to change: they are told the command, and followed. */
export async function awaitMergeByHand(
  owner: LandingOwner,
  { where, command }: { readonly where: string; readonly command: string },
): Promise<LandingEvent> {
  const { workspace, policy, label, progress } = owner;
  const { pullRequest } = progress.landing;
  const text = `'${policy.baseBranch}' is checked out at ${where}. Run: ${command}`;
  progress.detail = text;
  owner.onWaiting({ kind: 'person', text });
  tell(audience(owner), {
    kind: 'waiting_for_merge',
    title: `The last merge of '${owner.slug}' is yours`,
    text,
  });
  const { tip, tree } = await mergeByHand(owner);
  owner.onWaiting(null);
  if (pullRequest !== null)
    await hostActivities(workspace.host, `${label}: record the merge`).recordMerged({
      workspace,
      number: pullRequest.number,
      sha: tip,
    });
  return { kind: 'merged_by_hand', sha: tip, tree };
}

function mergeByHand({ workspace, policy, label, progress }: LandingOwner) {
  const watch = hostActivities(workspace.host, `${label}: wait for the merge by hand`, 'watch');
  return watch.awaitLanded({
    workspace,
    branch: policy.baseBranch,
    headSha: progress.landing.headSha,
    method: policy.method,
  });
}

/** Where the remote refused our push of base: until `stop`, whoever merges by hand is followed. Never fails. */
export function followMergeByHand(owner: LandingOwner, onMerged: (by: string) => void): { stop(): void } {
  if (!owner.progress.landing.refused) return { stop: () => undefined };
  const scope = new CancellationScope();
  scope
    .run(() => mergeByHand(owner))
    .then(() => onMerged(`whoever merged '${owner.policy.branch}' by hand`))
    .catch((error: unknown) => {
      if (!isCancellation(error)) warn(`A merge by hand is not followed: ${describeError(error)}`);
    });
  return { stop: () => scope.cancel() };
}

/** With what people have put right on top of it. */
export async function findLanded(owner: LandingOwner, sha: string): Promise<LandingEvent> {
  const { workspace, policy, label } = owner;
  const { landed, tip } = await hostActivities(workspace.host, `${label}: what landed`).verifyLanded({
    workspace,
    branch: policy.baseBranch,
    headSha: sha,
    method: 'merge',
  });
  return landed && tip !== null ? { kind: 'on_base', sha: tip } : { kind: 'off_base' };
}
