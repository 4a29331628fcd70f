/** What people may say to a phase: approve and reject its gate, answer and message its running task. The project forwards pause. */
import { getExternalWorkflowHandle } from '@temporalio/workflow';
import type { Refusal } from '../../domain/approval/gate.ts';
import { type ApproveMessage, toAnswer } from '../../domain/messages/messages.ts';
import {
  answerSignal,
  answerUpdate,
  approveSignal,
  approveUpdate,
  codeHostChangedSignal,
  messageSignal,
  messageUpdate,
  pauseSignal,
  pauseUpdate,
  questionChangedSignal,
  rejectSignal,
  rejectUpdate,
  resumeSignal,
  resumeUpdate,
  type DecisionAnswer,
} from '../messages.ts';
import type { PhaseRun } from './state.ts';
import { reportPhase, reportPhaseQuestion, showPhase } from '../messaging/visibility.ts';

export function listenToPhase(run: PhaseRun): void {
  const { handlers, approvalGate } = run;

  for (const [action, update, signal] of [
    ['approve', approveUpdate, approveSignal],
    ['reject', rejectUpdate, rejectSignal],
  ] as const) {
    const ask = (message: ApproveMessage, id: string | null) =>
      toAnswer(action, message, { commandId: id, from: 'api' });
    const judge = (message: ApproveMessage, id: string | null): Refusal | null => {
      const { number } = run.input.phase;
      if (message.phase !== undefined && message.phase !== number) {
        return { code: 'GateMismatch', message: `This is phase ${number}, not phase ${message.phase}.` };
      }
      return approvalGate.validate(ask(message, id));
    };
    handlers.listen<ApproveMessage, DecisionAnswer>({
      name: action,
      update: update as typeof approveUpdate,
      signal: signal as typeof approveSignal,
      judge,
      act: (message, id) => approvalGate.answer(ask(message, id)),
      refused: (message, refusal) => acknowledge(run, message.commandId, refusal),
    });
  }
  handlers.listen({
    name: 'answer',
    update: answerUpdate,
    signal: answerSignal,
    judge: () =>
      run.question === null
        ? { code: 'NotWaiting', message: `No agent of this phase has asked anything: ${run.detail}.` }
        : null,
    act: async (message) => {
      await toTask(run, (task) => task.signal(answerSignal, message));
      return { message: 'The answer went to the task that asked.' };
    },
  });
  handlers.listen({
    name: 'message',
    update: messageUpdate,
    signal: messageSignal,
    judge: () =>
      run.current === null
        ? { code: 'NotWaiting', message: `No task of this phase runs: ${run.detail}.` }
        : null,
    act: async (message) => {
      await toTask(run, (task) => task.signal(messageSignal, message));
      return {
        message: `It went to task ${run.current?.task.number ?? ''}; 'status' shows when its agent read it.`,
      };
    },
  });
  handlers.listen({
    name: 'pause',
    update: pauseUpdate,
    signal: pauseSignal,
    act: async (message) => {
      run.paused = true;
      await toTask(run, (task) => task.signal(pauseSignal, message));
      return { message: 'Paused.' };
    },
  });
  handlers.listen({
    name: 'resume',
    update: resumeUpdate,
    signal: resumeSignal,
    act: async (message) => {
      run.paused = false;
      await toTask(run, (task) => task.signal(resumeSignal, message));
      return { message: 'Resumed.' };
    },
  });
  handlers.hear('codeHostChanged', codeHostChangedSignal, ({ number }) => {
    if (number === null || number === run.pullRequest?.number) run.listener.wakeUps += 1;
  });
  handlers.hear('questionChanged', questionChangedSignal, ({ task, question }) => {
    run.question = question === null ? null : { task, text: question };
    showPhase(run);
    reportPhaseQuestion(run, task);
  });
}

/** To the running task, if it still runs. */
async function toTask(
  run: PhaseRun,
  send: (task: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
): Promise<void> {
  if (run.current === null) return;
  try {
    await send(getExternalWorkflowHandle(run.current.workflowId));
  } catch {
    // It ended meanwhile: a new task starts with the phase's own state.
  }
}

/** The project waits for what became of the answer that it forwarded: tell it about the refusal too. */
function acknowledge(run: PhaseRun, commandId: unknown, refusal: Refusal): void {
  // What was refused for its shape may hold anything; the project gives its messages an id of its own.
  if (typeof commandId !== 'string') return;
  run.refusals = [...run.refusals, { commandId, refusal }].slice(-20);
  reportPhase(run);
}
