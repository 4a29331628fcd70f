/** What people and its children may say to a project. A phase owns its gate and its agents: what is for them is forwarded. */
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
import { reportHandler } from '../messaging/report-handler.ts';
import {
  answersForwarded,
  decisionHandlers,
  pauseHandlers,
  wordsForwarded,
} from '../messaging/shared-handlers.ts';
import { amend, amendProblem } from './amend.ts';
import { decideOrForward, validateDecision } from './forward-decision.ts';
import { mergeDecisions, planOf, type ProjectRun, whatHappens } from './state.ts';

export function projectHandlers(run: ProjectRun, onChange: () => void): readonly Handler[] {
  const child = {
    outbox: run.outbox,
    name: () =>
      run.activePhase === null ? 'the task that revises the project' : `phase ${run.activePhase.number}`,
    instead: () => whatHappens(run),
  };
  const isNews = createReportFilter(run.outbox);
  return [
    ...decisionHandlers({
      validate: (answer) => validateDecision(run, answer),
      decide: (answer) => decideOrForward(run, answer),
    }),
    ...pauseHandlers(async (paused) => {
      run.paused = paused;
      onChange();
      await run.outbox.post(paused ? 'pause' : 'resume', {});
    }),
    answersForwarded(child, () => run.question ?? run.activePhase?.question ?? null),
    wordsForwarded(child),
    retryHandler(run),
    budgetHandler(run),
    commandHandler(messages.amend, {
      validate: (message) => amendProblem(run, message),
      execute: (message) => amend(run, message),
    }),
    hintHandler(run),
    reportHandler(phaseReportedSignal, async (report) => {
      if (!(await isNews(report))) return;
      hearPhase(run, report);
      onChange();
    }),
    reportHandler(taskReportedSignal, async (report) => {
      if (!(await isNews(report))) return;
      hearRevision(run, report);
      onChange();
    }),
  ];
}

/** A phase looks at its own pull request by itself; the project hears of it, and passes on that there is something to see. */
function hintHandler(run: ProjectRun): Handler {
  const phaseListener = createPullRequestListener(() => {
    const { workspace } = planOf(run);
    const repository = repositoryLabel(workspace.repository);
    void run.outbox.post('codeHostChanged', { repository, number: null });
  });
  return reportHandler(codeHostChangedSignal, ({ number }) => {
    const { pullRequest = null } = run.activePhase ?? {};
    if (pullRequest !== null && (number === null || number === pullRequest.number)) phaseListener.hint();
    else run.listener.hint();
  });
}

const retryHandler = (run: ProjectRun): Handler =>
  commandHandler(messages.retry, {
    validate({ phase }) {
      const refused = (message: string) => ({ code: 'NotWaiting' as const, message });
      if (!run.awaitsRetry) return refused(`Nothing has failed: ${whatHappens(run)}.`);
      const failed = run.advances.at(-1);
      if (phase === undefined || failed?.stage !== 'complete_phase') return null;
      const { number } = failed.phaseCompleted;
      return number === phase ? null : refused(`Phase ${number} failed, not phase ${phase}.`);
    },
    execute({ feedback }) {
      run.retry = { feedback: feedback ?? null };
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
      run.budget = { usd: add(run.budget.usd, usd), tokens: add(run.budget.tokens, tokens) };
      const dollars = run.budget.usd === null ? 'unlimited' : `${run.budget.usd} USD`;
      return done(
        `The budget is now ${dollars}, ${run.budget.tokens ?? 'unlimited'} tokens. It counts from the next phase or retry on.`,
      );
    },
  });

function hearPhase(run: ProjectRun, report: PhaseReport): void {
  const phase = run.activePhase;
  if (phase === null) return;
  const { status, gate, pullRequest, headSha, baseSha, heldUp, question } = report;
  const tasks = [
    ...phase.tasks.filter(({ number }) => !report.tasks.some((task) => task.number === number)),
    ...report.tasks,
  ];
  run.activePhase = { ...phase, status, gate, pullRequest, headSha, tasks, baseSha, heldUp, question };
  run.decisions = mergeDecisions(run.decisions, report.decisions);
  run.refusals = [...run.refusals, ...report.refusals].slice(-MAX_REFUSALS);
}
const MAX_REFUSALS = 20;

/** A revision of the whole project is our own child; a phase's task reports to its phase. */
function hearRevision(run: ProjectRun, { task, question }: TaskReport): void {
  if (run.activePhase === null) run.question = question === null ? null : { task, text: question };
}
