/** A standalone task stays open after a failure; a person's retry goes on from what is there, with what was learnt. */
import { condition } from '@temporalio/workflow';
import { reasonOf } from '../../domain/failure.ts';
import { retried } from '../../domain/landing/state.ts';
import { followMergeByHand } from '../landing/merge.ts';
import { listenForRetry } from '../landing/retry-commands.ts';
import { isRenamed, renamedSince } from '../landing/renamed-base.ts';
import { taskLanding } from './landing.ts';
import { addFeedback, type PlannedTask, setStatus } from './state.ts';

export async function awaitRetry(run: PlannedTask): Promise<void> {
  if (await followBase(run)) return;
  const { plan, state, live } = run;
  const closed = state.reason === reasonOf('PullRequestClosed');
  const retryAs = (by: string, feedback: string | null) => {
    if (state.status === 'failed') retry(run, { by, feedback, fresh: false });
  };
  const following = followMergeByHand(taskLanding(run), (by) => retryAs(by, null));
  const listening = listenForRetry({
    ...live,
    workspace: plan.workspace,
    pullRequest: state.landing.pullRequest,
    approvers: plan.settings.approval.approvers,
    base: closed ? plan.baseBranch : null,
    retry: retryAs,
  });
  try {
    await condition(() => state.status === 'incoming');
  } finally {
    listening.stop();
    following.stop();
  }
}

/** True: base has another name since, and everything goes on there. */
async function followBase(run: PlannedTask): Promise<boolean> {
  const { baseBranch } = run.plan;
  const name = await renamedSince(taskLanding(run), run.state.reason ?? reasonOf('Unexpected'));
  if (name === null) return false;
  moveBase(run, name);
  const why = isRenamed(baseBranch, name);
  retry(run, { by: why, feedback: null, fresh: false }, why);
  return true;
}

/** Base under another name: what somebody renamed it to, or says. */
export function moveBase(run: PlannedTask, branch: string): void {
  run.plan = { ...run.plan, baseBranch: branch, git: { basedOn: branch, target: branch } };
}

/** Attempts go on counting, and begin at the last candidate unless somebody wants a fresh start. */
export function retry(
  run: PlannedTask,
  { by, feedback, fresh }: { readonly by: string; readonly feedback: string | null; readonly fresh: boolean },
  why = 'A person asked for another try',
): void {
  const { plan, state } = run;
  if (feedback !== null) addFeedback(run, by, feedback);
  state.asked = feedback !== null;
  state.lastAttempt = state.attempt + plan.settings.limits.attempts;
  state.nextStartSha = fresh ? null : (state.candidate?.sha ?? null);
  state.firstFailure = null;
  state.candidate = null;
  state.reason = null;
  state.toldOfLoss = state.landing.lost !== null;
  if (state.landing.headSha !== '') state.landing = retried(state.landing);
  addFeedback(run, 'the orchestrator', `${why}.`);
  setStatus(run, 'incoming', why === by ? why : `retried by ${by}`);
}
