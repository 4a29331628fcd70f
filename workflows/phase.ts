/**
 * A stage of a project: its branch, its tasks one after another, and the gate at its end. Everything it does, landing and
 * merging included, is over when it returns; what comes next is the project's affair.
 */
import { setHandler } from '@temporalio/workflow';
import type { PhaseOutcome } from '../domain/progress/outcomes.ts';
import { createApprovalGate } from './approval/gate.ts';
import { type Stopped, stopFor } from './flow/step.ts';
import { walk } from './flow/walk.ts';
import { createPullRequestListener } from './landing/watch.ts';
import { phaseReportedSignal, phaseStatusQuery } from './messages.ts';
import { allHeard } from './messaging/inbox.ts';
import { createMessageHandlers } from './messaging/message-handlers.ts';
import { createOutbox } from './messaging/outbox.ts';
import { createReporter } from './messaging/reports.ts';
import { showPhase } from './messaging/visibility.ts';
import { takeBranch } from './phase/branch.ts';
import { phaseWalker } from './phase/walker.ts';
import { phaseHandlers } from './phase/handlers.ts';
import { phaseOutcome } from './phase/outcome.ts';
import { phaseReports } from './phase/report.ts';
import { newPhaseState, type PhaseInput, type PhaseRun, setPhaseStatus } from './phase/state.ts';
import { askFor, reviseForWords } from './phase/revision.ts';
import { phaseView } from './phase/view.ts';
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
  if (input.carried === undefined) setPhaseStatus(run, 'running', 'starts');
  const status = await carryOut(run);
  setPhaseStatus(run, status, run.state.detail);
  showPhase(run);
  await allHeard(run);
  return phaseOutcome(run, status);
}

function openPhase(plan: PhaseInput): PhaseRun {
  const { carried } = plan;
  const state = newPhaseState(plan);
  const reporter = createReporter(
    phaseReportedSignal,
    // Of an earlier start the project knows what it came to; of a run that is continued not for certain.
    phaseReports(
      () => run,
      carried === undefined ? { tasks: state.records, added: state.tasks } : { tasks: [], added: [] },
    ),
    carried?.reports,
  );
  const approvalGate = createApprovalGate({
    ...(carried === undefined ? {} : { carried: carried.gates }),
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
      handlers: createMessageHandlers(carried),
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

/** The branch, then the flow from its start to a final state. Expected failures end in `failed`; only cancellation is thrown. */
async function carryOut(run: PhaseRun): Promise<'completed' | 'failed'> {
  try {
    const ended = run.plan.carried === undefined ? await begin(run) : null;
    if (ended !== null) return ended;
    const walked = await walk(run, phaseWalker(run));
    return walked.kind === 'stop' ? fail(run, walked) : complete(run);
  } catch (error) {
    return fail(run, stopFor(error));
  }
}

/** Null: there is work. */
async function begin(run: PhaseRun): Promise<'completed' | 'failed' | null> {
  const taken = await takeBranch(run);
  if (taken.kind === 'stop') return fail(run, taken);
  if (run.state.landing.end?.kind === 'landed') return complete(run);
  // A retry's words, or what stands against the found branch, are work: the next task's, or a revision.
  if (taken.kind === 'no') askFor(run, taken);
  else reviseForWords(run);
  return null;
}

function complete({ state }: PhaseRun): 'completed' {
  const { pullRequest } = state.landing;
  state.reason = null;
  state.detail = pullRequest === null ? 'merged' : `merged with pull request #${pullRequest.number}`;
  return 'completed';
}

function fail({ state }: PhaseRun, { reason, detail }: Stopped): 'failed' {
  state.reason = reason;
  state.detail = detail;
  return 'failed';
}
