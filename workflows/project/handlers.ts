/** What people and its children may say to a project. A phase owns its gate and its agents: what is for them is forwarded. */
import { mergeDecisions } from '../../domain/approval/decisions.ts';
import { keepLast, type RefusedCommand } from '../../domain/messages/messages.ts';
import { branchNameProblem } from '../../domain/names/branches.ts';
import { wentOn } from '../../domain/progress/phase-progress.ts';
import { repositoryLabel } from '../../domain/views/status.ts';
import { createPullRequestListener } from '../landing/watch.ts';
import {
  codeHostChangedSignal,
  messages,
  type PhaseReport,
  phaseReportedSignal,
  type TaskReport,
  taskReportedSignal,
} from '../messages.ts';
import { commandHandler, done } from '../messaging/command-handler.ts';
import type { Handler } from '../messaging/message-handlers.ts';
import { createReportFilter } from '../messaging/reports.ts';
import { childReportHandler, reportHandler } from '../messaging/report-handler.ts';
import {
  answersForwarded,
  decisionHandlers,
  pauseHandlers,
  wordsForwarded,
} from '../messaging/shared-handlers.ts';
import { amend, amendRefusal } from './amend.ts';
import { addRetry } from './await-retry.ts';
import { decideOrForward, validateDecision } from './forward-decision.ts';
import { isPlanned, keepRevision, moveBase, openRevision, type ProjectRun } from './state.ts';
import { whatHappens } from './view.ts';

export function projectHandlers(run: ProjectRun, onChange: () => void): readonly Handler[] {
  const child = {
    outbox: run.live.outbox,
    hears: () => hears(run),
    name: () =>
      run.live.activePhase === null
        ? 'the task that revises the project'
        : `phase ${run.live.activePhase.number}`,
    instead: () => whatHappens(run),
  };
  const standingOf = createReportFilter(run.live.outbox);
  return [
    ...decisionHandlers({
      validate: (answer) => validateDecision(run, answer),
      decide: (answer) => decideOrForward(run, answer),
    }),
    ...pauseHandlers(async (paused) => {
      run.state.paused = paused;
      onChange();
      await run.live.outbox.post(paused ? 'pause' : 'resume', {});
    }),
    answersForwarded(
      child,
      () => run.live.question ?? run.live.activePhase?.question ?? null,
      () => {
        run.live.question = null;
        if (run.live.activePhase !== null) run.live.activePhase = { ...run.live.activePhase, question: null };
        onChange();
      },
    ),
    wordsForwarded(child),
    retryHandler(run),
    budgetHandler(run),
    commandHandler(messages.amend, {
      validate: (message) => amendRefusal(run, message),
      execute: (message) => amend(run, message),
    }),
    hintHandler(run),
    childReportHandler(phaseReportedSignal, standingOf, {
      concernsChild: (report) => isOfPhase(report, run.live.activePhase?.number),
      act(report) {
        hearPhase(run, report);
        onChange();
      },
    }),
    // A revision of the whole project is our own child; a phase's task reports to its phase.
    childReportHandler(taskReportedSignal, standingOf, {
      concernsChild: ({ task }) => run.live.activePhase === null && task === openRevision(run)?.task.number,
      act(report) {
        hearRevision(run, report);
        onChange();
      },
    }),
  ];
}

/** A phase looks at its own pull request by itself; the project hears of it, and passes on that there is something to see. */
function hintHandler(run: ProjectRun): Handler {
  const phaseListener = createPullRequestListener(() => {
    const repository = run.plan === null ? '' : repositoryLabel(run.plan.workspace.repository);
    void run.live.outbox.post('codeHostChanged', { repository, number: null });
  });
  return reportHandler(codeHostChangedSignal, ({ number }) => {
    const { pullRequest = null } = run.live.activePhase ?? {};
    if (pullRequest !== null && (number === null || number === pullRequest.number)) phaseListener.hint();
    else run.live.listener.hint();
  });
}

/** Nothing has failed: the code host's rules hold a merge up, the last one or that of the running phase. */
const isHeldUp = ({ live: { waitsFor, activePhase } }: ProjectRun): boolean =>
  waitsFor?.kind === 'host' ||
  (activePhase !== null && activePhase.heldUp !== null && activePhase.pullRequest !== null);

function askAgain({ plan, live: { listener, outbox, activePhase } }: ProjectRun): void {
  if (activePhase === null) return listener.nudge();
  const repository = plan === null ? '' : repositoryLabel(plan.workspace.repository);
  void outbox.post('codeHostChanged', { repository, number: null, again: true });
}

const retryHandler = (run: ProjectRun): Handler =>
  commandHandler(messages.retry, {
    validate({ phase, feedback, base }) {
      const refused = (message: string) => ({ code: 'NotWaiting' as const, message });
      // Without more words, it also means: ask the code host once more.
      if (feedback === undefined && base === undefined && isHeldUp(run)) return null;
      const wrongBase = base === undefined ? undefined : branchNameProblem(base);
      if (wrongBase !== undefined) return { code: 'InvalidMessage', message: wrongBase };
      if (!run.live.awaitsRetry) return refused(`Nothing has failed: ${whatHappens(run)}.`);
      const failed = run.state.advances.at(-1);
      if (phase === undefined || failed?.stage !== 'complete_phase') return null;
      const { number } = failed.phaseCompleted;
      return number === phase ? null : refused(`Phase ${number} failed, not phase ${phase}.`);
    },
    execute({ by = 'a person', feedback = null, fresh = false, base }) {
      if (base !== undefined && isPlanned(run)) moveBase(run, base);
      if (isHeldUp(run)) {
        askAgain(run);
        return done('The code host is asked for the merge again.');
      }
      addRetry(run, { by, feedback, fresh });
      return done('It goes on from there; accepted tasks are kept.');
    },
  });

const budgetHandler = (run: ProjectRun): Handler =>
  commandHandler(messages.extendBudget, {
    validate: ({ usd, tokens }) =>
      usd === undefined && tokens === undefined
        ? { code: 'InvalidMessage', message: "Name 'usd' or 'tokens': what to add." }
        : null,
    execute({ usd, tokens }) {
      const add = (limit: number | null, more = 0) => (limit === null ? null : limit + more);
      run.state.budget = {
        usd: add(run.state.budget.usd, usd),
        tokens: add(run.state.budget.tokens, tokens),
      };
      const dollars = run.state.budget.usd === null ? 'unlimited' : `${run.state.budget.usd} USD`;
      return done(
        `The budget is now ${dollars}, ${run.state.budget.tokens ?? 'unlimited'} tokens. It counts from the next phase or retry on.`,
      );
    },
  });

/** Gates are named after their phase, so that nobody answers for another. */
const isOfPhase = ({ phase, gate, decisions }: PhaseReport, number: number | undefined): boolean =>
  phase === number &&
  [...(gate === null ? [] : [gate.id]), ...decisions.map(({ gateId }) => gateId)].every((id) =>
    id.startsWith(`phase-${phase}.`),
  );

function hearPhase(run: ProjectRun, report: PhaseReport): void {
  const phase = run.live.activePhase;
  if (phase === null) return;
  const { status, gate, pullRequest, headSha, baseSha, heldUp, question, words, merge } = report;
  const now = { status, gate, pullRequest, headSha, baseSha, heldUp, question, words, merge };
  const tasks = newest(phase.tasks, report.tasks);
  run.live.activePhase = { ...phase, ...now, tasks, added: newest(phase.added, report.added) };
  run.state.decisions = mergeDecisions(run.state.decisions, report.decisions);
  hearRefusals(run, report.refusals);
}

/** A decision's goes to whoever waits for what became of it; the others were answered when they were told. */
function hearRefusals({ live }: ProjectRun, refusals: readonly RefusedCommand[]): void {
  for (const refused of refusals) {
    if (refused.name === 'approve' || refused.name === 'reject')
      live.refusals = keepLast(live.refusals, refused, MAX_REFUSALS);
    else live.handlers.refuse(refused.name, refused.refusal);
  }
}
const MAX_REFUSALS = 20;

const newest = <T extends { readonly number: number }>(known: readonly T[], news: readonly T[]): T[] => [
  ...known.filter(({ number }) => !news.some((each) => each.number === number)),
  ...news,
];

function hearRevision(run: ProjectRun, { task, question, earlier, refusals }: TaskReport): void {
  run.live.question = question === null ? null : { task, text: question };
  const open = openRevision(run);
  if (open !== undefined && earlier !== null)
    keepRevision(run, { ...open, record: wentOn(open.record, earlier) });
  hearRefusals(run, refusals);
}

/** At its gate, and while its approved merge is held up, a phase has no agents. */
function hears({ live: { outbox, activePhase } }: ProjectRun): boolean {
  return (
    outbox.isOpen && (activePhase === null || (activePhase.gate === null && activePhase.heldUp === null))
  );
}
