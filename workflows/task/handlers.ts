/** What people and its phase may say to a task: messages to its agent, answers to its questions; standalone also approve, retry, pause. */
import { CancellationScope, isCancellation, uuid4 } from '@temporalio/workflow';
import type { Refusal } from '../../domain/approval/gate.ts';
import { keepLast, type Receipt, type TextMessage, unread } from '../../domain/messages/messages.ts';
import { answerRefusal } from '../../domain/messages/questions.ts';
import { branchNameProblem } from '../../domain/names/branches.ts';
import { shorten } from '../../domain/text/truncate.ts';
import { hostActivities } from '../activity-proxies.ts';
import { messages } from '../messages.ts';
import { commandHandler, done } from '../messaging/command-handler.ts';
import { parentHandler, reportRefusal } from '../messaging/inbox.ts';
import type { Handler } from '../messaging/message-handlers.ts';
import { decisionHandlers, hintHandler, pauseHandlers } from '../messaging/shared-handlers.ts';
import { showTask } from '../messaging/visibility.ts';
import { moveBase, retry } from './await-retry.ts';
import { addFeedback, attemptKey, isPlanned, type PlannedTask, type TaskRun } from './state.ts';

export function taskHandlers(run: TaskRun): readonly Handler[] {
  return [
    ...decisionHandlers({
      validate: (answer) => run.live.approvalGate.validate(answer),
      decide: (answer) => run.live.approvalGate.answer(answer),
    }),
    ...pauseHandlers((paused) => {
      run.state.paused = paused;
      showTask(run);
    }),
    answerHandler(run),
    messageHandler(run),
    retryHandler(run),
    parentHandler(run),
    hintHandler(run),
  ];
}

const notWaiting = (message: string): Refusal => ({ code: 'NotWaiting', message });

const answerHandler = (run: TaskRun): Handler =>
  commandHandler(messages.answer, {
    validate: (message) =>
      answerRefusal(
        run.state.question === null ? null : { task: run.plan?.task.number ?? 1, text: run.state.question },
        message,
        run.state.detail,
      ),
    execute({ by, text }) {
      addFeedback(run, `${by ?? 'a person'}, answering '${run.state.question ?? ''}'`, text);
      run.state.question = null;
      showTask(run);
      return done('The agent goes on with this answer.');
    },
  });

const messageHandler = (run: TaskRun): Handler =>
  commandHandler(messages.message, {
    validate(message) {
      const { status, messages: known } = run.state;
      if (status === 'done' || status === 'cancelled')
        return notWaiting('The task has ended; nobody would read it.');
      const unheard = unread(known);
      // What waits is not pushed out by what comes later.
      return keepLast<{ readonly text: string }>(unheard, message, MAX_MESSAGES).length > unheard.length
        ? null
        : notWaiting(`${unheard.length} messages wait for the agent already; send it when they were read.`);
    },
    async execute(message, id) {
      const receipt = receiptFor(message, id);
      run.state.messages = keepLast(run.state.messages, receipt, MAX_MESSAGES);
      return done(
        (await deliver(run, receipt))
          ? "It is in the running agent's inbox; 'status' shows when it was read."
          : 'It goes into the next prompt, if there is one.',
      );
    },
  });
const MAX_MESSAGES = 50;

/** Of a task that is done: whoever wrote what no agent read hears that it was not. */
export function refuseUnread(run: TaskRun): void {
  for (const { id: commandId, text } of unread(run.state.messages)) {
    const refusal = notWaiting(`The task ended before an agent read this: ${shorten(text, 200)}`);
    run.live.handlers.refuse('message', refusal);
    reportRefusal(run, { commandId, name: 'message', refusal });
  }
}

const retryHandler = (run: TaskRun): Handler =>
  commandHandler(messages.retry, {
    validate({ feedback, base }) {
      const wrongBase = base === undefined ? undefined : branchNameProblem(base);
      if (wrongBase !== undefined) return { code: 'InvalidMessage', message: wrongBase };
      const asksAgain = feedback === undefined && base === undefined && isHeldUp(run);
      return failedStandalone(run) === null && !asksAgain
        ? notWaiting(`Only a failed standalone task can be retried: ${run.state.detail}.`)
        : null;
    },
    execute({ feedback = null, by = 'a person', fresh = false, base }) {
      const failed = failedStandalone(run);
      if (failed === null) {
        run.live.listener.nudge();
        return done('The code host is asked for the merge again.');
      }
      if (base !== undefined) moveBase(failed, base);
      retry(failed, { by, feedback, fresh });
      return done('It goes on from there; its attempts count on.');
    },
  });

/** Nothing has failed: the code host's rules hold the merge up. */
const isHeldUp = ({ live }: TaskRun): boolean => live.waitsFor?.kind === 'host';

const failedStandalone = (run: TaskRun): PlannedTask | null =>
  run.state.status === 'failed' && isPlanned(run) && run.plan.standalone ? run : null;

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
  const { atWork: role, turns } = run.state;
  if (role === null || !isPlanned(run)) return false;
  const { workspace } = run.plan;
  const turn = { key: attemptKey(run), role, turn: turns[role] ?? 1 };
  const set = (state: Receipt['state']) => {
    run.state.messages = run.state.messages.map((each) =>
      each.id === receipt.id ? { ...each, state, attempt: run.state.attempt } : each,
    );
  };
  set('inbox');
  try {
    await CancellationScope.nonCancellable(() =>
      hostActivities(workspace.host, 'message to the agent', 'delivery').deliverMessages({
        ...turn,
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
