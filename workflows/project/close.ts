/** How a project leaves: nothing on the host but what people keep; a cancelled one says why on its pull requests. */
import type { ProjectOutcome } from '../../domain/progress/outcomes.ts';
import { hostActivities } from '../activity-proxies.ts';
import { ifPossible } from '../support/failures.ts';
import { endedWithoutOutcome } from './lost-phase.ts';
import { isPlanned, type PlannedProject, type ProjectRun, recordOutcome } from './state.ts';
import { show } from './view.ts';

/** Branches stay; open pull requests hear why and are closed or kept by setting. */
export async function closeCancelled(run: ProjectRun): Promise<void> {
  if (!isPlanned(run)) return;
  const { plan, state, live } = run;
  if (live.activePhase !== null && state.next !== null) {
    const end = { status: 'cancelled', message: 'The project was cancelled.' } as const;
    recordOutcome(run, endedWithoutOutcome(run, state.next, live.activePhase, end));
  }
  show(run);
  const { workspace, settings } = plan;
  const close = settings.onCancel === 'close_pull_requests';
  const comment = `The project was cancelled. Branches stay${close ? '; this pull request is closed' : ''}.`;
  const pullRequests = [...state.outcomes.map((each) => each.pullRequest), state.landing.pullRequest];
  const open = new Set(pullRequests.flatMap((each) => (each?.state === 'open' ? [each.number] : [])));
  for (const number of open)
    await ifPossible(
      hostActivities(workspace.host, `say why on #${number}`, 'cleanUp').closePullRequest({
        workspace,
        number,
        comment,
        close,
      }),
    );
  await cleanUp(run);
}

export async function cleanUp({ plan: { workspace }, state: { fence } }: PlannedProject): Promise<void> {
  await ifPossible(
    hostActivities(workspace.host, 'clean up', 'cleanUp').closeWorkspace({ workspace, fence }),
  );
}

export const projectOutcome = (
  { plan, state }: PlannedProject,
  status: ProjectOutcome['status'],
): ProjectOutcome => ({
  schema: 1,
  slug: plan.slug,
  status,
  integrationBranch: plan.integrationBranch,
  baseBranch: plan.base.branch,
  mergedSha: state.mergedSha,
  pullRequest: state.landing.pullRequest,
  phases: state.outcomes,
  cost: state.cost,
});
