/** What several workflows hear alike: decisions of a gate, pause and resume, and what goes on to a child. */
import { uuid4 } from '@temporalio/workflow';
import {
  type Answer,
  describeDecision,
  type GateAction,
  type Refusal,
  type Ruling,
} from '../../domain/approval/gate.ts';
import { type ApproveMessage, toAnswer } from '../../domain/messages/messages.ts';
import { answerRefusal, type Question } from '../../domain/messages/questions.ts';
import type { LandingProgress } from '../landing/owner.ts';
import type { PullRequestListener } from '../landing/watch.ts';
import {
  codeHostChangedSignal,
  type CommandAnswer,
  type DecisionAnswer,
  type MessageDefinition,
  messages,
} from '../messages.ts';
import { commandHandler, done, type Handled, refuse } from './command-handler.ts';
import type { Handler } from './message-handlers.ts';
import type { Outbox } from './outbox.ts';
import { reportHandler } from './report-handler.ts';

/** Who a decision goes to: a gate, or whoever forwards it to one. */
export interface Decider {
  readonly validate: (answer: Answer) => Refusal | null;
  readonly decide: (answer: Answer) => Ruling | Promise<Ruling>;
}

export const decisionHandlers = (decider: Decider): readonly Handler[] => [
  decisionHandler('approve', messages.approve, decider),
  decisionHandler('reject', messages.reject, decider),
];

function decisionHandler<T extends ApproveMessage>(
  action: GateAction,
  definition: MessageDefinition<T, DecisionAnswer>,
  { validate, decide }: Decider,
): Handler {
  const answerOf = (message: T, commandId: string | null) =>
    toAnswer(action, message, { commandId, from: 'api' });
  return commandHandler(definition, {
    validate: (message, id) => validate(answerOf(message, id)),
    execute: async (message, id) => handled(await decide(answerOf(message, id))),
  });
}

function handled(ruling: Ruling): Handled<DecisionAnswer> {
  if (ruling.kind === 'refused') return ruling;
  const { kind, decision } = ruling;
  return {
    kind: 'done',
    answer: { alreadyDecided: kind === 'repeated', decision, message: describeDecision(decision) },
  };
}

/** `setPaused` may tell a child as well. */
export function pauseHandlers(setPaused: (paused: boolean) => void | Promise<void>): readonly Handler[] {
  return [
    commandHandler(messages.pause, {
      async execute() {
        await setPaused(true);
        return done('Paused: nothing new starts, what runs finishes, gates can be answered.');
      },
    }),
    commandHandler(messages.resume, {
      async execute() {
        await setPaused(false);
        return done('Resumed.');
      },
    }),
  ];
}

/** A hint that something happened on the code host: to a pull request of its own, or to nobody knows which. */
export const hintHandler = ({ state, live }: Hinted): Handler =>
  reportHandler(codeHostChangedSignal, ({ number, again }) => {
    if (again === true) live.listener.nudge();
    if (number === null || number === state.landing.pullRequest?.number) live.listener.hint();
  });

interface Hinted {
  readonly state: Pick<LandingProgress, 'landing'>;
  readonly live: { readonly listener: PullRequestListener };
}

/** A running child that agents work in. */
export interface Child {
  readonly outbox: Outbox;
  /** As far as is known here: an agent works in it, or will. */
  readonly hears: () => boolean;
  readonly name: () => string;
  /** What happens instead, for refusals. */
  readonly instead: () => string;
}

/** One answer to a question: `answered` is called before the task has heard it. */
export const answersForwarded = (
  child: Child,
  question: () => Question | null,
  answered: () => void,
): Handler =>
  commandHandler(messages.answer, {
    validate: (message) => answerRefusal(question(), message, child.instead()),
    execute(message, commandId) {
      answered();
      return forward(child, 'answer', { ...message, commandId }, 'The answer went to the task that asked.');
    },
  });

/** `message`: words for the agent, at its next turn. */
export const wordsForwarded = (child: Child): Handler =>
  commandHandler(messages.message, {
    validate: () =>
      child.hears()
        ? null
        : { code: 'NotWaiting', message: `No agent's work runs that could hear it: ${child.instead()}.` },
    execute: (message, commandId) =>
      forward(
        child,
        'message',
        { ...message, commandId },
        `It went to ${child.name()}; 'status' shows when an agent read it, or that none will.`,
      ),
  });

async function forward(
  { outbox, name, instead }: Child,
  what: 'answer' | 'message',
  message: { readonly commandId: string | null },
  sentence: string,
): Promise<Handled<CommandAnswer>> {
  const to = name();
  // Under an id, by which the child can say that it refused it.
  const payload = { ...message, commandId: message.commandId ?? uuid4() };
  return (await outbox.post(what, payload)) === 'gone'
    ? refuse('NotWaiting', `Nobody heard it, because ${to} ended first: ${instead()}.`)
    : done(sentence);
}
