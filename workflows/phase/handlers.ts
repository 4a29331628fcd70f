/** What people, its project and its tasks may say to a phase: the gate is its own, words for agents go on to the running task. */
import type { Refusal } from '../../domain/approval/gate.ts';
import { keepLast } from '../../domain/messages/messages.ts';
import { recordOf, wentOn, withRecord } from '../../domain/progress/phase-progress.ts';
import { taskReportedSignal } from '../messages.ts';
import { parentHandler } from '../messaging/inbox.ts';
import type { Handler } from '../messaging/message-handlers.ts';
import { reportHandler } from '../messaging/report-handler.ts';
import { createReportFilter } from '../messaging/reports.ts';
import {
  answersForwarded,
  decisionHandlers,
  hintHandler,
  pauseHandlers,
  wordsForwarded,
} from '../messaging/shared-handlers.ts';
import { showPhase } from '../messaging/visibility.ts';
import type { PhaseRun } from './state.ts';

export function phaseHandlers(run: PhaseRun): readonly Handler[] {
  const { plan, state, live } = run;
  const { approvalGate, outbox } = live;
  const { number } = plan.phase;
  const task = {
    outbox,
    name: () => `task ${state.current?.task.number ?? ''}`,
    instead: () => state.detail,
  };
  const isNews = createReportFilter(outbox);
  return [
    ...decisionHandlers({
      validate: (answer, { phase }) =>
        phase !== undefined && phase !== number
          ? { code: 'GateMismatch', message: `This is phase ${number}, not phase ${phase}.` }
          : approvalGate.validate(answer),
      decide: (answer) => approvalGate.answer(answer),
      onRefused: (payload, refusal) => acknowledge(run, payload, refusal),
    }),
    ...pauseHandlers(async (paused) => {
      state.paused = paused;
      showPhase(run);
      await outbox.post(paused ? 'pause' : 'resume', {});
    }),
    answersForwarded(task, () => state.question),
    wordsForwarded(task),
    parentHandler(live.handlers),
    hintHandler(run),
    reportHandler(taskReportedSignal, async (report) => {
      if (!(await isNews(report))) return;
      const { task: asks, question, earlier } = report;
      state.question = question === null ? null : { task: asks, text: question };
      if (state.current !== null && earlier !== null)
        state.records = withRecord(
          state.records,
          wentOn(recordOf(state.records, state.current.task), earlier),
        );
      showPhase(run);
      live.reporter.changed();
    }),
  ];
}

/** The project waits for what became of the answer that it forwarded: it hears of the refusal too. */
function acknowledge({ state, live }: PhaseRun, payload: object, refusal: Refusal): void {
  // What was refused for its shape may hold anything; the project gives its messages an id of its own.
  if (!('commandId' in payload) || typeof payload.commandId !== 'string') return;
  state.refusals = keepLast(state.refusals, { commandId: payload.commandId, refusal }, MAX_REFUSALS);
  live.reporter.changed();
}
const MAX_REFUSALS = 20;
