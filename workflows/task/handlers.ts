/** What people may say to a task: messages to its agent, answers to its questions; standalone also approve, retry, pause. */
import { CancellationScope, isCancellation, uuid4 } from '@temporalio/workflow';
import type { Refusal } from '../../domain/approval/gate.ts';
import { toAnswer, type Receipt } from '../../domain/messages/messages.ts';
import { hostActivities } from '../activity-proxies.ts';
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
  rejectSignal,
  rejectUpdate,
  resumeSignal,
  resumeUpdate,
  retrySignal,
  retryUpdate,
} from '../messages.ts';
import { showTask } from '../messaging/visibility.ts';
import { addFeedback, contextOf, setStatus, type TaskRun } from './state.ts';
import { attemptKey } from './attempt.ts';

const refuse = (message: string): Refusal => ({ code: 'NotWaiting', message });
const api = (commandId: string | null) => ({ commandId, from: 'api' as const });

export function listenToTask(run: TaskRun): void {
  const { handlers, approvalGate } = run;

  handlers.listen({
    name: 'approve',
    update: approveUpdate,
    signal: approveSignal,
    judge: (message, id) => approvalGate.validate(toAnswer('approve', message, api(id))),
    act: (message, id) => approvalGate.answer(toAnswer('approve', message, api(id))),
  });
  handlers.listen({
    name: 'reject',
    update: rejectUpdate,
    signal: rejectSignal,
    judge: (message, id) => approvalGate.validate(toAnswer('reject', message, api(id))),
    act: (message, id) => approvalGate.answer(toAnswer('reject', message, api(id))),
  });
  handlers.hear('codeHostChanged', codeHostChangedSignal, ({ number }) => {
    if (number === null || number === run.pullRequest?.number) run.listener.wakeUps += 1;
  });
  handlers.listen({
    name: 'answer',
    update: answerUpdate,
    signal: answerSignal,
    judge: () => (run.question === null ? refuse(`The agent has asked nothing: ${run.detail}.`) : null),
    act: ({ by, text }) => {
      addFeedback(run, `${by ?? 'a person'}, answering '${run.question ?? ''}'`, text);
      run.question = null;
      showTask(run);
      return { message: 'The agent goes on with this answer.' };
    },
  });
  handlers.listen({
    name: 'message',
    update: messageUpdate,
    signal: messageSignal,
    judge: () =>
      run.status === 'done' || run.status === 'cancelled'
        ? refuse('The task has ended; nobody would read it.')
        : null,
    act: async ({ from, text }, id) => {
      const receipt: Receipt = {
        id: (id ?? uuid4()).replace(/[^\w-]/g, '').slice(0, 64) || uuid4(),
        from: from ?? 'a person',
        text,
        at: Date.now(),
        state: 'waiting',
        attempt: null,
      };
      run.messages = [...run.messages, receipt].slice(-50);
      return {
        message: (await deliver(run, receipt))
          ? "It is in the running agent's inbox; 'status' shows when it was read."
          : 'It goes into the next prompt.',
      };
    },
  });
  handlers.listen({
    name: 'pause',
    update: pauseUpdate,
    signal: pauseSignal,
    act: () => {
      run.paused = true;
      showTask(run);
      return { message: 'Paused: nothing new starts; what runs finishes.' };
    },
  });
  handlers.listen({
    name: 'resume',
    update: resumeUpdate,
    signal: resumeSignal,
    act: () => {
      run.paused = false;
      showTask(run);
      return { message: 'Resumed.' };
    },
  });
  handlers.listen({
    name: 'retry',
    update: retryUpdate,
    signal: retrySignal,
    judge: () =>
      run.status === 'failed' && contextOf(run).standalone
        ? null
        : refuse(`Only a failed standalone task can be retried: ${run.detail}.`),
    act: ({ feedback, by }) => {
      if (feedback !== undefined) addFeedback(run, by ?? 'a person', feedback);
      setStatus(run, 'incoming', 'retried by a person');
      return { message: 'Its attempts start afresh.' };
    },
  });
}

/** Into the running agent's inbox; false: no agent runs, or it ended meanwhile. */
async function deliver(run: TaskRun, receipt: Receipt): Promise<boolean> {
  if (!run.agentRuns) return false;
  const set = (state: Receipt['state']) => {
    run.messages = run.messages.map((each) =>
      each.id === receipt.id ? { ...each, state, attempt: run.attempt } : each,
    );
  };
  set('inbox');
  try {
    await CancellationScope.nonCancellable(() =>
      hostActivities(contextOf(run).workspace.host, 'message to the agent', 'delivery').deliverMessages({
        key: attemptKey(run),
        messages: [{ id: receipt.id, from: receipt.from, text: receipt.text }],
      }),
    );
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    set('waiting');
    return false;
  }
}
