/**
 * A stage of a project: its branch, its tasks one after another, and the gate at its end. Everything it does, landing and
 * merging included, is over when it returns; what comes next is the project's affair.
 */
import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import { reasonOf } from '../domain/failure.ts';
import { nextTask } from '../domain/progress/next-task.ts';
import type { PhaseOutcome } from '../domain/progress/outcomes.ts';
import { createApprovalGate } from './approval/gate.ts';
import { type Stopped, stop } from './flow/step.ts';
import { walk, type Walker } from './flow/walk.ts';
import { createPullRequestListener } from './landing/watch.ts';
import { phaseReportedSignal, phaseStatusQuery } from './messages.ts';
import { createMessageHandlers } from './messaging/message-handlers.ts';
import { createOutbox } from './messaging/outbox.ts';
import { createReporter } from './messaging/reports.ts';
import { showPhase } from './messaging/visibility.ts';
import { takeBranch } from './phase/branch.ts';
import { phaseHandlers } from './phase/handlers.ts';
import { phaseOutcome } from './phase/outcome.ts';
import { phaseReports } from './phase/report.ts';
import { doneNumbers, newPhaseState, type PhaseInput, type PhaseRun, setPhaseStatus } from './phase/state.ts';
import { phaseSteps } from './phase/steps.ts';
import { addRevision, runTasks } from './phase/tasks.ts';
import { phaseView } from './phase/view.ts';
import { cancelledHere, codeOf, describeError } from './support/failures.ts';
import { requireOurs } from './support/inputs.ts';

export async function phaseWorkflow(input: PhaseInput): Promise<PhaseOutcome> {
  requireOurs('Phase', input, [
    'project',
    'phase',
    'workspace',
    'flow',
    'settings',
    'siblings',
    'completed',
    'fence',
    'budget',
  ]);
  const run = openPhase(input);
  setPhaseStatus(run, 'running', 'starts');
  const status = await carryOut(run);
  setPhaseStatus(run, status, run.state.detail);
  showPhase(run);
  await condition(allHandlersFinished);
  return phaseOutcome(run, status);
}

function openPhase(plan: PhaseInput): PhaseRun {
  const state = newPhaseState(plan);
  const reporter = createReporter(
    phaseReportedSignal,
    phaseReports(() => run, state.finished),
  );
  const approvalGate = createApprovalGate({
    isPaused: () => state.paused,
    instead: () => `phase ${plan.phase.number} is ${state.status}: ${state.detail}`,
    onChange() {
      showPhase(run);
      reporter.changed();
    },
  });
  const run: PhaseRun = {
    plan,
    state,
    live: {
      handlers: createMessageHandlers(),
      approvalGate,
      listener: createPullRequestListener(),
      reporter,
      outbox: createOutbox(),
      waitsFor: null,
    },
  };
  setHandler(phaseStatusQuery, () => phaseView(run));
  run.live.handlers.register(phaseHandlers(run));
  return run;
}

const walker = (run: PhaseRun): Walker<PhaseRun> => ({
  flow: run.plan.flow,
  success: 'completed',
  steps: { registry: phaseSteps, place: 'phase', show: showPhase },
  work(_run, { kind }) {
    if (kind === 'revision') addRevision(run);
    return runTasks(run);
  },
  onNo(_run, { reason, feedback, merge }) {
    Object.assign(run.state, { reason, feedback, merge });
  },
  onEnter(_run, name) {
    if (run.plan.flow.states[name]?.work.kind !== 'revision') return;
    setPhaseStatus(run, 'changes_requested', `changes requested: ${run.state.feedback}`);
    run.live.reporter.changed();
  },
  why: () => stop(run.state.reason ?? reasonOf('Unexpected'), run.state.detail),
});

/** The branch, then the flow from its start to a final state. Expected failures end in `failed`; only cancellation is thrown. */
async function carryOut(run: PhaseRun): Promise<'completed' | 'failed'> {
  try {
    const taken = await takeBranch(run);
    if (taken.kind === 'stop') return fail(run, taken);
    if (run.state.landing.end?.kind === 'landed') return complete(run);
    // A retry takes a person's words, or what the checks say of the found branch, as the next revision.
    if (taken.kind === 'no') Object.assign(run.state, { feedback: taken.feedback, merge: taken.merge });
    const asksAgain = run.plan.before !== null && run.state.feedback !== '';
    if (asksAgain && nextTask(run.state.tasks, doneNumbers(run)) === undefined) addRevision(run);
    const walked = await walk(run, walker(run));
    return walked.kind === 'stop' ? fail(run, walked) : complete(run);
  } catch (error) {
    if (cancelledHere(error)) throw error;
    return fail(run, stop(reasonOf(codeOf(error)), describeError(error)));
  }
}

function complete({ state }: PhaseRun): 'completed' {
  const { pullRequest } = state.landing;
  state.feedback = '';
  state.reason = null;
  state.detail = pullRequest === null ? 'merged' : `merged with pull request #${pullRequest.number}`;
  return 'completed';
}

function fail({ state }: PhaseRun, { reason, detail }: Stopped): 'failed' {
  state.reason = reason;
  state.detail = detail;
  return 'failed';
}
