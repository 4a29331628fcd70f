/**
 * The phases of a project, one after another. In the first workflow task after a phase ends the project records the outcome and does
 * exactly one thing, which `advance` names; between the two nothing is awaited, so a crash can't part them.
 */
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { reasonOf } from '../../domain/failure.ts';
import { keepLast } from '../../domain/messages/messages.ts';
import { withFeedback } from '../../domain/model/briefing.ts';
import { budgetLeft } from '../../domain/model/cost.ts';
import { phaseWorkflowId } from '../../domain/names/workflow-ids.ts';
import { advance, nextPhase } from '../../domain/progress/advance.ts';
import type { PhaseOutcome } from '../../domain/progress/outcomes.ts';
import { takeUp } from '../../domain/progress/phase-progress.ts';
import { summaryLine } from '../../domain/text/truncate.ts';
import { phaseWorkflow } from '../phase.ts';
import type { PhaseInput } from '../phase/state.ts';
import { runChild } from '../support/child-workflows.ts';
import { continueIfLong } from '../support/continue-as-new.ts';
import { cancelledHere, describeError } from '../support/failures.ts';
import { notPaused } from '../support/pause.ts';
import { awaitRetry } from './await-retry.ts';
import { endedWithoutOutcome } from './lost-phase.ts';
import {
  carry,
  completedPhases,
  type NextPhase,
  phaseSpec,
  type PlannedProject,
  recordOutcome,
} from './state.ts';
import { show } from './view.ts';

const MAX_ADVANCES = 200;

export async function runPhases(run: PlannedProject): Promise<void> {
  const { state } = run;
  for (let next = await nextToStart(run); next !== null; next = await nextToStart(run)) {
    const ended = await runPhase(run, next);
    // ── from here to the next child's start nothing is awaited ──
    recordOutcome(run, ended);
    const { phases } = run.plan;
    const step = advance({ phases, skipped: state.skipped, paused: state.paused }, ended);
    state.advances = keepLast(state.advances, step, MAX_ADVANCES);
    state.next = step.nextPhase === null ? null : firstTry(step.nextPhase.number);
    switch (step.stage) {
      case 'next_phase_started':
        await continueIfLong(() => carry(run));
        break;
      case 'next_phase_held':
        show(run);
        break;
      case 'complete_phase':
        state.next = await awaitRetryOf(run, ended);
        break;
      case 'workflow_complete':
        break;
    }
  }
}

const firstTry = (number: number): NextPhase => ({ number, before: null, words: [], fresh: false });

/** Held by a pause; what people skip until it starts is skipped. */
async function nextToStart({ plan, state }: PlannedProject): Promise<NextPhase | null> {
  if (state.next !== null) await notPaused(state);
  const { next, skipped } = state;
  if (next === null || !skipped.includes(next.number)) return next;
  const later = nextPhase({ phases: plan.phases, skipped }, next.number);
  state.next = later === undefined ? null : firstTry(later.number);
  return state.next;
}

async function awaitRetryOf(run: PlannedProject, ended: PhaseOutcome): Promise<NextPhase> {
  const { number, name, message, reason } = ended;
  // It is the next one again: `amend` goes by this while a retry is awaited.
  run.state.next = { ...firstTry(number), before: ended };
  const { words, fresh } = await awaitRetry(run, message, {
    title: `Phase ${number} '${name}' failed`,
    base: reason === reasonOf('PullRequestClosed') ? run.plan.integrationBranch : null,
  });
  return { number, before: ended, words: words.reduce(withFeedback, ended.words), fresh };
}

async function runPhase(run: PlannedProject, next: NextPhase): Promise<PhaseOutcome> {
  const { plan, state, live } = run;
  const { before } = next;
  const { name } = phaseSpec(run, next.number);
  live.activePhase = {
    number: next.number,
    name,
    status: 'running',
    gate: null,
    pullRequest: before?.pullRequest ?? null,
    headSha: null,
    ...takeUp(before),
    words: next.words,
    baseSha: before?.landing?.startSha ?? '',
    question: null,
    heldUp: null,
  };
  const tell = (why: string | null) => {
    state.detail = why ?? `phase ${next.number} '${name}' runs`;
    show(run);
  };
  tell(null);
  const start = () =>
    startChild(phaseWorkflow, {
      workflowId: phaseWorkflowId(plan.slug, next.number),
      args: [phaseInput(run, next)],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: summaryLine(`Phase ${next.number}: ${name}`),
    });
  try {
    return await runChild(live.outbox, start, tell);
  } catch (error) {
    if (cancelledHere(error)) throw error;
    return endedWithoutOutcome(run, next, live.activePhase, {
      status: 'failed',
      message: describeError(error),
    });
  }
}

function phaseInput(run: PlannedProject, next: NextPhase): PhaseInput {
  const { plan, state } = run;
  const { integrationBranch, phases } = plan;
  const phase = phaseSpec(run, next.number);
  const others = phases.filter(({ number }) => number !== next.number);
  return {
    schema: 1,
    slug: plan.slug,
    project: { name: plan.name, design: plan.design },
    phase,
    workspace: plan.workspace,
    flow: plan.flow,
    settings: plan.settings,
    integrationBranch,
    integrationSha: state.landing.headSha,
    baseSha: plan.base.sha,
    siblings: [integrationBranch, ...others.map(({ branch }) => branch)],
    completed: completedPhases(run),
    fence: state.fence,
    budget: budgetLeft(state.budget, state.cost),
    paused: state.paused,
    before: next.before,
    words: next.words,
    fresh: next.fresh,
    ...(plan.webUi === undefined ? {} : { webUi: plan.webUi }),
  };
}
