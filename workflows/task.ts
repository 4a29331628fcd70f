/**
 * One unit of agent work. The flow says which roles, steps and gates it goes through. A project's task lands on the phase branch
 * and opens nothing; a standalone task has its own branch, pull request and gate, and stays open after a failure.
 */
import { CancellationScope, setHandler } from '@temporalio/workflow';
import { reasonOf } from '../domain/failure.ts';
import type { TaskOutcome } from '../domain/progress/outcomes.ts';
import { createApprovalGate } from './approval/gate.ts';
import { stop, type Stopped } from './flow/step.ts';
import { walk, type Walker } from './flow/walk.ts';
import { createPullRequestListener } from './landing/watch.ts';
import { taskReportedSignal, taskStatusQuery } from './messages.ts';
import { allHeard } from './messaging/inbox.ts';
import { createMessageHandlers } from './messaging/message-handlers.ts';
import { createReporter } from './messaging/reports.ts';
import { showTask } from './messaging/visibility.ts';
import { cancelledHere } from './support/failures.ts';
import { adopt } from './task/child.ts';
import { refuseUnread, taskHandlers } from './task/handlers.ts';
import type { ChildTaskInput } from './task/input.ts';
import { taskReport } from './task/report.ts';
import { taskOutcome } from './task/outcome.ts';
import { beginStandalone, closeStandalone, takeBranch } from './task/standalone.ts';
import { addFeedback, newTaskState, type PlannedTask, setStatus, type TaskRun } from './task/state.ts';
import { awaitRetry } from './task/await-retry.ts';
import { taskSteps } from './task/steps.ts';
import { taskView } from './task/view.ts';
import { work } from './task/work.ts';

export async function taskWorkflow(
  input: ChildTaskInput | Readonly<Record<string, unknown>>,
): Promise<TaskOutcome> {
  // What is said before its first task counts: it is newer than the input.
  const run = openTask(isChild(input) && input.paused);
  try {
    const task = isChild(input) ? adopt(run, input) : await beginStandalone(run, input);
    for (;;) {
      const status = await carryOut(task);
      if (!task.plan.standalone || status === 'done') return await finish(task, status);
      await awaitRetry(task);
    }
  } catch (error) {
    if (!cancelledHere(error)) throw error;
    await CancellationScope.nonCancellable(() => closeStandalone(run, 'cancelled'));
    throw error;
  }
}

function openTask(paused: boolean): TaskRun {
  const state = newTaskState(paused);
  const run: TaskRun = {
    plan: null,
    state,
    live: {
      handlers: createMessageHandlers(),
      approvalGate: createApprovalGate({
        isPaused: () => state.paused,
        instead: () => state.detail,
        onChange: () => showTask(run),
      }),
      listener: createPullRequestListener(),
      reporter: createReporter(taskReportedSignal, (stamp) => taskReport(run, stamp)),
      waitsFor: null,
    },
  };
  setHandler(taskStatusQuery, () => taskView(run));
  run.live.handlers.register(taskHandlers(run));
  return run;
}

const isChild = (input: unknown): input is ChildTaskInput =>
  typeof input === 'object' && input !== null && 'kind' in input && input.kind === 'child';

const walker = ({ plan, state }: PlannedTask): Walker<PlannedTask> => ({
  flow: plan.flow,
  success: 'done',
  steps: { registry: taskSteps, place: 'task', show: showTask },
  work,
  onNo(run, { from, reason, feedback }) {
    state.reason = reason;
    addFeedback(run, from, feedback);
  },
  onEnter(run, name) {
    const why = state.feedback.at(-1)?.text.split('\n')[0] ?? 'answered';
    if (name === 'incoming') setStatus(run, name, `back to incoming: ${why}`);
    if (name === 'provisional' || name === 'blocked') setStatus(run, name, state.detail);
  },
  why: () => stop(state.reason ?? reasonOf('Unexpected'), state.detail),
});

/** From the flow's start to a final state. Expected failures end in `failed`; only cancellation is thrown. */
async function carryOut(run: PlannedTask): Promise<'done' | 'failed'> {
  const taken = await takeBranch(run);
  if (taken.kind === 'stop') return fail(run, taken);
  if (taken.kind === 'landed') return 'done';
  const walked = await walk(run, walker(run));
  return walked.kind === 'stop' ? fail(run, walked) : 'done';
}

function fail(run: PlannedTask, { reason, detail }: Stopped): 'failed' {
  run.state.reason = reason;
  setStatus(run, 'failed', detail);
  showTask(run);
  return 'failed';
}

async function finish(run: PlannedTask, status: 'done' | 'failed'): Promise<TaskOutcome> {
  const { plan, state } = run;
  const { headSha } = state.landing;
  if (status === 'done') {
    const what =
      state.commit === null ? 'nothing needed changing (accepted)' : `landed ${headSha.slice(0, 10)}`;
    setStatus(run, 'done', `done: ${what}`);
  }
  showTask(run);
  if (plan.standalone) await closeStandalone(run, 'done');
  if (status === 'done') refuseUnread(run);
  await allHeard(run);
  return taskOutcome(run, status);
}
