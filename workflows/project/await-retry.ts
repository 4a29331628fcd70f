/** The project stays open after a failure: people are told, and a person's `retry` goes on. */
import { condition } from '@temporalio/workflow';
import { withFeedback } from '../../domain/model/briefing.ts';
import type { PullRequestRef } from '../../domain/model/pull-request.ts';
import { hostActivities } from '../activity-proxies.ts';
import { listenForRetry } from '../landing/retry-commands.ts';
import { cancelledHere, describeError, warn } from '../support/failures.ts';
import { tellOfProject } from './notices.ts';
import { outcomeOf, type PlannedProject, type ProjectRun, type Retry } from './state.ts';
import { show } from './view.ts';

export interface Failure {
  readonly title?: string;
  /** The pull request was closed or retargeted: back into this base is as good as a retry. */
  readonly base?: string | null;
  /** Something else than a person's word that is as good as a retry. */
  readonly follow?: (retry: (by: string) => void) => { stop(): void };
}

export async function awaitRetry(
  run: PlannedProject,
  problem: string,
  { title = 'The project cannot go on', base = null, follow }: Failure = {},
): Promise<Retry> {
  const { plan, state, live } = run;
  state.detail = problem;
  live.awaitsRetry = true;
  show(run);
  tellOfProject(run, 'phase_failed', title, problem);
  const retryAs = (by: string, feedback: string | null) => {
    addRetry(run, { by, feedback, fresh: false });
    state.detail = `goes on, asked by ${by}`;
  };
  const following = follow?.((by) => retryAs(by, null));
  const listening = listenForRetry({
    ...live,
    workspace: plan.workspace,
    pullRequest: state.landing.pullRequest ?? pullRequestOfFailure(run),
    approvers: plan.settings.approval.approvers,
    base,
    retry: retryAs,
  });
  try {
    await condition(() => live.retry !== null);
  } finally {
    listening.stop();
    following?.stop();
  }
  const retry = live.retry ?? { words: [], fresh: false };
  live.retry = null;
  live.awaitsRetry = false;
  // Before anything is awaited: whoever looks now sees that the retry was taken.
  show(run);
  await readFenceAgain(run);
  return retry;
}

/** People who ask while it is not taken up, with no worker up for example, are all heard. */
export function addRetry(
  { live }: ProjectRun,
  { by, feedback, fresh }: { readonly by: string; readonly feedback: string | null; readonly fresh: boolean },
): void {
  const known = live.retry ?? { words: [], fresh: false };
  live.retry = {
    words: feedback === null ? known.words : withFeedback(known.words, { from: by, text: feedback }),
    fresh: fresh || known.fresh,
  };
}

/** Of the phase that failed last, if that is what is waited for. */
function pullRequestOfFailure(run: PlannedProject): PullRequestRef | null {
  const last = run.state.advances.at(-1);
  if (last?.stage !== 'complete_phase') return null;
  return outcomeOf(run, last.phaseCompleted.number)?.pullRequest ?? null;
}

/** Something else may have moved it since. If the host can't say, the next push will: nothing is forced. */
async function readFenceAgain({ plan: { workspace }, state }: PlannedProject): Promise<void> {
  try {
    const { epoch } = state.fence;
    state.fence = await hostActivities(workspace.host, 'read the fence').readFence({ workspace, epoch });
  } catch (error) {
    if (cancelledHere(error)) throw error;
    warn(`The fence could not be read: ${describeError(error)}`);
  }
}
