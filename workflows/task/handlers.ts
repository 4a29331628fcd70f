/** What people and its phase may say to a task: messages to its agent, answers to its questions; standalone also approve, retry, pause. */
import { CancellationScope, isCancellation, uuid4 } from '@temporalio/workflow';
import type { Refusal } from '../../domain/approval/gate.ts';
import { type Receipt, type TextMessage } from '../../domain/messages/messages.ts';
import { hostActivities } from '../activity-proxies.ts';
import { codeHostChangedSignal, messages } from '../messages.ts';
import { commandHandler, done } from '../messaging/command-handler.ts';
import { parentHandler } from '../messaging/inbox.ts';
import type { Handler } from '../messaging/message-handlers.ts';
import { reportHandler } from '../messaging/report-handler.ts';
import { decisionHandlers, pauseHandlers } from '../messaging/shared-handlers.ts';
import { showTask } from '../messaging/visibility.ts';
import { addFeedback, contextOf, setStatus, type TaskRun } from './state.ts';
import { attemptKey } from './attempt.ts';

export function taskHandlers(run: TaskRun): readonly Handler[] {
  return [
    ...decisionHandlers({
      validate: (answer) => run.approvalGate.validate(answer),
      decide: (answer) => run.approvalGate.answer(answer),
    }),
    ...pauseHandlers((paused) => {
      run.paused = paused;
      showTask(run);
    }),
    answerHandler(run),
    messageHandler(run),
    retryHandler(run),
    parentHandler(run.handlers),
    reportHandler(codeHostChangedSignal, ({ number }) => {
      if (number === null || number === run.pullRequest?.number) run.listener.hint();
    }),
  ];
}

const notWaiting = (message: string): Refusal => ({ code: 'NotWaiting', message });

const answerHandler = (run: TaskRun): Handler =>
  commandHandler(messages.answer, {
    validate: () =>
      run.question === null ? notWaiting(`The agent has asked nothing: ${run.detail}.`) : null,
    execute({ by, text }) {
      addFeedback(run, `${by ?? 'a person'}, answering '${run.question ?? ''}'`, text);
      run.question = null;
      showTask(run);
      return done('The agent goes on with this answer.');
    },
  });

const messageHandler = (run: TaskRun): Handler =>
  commandHandler(messages.message, {
    validate: () =>
      run.status === 'done' || run.status === 'cancelled'
        ? notWaiting('The task has ended; nobody would read it.')
        : null,
    async execute(message, id) {
      const receipt = receiptFor(message, id);
      run.messages = [...run.messages, receipt].slice(-MAX_MESSAGES);
      return done(
        (await deliver(run, receipt))
          ? "It is in the running agent's inbox; 'status' shows when it was read."
          : 'It goes into the next prompt.',
      );
    },
  });
const MAX_MESSAGES = 50;

const retryHandler = (run: TaskRun): Handler =>
  commandHandler(messages.retry, {
    validate: () =>
      run.status === 'failed' && contextOf(run).standalone
        ? null
        : notWaiting(`Only a failed standalone task can be retried: ${run.detail}.`),
    execute({ feedback, by }) {
      if (feedback !== undefined) addFeedback(run, by ?? 'a person', feedback);
      setStatus(run, 'incoming', 'retried by a person');
      return done('Its attempts start afresh.');
    },
  });

/** Its id is a file's name in the agent's inbox. */
const receiptFor = ({ from, text }: TextMessage, id: string | null): Receipt => ({
  id: (id ?? '').replace(/[^\w-]/g, '').slice(0, 64) || uuid4(),
  from: from ?? 'a person',
  text,
  at: Date.now(),
  state: 'waiting',
  attempt: null,
});

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
