/** The checks on a commit that lands or has landed. A tree that passed is not tested again. */
import type { LandingEvent } from '../../domain/landing/landing.ts';
import { hostActivities } from '../activity-proxies.ts';
import type { LandingOwner } from './owner.ts';

export async function test(owner: LandingOwner, sha: string): Promise<LandingEvent> {
  const { workspace, settings, policy, label, progress } = owner;
  const timeoutMs = Math.min(settings.checkTimeoutMs, owner.remainingMs());
  if (timeoutMs === 0) return { kind: 'out_of_time' };
  progress.detail = `checks run on ${sha.slice(0, 10)}`;
  owner.show();
  const result = await hostActivities(workspace.host, `${label}: checks`, 'checks').runChecks({
    key: owner.checksKey(),
    workspace,
    branch: policy.branch,
    sha,
    setup: settings.setup,
    commands: settings.checks,
    timeoutMs,
  });
  progress.workedMs += result.elapsedMs;
  if (!result.passed) return { kind: 'failed', sha, report: result.report };
  return { kind: 'passed', sha, tree: result.tree, checks: result.checks };
}
