/** The pull request: one per branch and base, opened or found again, on exactly the head and base that are asked about. */
import type { LandingEvent } from '../../domain/landing/landing.ts';
import { hostActivities } from '../activity-proxies.ts';
import type { LandingOwner } from './owner.ts';

export async function openPullRequest(owner: LandingOwner, behind: boolean): Promise<LandingEvent> {
  const { workspace, policy, label, progress } = owner;
  const { headSha, baseSha, required, pullRequest } = progress.landing;
  const result = await hostActivities(workspace.host, `${label}: pull request`).ensurePullRequest({
    workspace,
    headBranch: policy.branch,
    headSha,
    baseBranch: policy.baseBranch,
    baseSha,
    required,
    ...owner.pullRequestText(),
    ...(pullRequest === null ? {} : { known: pullRequest.number }),
    ...(behind ? { behind } : {}),
  });
  switch (result.kind) {
    case 'open':
      return { kind: 'opened', pullRequest: result.pullRequest };
    case 'behind':
      return { kind: 'base_moved' };
    case 'merged':
      return { ...result, kind: 'merged_by_others' };
    default:
      return result;
  }
}

/** Its text as things stand now, for flows that ask for it. */
export async function updatePullRequest(owner: LandingOwner): Promise<void> {
  const { workspace, label, progress } = owner;
  const { pullRequest } = progress.landing;
  if (pullRequest === null) return;
  const { title, body } = owner.pullRequestText();
  await hostActivities(workspace.host, `${label}: pull request text`).updatePullRequest({
    workspace,
    number: pullRequest.number,
    title,
    body,
  });
}
