/** What people, its project and its tasks may say to a phase: the gate is its own, words for agents go on to the running task. */
import { recordOf, wentOn, withRecord } from '../../domain/progress/phase-progress.ts';
import { taskReportedSignal } from '../messages.ts';
import { parentHandler, reportRefusal } from '../messaging/inbox.ts';
import type { Handler } from '../messaging/message-handlers.ts';
import { childReportHandler } from '../messaging/report-handler.ts';
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
  const { state, live } = run;
  const { approvalGate, outbox } = live;
  const task = {
    outbox,
    hears: () => outbox.isOpen,
    name: () => `task ${state.current?.task.number ?? ''}`,
    instead: () => state.detail,
  };
  return [
    ...decisionHandlers({
      validate: (answer) => approvalGate.validate(answer),
      decide: (answer) => approvalGate.answer(answer),
    }),
    ...pauseHandlers(async (paused) => {
      state.paused = paused;
      showPhase(run);
      await outbox.post(paused ? 'pause' : 'resume', {});
    }),
    answersForwarded(
      task,
      () => state.question,
      () => {
        state.question = null;
        showPhase(run);
      },
    ),
    wordsForwarded(task),
    parentHandler(run),
    hintHandler(run),
    childReportHandler(taskReportedSignal, createReportFilter(outbox), {
      concernsChild: (report) => report.task === state.current?.task.number,
      act({ task: asks, question, earlier, refusals }) {
        state.question = question === null ? null : { task: asks, text: question };
        if (state.current !== null && earlier !== null)
          state.records = withRecord(
            state.records,
            wentOn(recordOf(state.records, state.current.task), earlier),
          );
        for (const refused of refusals) {
          live.handlers.refuse(refused.name, refused.refusal);
          // It may be the project that told it.
          reportRefusal(run, refused);
        }
        showPhase(run);
        live.reporter.changed();
      },
    }),
  ];
}
