/** Showing where a project stands, and waiting for a person after a failure. */
import { condition, log } from '@temporalio/workflow';
import type { PullRequestRef } from '../../domain/model/pull-request.ts';
import { hostActivities } from '../activity-proxies.ts';
import { cancelledHere, describeError } from '../support/failures.ts';
import { showProject } from '../messaging/visibility.ts';
import { listenForRetry } from '../landing/retry-commands.ts';
import { tellOfProject } from './notices.ts';
import { outcomeOf, planOf, type ProjectRun, projectView, refreshCondition } from './state.ts';

export function show(run: ProjectRun): void {
  if (run.plan === null) return;
  if (run.condition !== 'done' && run.condition !== 'cancelled') refreshCondition(run);
  showProject(projectView(run, run.plan.slug), run.activePhase?.number ?? run.next?.number ?? null);
}

export interface Failure {
  readonly title?: string;
  /** The pull request was closed or retargeted: back into this base is as good as a retry. */
  readonly base?: string | null;
}

/** The project stays open after a failure: people are told, and a person's `retry` goes on. Returns their feedback. */
export async function awaitRetry(
  run: ProjectRun,
  problem: string,
  { title = 'The project cannot go on', base = null }: Failure = {},
): Promise<string | null> {
  run.detail = problem;
  run.awaitsRetry = true;
  show(run);
  tellOfProject(run, 'phase_failed', title, problem);
  const { workspace, settings } = planOf(run);
  const listening = listenForRetry({
    ...run,
    workspace,
    pullRequest: run.pullRequest ?? pullRequestOfFailure(run),
    approvers: settings.approval.approvers,
    base,
    retry: (by, feedback) => {
      if (run.retry !== null) return;
      run.retry = { feedback };
      run.detail = `goes on, asked by ${by}`;
    },
  });
  try {
    await condition(() => run.retry !== null);
  } finally {
    listening.stop();
  }
  const feedback = run.retry?.feedback ?? null;
  run.retry = null;
  run.awaitsRetry = false;
  await readFenceAgain(run);
  show(run);
  return feedback;
}

/** Of the phase that failed last, if that is what is waited for. */
function pullRequestOfFailure(run: ProjectRun): PullRequestRef | null {
  const last = run.advances.at(-1);
  if (last?.stage !== 'complete_phase') return null;
  return outcomeOf(run, last.phaseCompleted.number)?.pullRequest ?? null;
}

/** Something else may have moved it since. If the host can't say, the next push will: nothing is forced. */
async function readFenceAgain(run: ProjectRun): Promise<void> {
  const { workspace } = planOf(run);
  try {
    run.fence = await hostActivities(workspace.host, 'read the fence').readFence({
      workspace,
      epoch: run.fence.epoch,
    });
  } catch (error) {
    if (cancelledHere(error)) throw error;
    log.warn(`The fence could not be read: ${describeError(error)}`);
  }
}
