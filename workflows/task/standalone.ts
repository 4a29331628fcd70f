/** A task without a project: its plan, its own branch, and leaving nothing behind at the end. */
import { workflowInfo } from '@temporalio/workflow';
import { ifPossible, plainly } from '../support/failures.ts';
import { reasonOf } from '../../domain/failure.ts';
import { adopted, newLanding } from '../../domain/landing/state.ts';
import { hostActivities, sharedActivities } from '../activity-proxies.ts';
import { stop, stopFor, type Stopped } from '../flow/step.ts';
import { land } from '../landing/land.ts';
import { showTask } from '../messaging/visibility.ts';
import { taskLanding, taskStep } from './landing.ts';
import { addFeedback, type PlannedTask, setStatus, type TaskRun } from './state.ts';

export async function beginStandalone(
  run: TaskRun,
  input: Readonly<Record<string, unknown>>,
): Promise<PlannedTask> {
  const { workflowId } = workflowInfo();
  showTask(run);
  const plan = await plainly(sharedActivities('validate the task').planTask({ input, workflowId }));
  const { settings, workspace, base, branch, slug, task, flow, warnings = [], webUi } = plan;
  run.state.lastAttempt = settings.limits.attempts;
  const planned = Object.assign(run, {
    plan: {
      standalone: true,
      warnings,
      slug,
      owner: workspace.owner,
      project: { name: task.title, design: null },
      phase: { number: 0, name: '' },
      task,
      workspace,
      flow,
      settings,
      branch,
      baseBranch: base.branch,
      baseSha: base.sha,
      git: { basedOn: base.branch, target: base.branch },
      completed: [],
      clockMs: settings.limits.phaseTimeoutMs,
      budget: { usd: settings.limits.budgetUsd, tokens: settings.limits.tokens },
      ...(webUi === undefined ? {} : { webUi }),
    },
  });
  showTask(run);
  return planned;
}

type Taken = { readonly kind: 'ready' } | { readonly kind: 'landed' } | Stopped;
const ready: Taken = { kind: 'ready' };

/** The task's own branch at the base; after a retry, wherever it is by now, and landed if that was all that was left. */
export async function takeBranch(run: PlannedTask): Promise<Taken> {
  const { plan, state } = run;
  if (!plan.standalone) return ready;
  try {
    return state.landing.headSha === '' ? await makeBranch(run) : await findBranch(run);
  } catch (error) {
    return stopFor(error);
  }
}

/** Checked against every branch of the remote before any work. */
async function makeBranch({ plan, state }: PlannedTask): Promise<Taken> {
  const { workspace, branch, baseSha } = plan;
  const made = await hostActivities(workspace.host, `branch ${branch}`).createBranch({
    workspace,
    branch,
    from: { kind: 'sha', sha: baseSha },
    siblings: [],
    own: null,
    fence: null,
  });
  if (made.kind !== 'ready') return stop(reasonOf('BranchConflict'), made.message);
  state.landing = newLanding({ headSha: made.headSha, baseSha, startSha: baseSha });
  state.fence = made.fence;
  return ready;
}

/** Wherever people left it. If the work had landed on it when the task failed, only the way into base is left, unless they ask for more. */
async function findBranch(run: PlannedTask): Promise<Taken> {
  const { state } = run;
  const { headSha } = state.landing;
  setStatus(run, 'claimed', 'its branch is found again');
  const found = await land(taskLanding(run), 'found');
  if (state.commit === null && state.landing.headSha === state.nextStartSha) await recordPush(run);
  const isWorkLeft = state.commit === null || state.asked;
  const landed = found !== null || isWorkLeft ? found : await land(taskLanding(run), 'landed');
  state.asked = false;
  if (landed?.kind === 'landed') return { kind: 'landed' };
  const { lost } = state.landing;
  // A candidate made for another head lacks what is there now.
  if (lost !== null || state.landing.headSha !== headSha) state.nextStartSha = null;
  if (lost !== null && state.toldOfLoss) {
    // The work is done again, on the branch as somebody left it.
    state.landing = adopted(state.landing, lost.headSha);
    state.commit = null;
    setStatus(run, 'incoming', 'the work is done again');
    return ready;
  }
  const step = taskStep(run, landed);
  if (step.kind === 'stop') return step;
  if (step.kind === 'no') addFeedback(run, step.from, step.feedback);
  setStatus(run, 'incoming', 'the work goes on');
  return ready;
}

/** The last candidate had arrived on the branch, and the answer was lost. */
async function recordPush({ plan: { workspace }, state }: PlannedTask): Promise<void> {
  const { headSha } = state.landing;
  const { epoch } = state.fence;
  state.fence = await hostActivities(workspace.host, 'read the fence').readFence({ workspace, epoch });
  state.commit = headSha;
  state.landing = { ...state.landing, required: [headSha] };
}

/** Worktree and hidden refs gone; branches stay; an open pull request hears why and is closed or kept by setting. */
export async function closeStandalone({ plan, state }: TaskRun, how: 'done' | 'cancelled'): Promise<void> {
  if (plan === null || !plan.standalone) return;
  const { workspace, settings } = plan;
  const { pullRequest } = state.landing;
  const host = hostActivities(workspace.host, 'clean up', 'cleanUp');
  if (how === 'cancelled' && pullRequest?.state === 'open') {
    const close = settings.onCancel === 'close_pull_requests';
    const comment = `The task was cancelled. Its branch stays${close ? '; this pull request is closed' : ''}.`;
    await ifPossible(host.closePullRequest({ workspace, number: pullRequest.number, comment, close }));
  }
  await ifPossible(host.closeWorkspace({ workspace, fence: state.fence }));
}
