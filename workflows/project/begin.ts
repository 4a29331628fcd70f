/** How a project begins: its plan, then the integration branch at base; no phase starts while that could not be made. */
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { newLanding } from '../../domain/landing/state.ts';
import { withFeedback } from '../../domain/model/briefing.ts';
import type { ProjectPlan } from '../../domain/progress/plan.ts';
import { hostActivities, sharedActivities } from '../activity-proxies.ts';
import { cancelledHere, describeEnd, plainly } from '../support/failures.ts';
import { awaitRetry } from './await-retry.ts';
import { showDetails } from './view.ts';
import { type PlannedProject, type ProjectRun, setLifecycle } from './state.ts';

export async function begin(run: ProjectRun, input: unknown): Promise<PlannedProject> {
  const { workflowId } = workflowInfo();
  showDetails(run);
  const plan = await plainly(sharedActivities('validate the project').planProject({ input, workflowId }));
  const [first] = plan.phases;
  if (first === undefined)
    throw ApplicationFailure.nonRetryable('A project needs at least one phase.', 'InvalidProject');
  const planned: PlannedProject = Object.assign(run, { plan });
  const { state } = planned;
  const { budgetUsd: usd, tokens } = plan.settings.limits;
  state.budget = { usd, tokens };
  state.next = { number: first.number, before: null, words: [], fresh: false };
  state.landing = newLanding({ headSha: plan.base.sha, baseSha: plan.base.sha, startSha: plan.base.sha });
  for (;;) {
    state.detail = 'makes the integration branch';
    showDetails(planned);
    const problem = await makeIntegrationBranch(planned);
    if (problem === null) break;
    const { words } = await awaitRetry(planned, problem);
    // There is no branch to say anything about yet: they are for whoever works first.
    state.next = { ...state.next, words: words.reduce(withFeedback, state.next.words) };
  }
  setLifecycle(run, 'initialized');
  setLifecycle(run, 'implementing');
  return planned;
}

/** Null: it is there, and the names of the phases' branches are free. Else why not. */
async function makeIntegrationBranch({ plan, state }: PlannedProject): Promise<string | null> {
  try {
    return await make(plan, state);
  } catch (error) {
    if (cancelledHere(error)) throw error;
    return describeEnd(error);
  }
}

async function make(
  { workspace, integrationBranch, base, phases }: ProjectPlan,
  state: PlannedProject['state'],
): Promise<string | null> {
  const branches = phases.map((phase) => phase.branch);
  const made = await hostActivities(workspace.host, `branch ${integrationBranch}`).createBranch({
    workspace,
    branch: integrationBranch,
    from: { kind: 'sha', sha: base.sha },
    siblings: branches,
    own: null,
    reserve: branches,
    fence: null,
  });
  if (made.kind !== 'ready') return made.message;
  state.fence = made.fence;
  return null;
}
