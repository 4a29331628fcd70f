/**
 * One unit of agent work. The flow says which roles, steps and gates it goes through; this walks the flow. A project's
 * task lands on the phase branch and opens nothing; a standalone task has its own branch, pull request and gate.
 */
import { reasonOf } from '../domain/failure.ts';
import { allHandlersFinished, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { TaskOutcome } from '../domain/progress/outcomes.ts';
import { createMessageHandlers } from './messaging/message-handlers.ts';
import { hostActivities } from './activity-proxies.ts';
import { createApprovalGate } from './approval/gate.ts';
import { cancelledHere, codeOf, describeError } from './support/failures.ts';
import { taskReportedSignal, taskStatusQuery } from './messages.ts';
import { createReporter } from './messaging/reports.ts';
import { showTask } from './messaging/visibility.ts';
import { mergedByHand } from './landing/external-merge.ts';
import { listenForRetry } from './landing/retry-commands.ts';
import { isHosted } from './landing/watch.ts';
import { taskHandlers } from './task/handlers.ts';
import { beginStandalone, closeStandalone, takeBranch } from './task/standalone.ts';
import {
  addFeedback,
  type ChildTaskInput,
  contextOf,
  newTaskRun,
  setStatus,
  type TaskRun,
  taskOutcome,
  taskView,
} from './task/state.ts';
import { requireOurs } from './support/inputs.ts';
import { runSteps } from './flow/step.ts';
import { carrier, checkCommit, taskSteps } from './task/steps.ts';
import { notPaused, work } from './task/attempt.ts';

export async function taskWorkflow(
  input: ChildTaskInput | Readonly<Record<string, unknown>>,
): Promise<TaskOutcome> {
  const handlers = createMessageHandlers();
  const approvalGate = createApprovalGate({
    isPaused: () => run.paused,
    instead: () => run.detail,
    onChange: () => showTask(run),
    settings: () => contextOf(run).settings,
    project: () => contextOf(run).slug,
  });
  const reporter = createReporter(taskReportedSignal, (stamp) => ({
    report: { ...stamp, task: contextOf(run).task.number, question: run.question },
    arrived: () => undefined,
  }));
  const run: TaskRun = newTaskRun({ handlers, approvalGate, reporter });
  setHandler(taskStatusQuery, () => taskView(run));
  handlers.register(taskHandlers(run));

  try {
    if (isChild(input)) adopt(run, input);
    else await beginStandalone(run, input);
    for (;;) {
      const status = await walk(run);
      if (!contextOf(run).standalone || status === 'done') {
        const outcome = await finish(run, status);
        await condition(allHandlersFinished);
        return outcome;
      }
      await awaitRetry(run);
    }
  } catch (error) {
    if (!cancelledHere(error)) throw error;
    await CancellationScope.nonCancellable(() => closeStandalone(run, 'cancelled'));
    throw error;
  }
}

const isChild = (input: unknown): input is ChildTaskInput =>
  typeof input === 'object' && input !== null && 'kind' in input && input.kind === 'child';

function adopt(run: TaskRun, input: ChildTaskInput): void {
  requireOurs('Task', input, [
    'project',
    'phase',
    'task',
    'workspace',
    'flow',
    'settings',
    'git',
    'completed',
    'feedback',
    'fence',
    'budget',
  ]);
  run.context = { ...input, standalone: false, owner: input.slug, baseBranch: input.git.target };
  run.tip = input.tip;
  run.fence = input.fence;
  run.feedback = input.feedback;
  run.paused = input.paused;
}

/** From the flow's start to a final state. Expected failures end in `failed`; only cancellation is thrown. */
async function walk(run: TaskRun): Promise<'done' | 'failed'> {
  const { flow } = contextOf(run);
  let name = flow.start;
  try {
    const conflict = await takeBranch(run);
    if (conflict !== null) return fail(run, conflict);
    if (run.landedUntested !== null) {
      // A retry after a merge by hand of what nobody tested: the checks decide about what landed.
      setStatus(run, 'claimed', 'the checks run on what landed');
      const checked = await checkCommit(run, run.landedUntested);
      if (checked === 'yes') return 'done';
      run.reason = reasonOf('LandedTreeMismatch');
      return fail(run, run.feedback.at(-1)?.text ?? 'The checks fail on what landed.');
    }
    for (;;) {
      const state = flow.states[name];
      if (state === undefined) return fail(run, `The flow '${flow.name}' has no state '${name}'.`);
      if (state.work.kind === 'final') {
        if (name !== 'done') return fail(run, run.detail);
        return 'done';
      }
      if (state.work.kind === 'tasks' || state.work.kind === 'revision')
        return fail(run, `'${state.work.kind}' is work of a phase, not of a task.`);
      await notPaused(run);
      const result = await work(run, state.work, name === flow.start);
      if (result.kind === 'end') return fail(run, run.detail);
      const transition = state.on[result.decision];
      if (transition === undefined)
        return fail(
          run,
          `The flow '${flow.name}' doesn't say what happens in '${name}' on '${result.decision}'.`,
        );
      const answer = await runSteps(run, transition.runs, {
        registry: taskSteps,
        place: 'task',
        show: showTask,
      });
      if (answer === 'end') return fail(run, run.detail);
      const next: string = answer === 'no' ? (transition.else ?? 'failed') : transition.to;
      if (next === 'incoming' || next === 'provisional' || next === 'blocked') enter(run, next);
      name = next;
      showTask(run);
    }
  } catch (error) {
    if (cancelledHere(error)) throw error;
    run.reason = reasonOf(codeOf(error));
    return fail(run, describeError(error));
  }
}

function enter(run: TaskRun, status: 'incoming' | 'provisional' | 'blocked'): void {
  setStatus(
    run,
    status,
    status === 'incoming'
      ? `back to incoming: ${run.feedback.at(-1)?.text.split('\n')[0] ?? 'answered'}`
      : run.detail,
  );
}

function fail(run: TaskRun, detail: string): 'failed' {
  run.reason ??= reasonOf('Unexpected');
  setStatus(run, 'failed', detail);
  showTask(run);
  return 'failed';
}

async function finish(run: TaskRun, status: 'done' | 'failed'): Promise<TaskOutcome> {
  if (status === 'done')
    setStatus(
      run,
      'done',
      run.commit === null
        ? 'done: nothing needed changing (accepted)'
        : `done: landed ${run.commit.slice(0, 10)}`,
    );
  showTask(run);
  if (contextOf(run).standalone) await closeStandalone(run, 'done');
  return taskOutcome(run, status);
}

/** A standalone task stays open after a failure; a person's retry starts its attempts afresh, with what was learnt. */
async function awaitRetry(run: TaskRun): Promise<void> {
  const { workspace, settings, branch, baseBranch } = contextOf(run);
  const listening = listenForRetry({
    ...run,
    workspace,
    approvers: settings.approval.approvers,
    base: run.reason === 'pull_request_closed' ? baseBranch : null,
    retry: (by, feedback) => {
      if (run.status !== 'failed') return;
      if (feedback !== null) addFeedback(run, by, feedback);
      setStatus(run, 'incoming', `retried by ${by}`);
    },
  });
  try {
    await condition(() => run.status === 'incoming');
  } finally {
    listening.stop();
  }
  await takeUpMerge(run);
  if (run.reason === 'lease_lost' && isHosted(workspace)) {
    const tips = await hostActivities(workspace.host, `tip of ${branch}`).readTips({
      workspace,
      branches: [branch],
    });
    run.tip = tips[branch] ?? run.tip;
  }
  run.attempt = 0;
  run.nextStart = null;
  run.reason = null;
  run.candidate = null;
  addFeedback(run, 'the orchestrator', 'A person asked for another try.');
}

/** People may have merged the pull request meanwhile: then only the checks on what landed are left to do. */
async function takeUpMerge(run: TaskRun): Promise<void> {
  const merged = await mergedByHand(carrier(run));
  // A retry after it went elsewhere, or was only a part: the rest gets another one.
  if (merged.kind === 'elsewhere' || merged.kind === 'earlier') run.pullRequest = null;
  if (merged.kind !== 'ours' && merged.kind !== 'other') return;
  const { workspace, baseBranch: branch } = contextOf(run);
  const head = merged.look.mergedSha ?? merged.look.base.sha;
  const { landed, tip } = await hostActivities(workspace.host, 'what landed').verifyLanded({
    workspace,
    branch,
    headSha: head,
    method: 'merge',
  });
  // With what people have put right on top of it.
  run.landedUntested = landed && tip !== null ? tip : head;
  if (run.pullRequest !== null) run.pullRequest = { ...run.pullRequest, state: 'merged' };
}
