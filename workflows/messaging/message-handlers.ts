/**
 * How a workflow hears: a list of handlers, one per name, which serves the update and the signal of that name. Signals that
 * came before the workflow's first task are handled in the order of their arrival, and a signal never fails the workflow:
 * what it can't do is kept in `refused`.
 */
import { defineSignal, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import type { Refusal } from '../../domain/approval/gate.ts';
import { keepLast, type RefusedMessage, refusedMessage } from '../../domain/messages/messages.ts';
import { describeError } from '../support/failures.ts';

/** A command that was carried out, so that a repeat counts once: bounded, carried over continue-as-new. */
export interface Answered {
  readonly name: string;
  readonly commandId: string;
  readonly answer: unknown;
}
const MAX_ANSWERED = 100;
const MAX_REFUSED = 20;

type MaybeRefused = Refusal | undefined;

export interface Handler {
  readonly name: string;
  /** One line, shown in the Web UI. */
  readonly description: string;
  /** Acts on a signal; what it refused it returns. */
  receive(payload: unknown, handlers: MessageHandlers): MaybeRefused | Promise<MaybeRefused>;
  /** Serves the update of the name, if there is one. */
  serve?(handlers: MessageHandlers): void;
}

export interface MessageHandlers {
  /** What was turned away, newest last. */
  readonly refused: readonly RefusedMessage[];
  readonly answered: readonly Answered[];
  /** Once, when everything that the handlers touch is there: what came before is handled now. */
  register(list: readonly Handler[]): void;
  /** As if a signal had brought it. */
  receive(name: string, payload: unknown): Promise<MaybeRefused>;
  /** Keeps it in `refused`, and returns it. */
  refuse(name: string, refusal: Refusal): Refusal;
  carriedOut(name: string, commandId: string | null, answer: unknown): void;
  earlierAnswer(name: string, commandId: string): Answered | undefined;
}

const unknown = (name: string): Refusal => ({
  code: 'InvalidMessage',
  message: `There is no message '${name.slice(0, 60)}' here; nothing was done.`,
});

export function createMessageHandlers(
  carried: Pick<MessageHandlers, 'refused' | 'answered'> = { refused: [], answered: [] },
  onChange: () => void = () => undefined,
): MessageHandlers {
  const byName = new Map<string, Handler>();
  let { refused, answered } = carried;
  const hear = async (name: string, payload: unknown): Promise<void> => {
    await handlers.receive(name, payload);
  };

  const handlers: MessageHandlers = {
    get refused() {
      return refused;
    },
    get answered() {
      return answered;
    },

    register(list) {
      for (const handler of list) byName.set(handler.name, handler);
      // Before the handlers by name: the SDK hands what is waiting to this one in the order of arrival, but to the others
      // name by name, so that a `resume` followed by a `pause` would end as resumed.
      setDefaultSignalHandler(hear);
      for (const handler of list) {
        const { name, description } = handler;
        setHandler(defineSignal<[unknown]>(name), (payload) => hear(name, payload), { description });
        handler.serve?.(handlers);
      }
    },

    async receive(name, payload) {
      const handler = byName.get(name);
      if (handler === undefined) return handlers.refuse(name, unknown(name));
      try {
        return await handler.receive(payload, handlers);
      } catch (error) {
        // Thrown, it would end the workflow, or fail its task for ever.
        const message = `'${name}' could not be carried out: ${describeError(error)}`;
        return handlers.refuse(name, { code: 'Unexpected', message });
      }
    },

    refuse(name, refusal) {
      refused = keepLast(refused, refusedMessage(name, refusal, Date.now()), MAX_REFUSED);
      onChange();
      return refusal;
    },

    carriedOut(name, commandId, answer) {
      if (commandId !== null) answered = keepLast(answered, { name, commandId, answer }, MAX_ANSWERED);
      onChange();
    },

    earlierAnswer: (name, commandId) =>
      answered.find((each) => each.name === name && each.commandId === commandId),
  };
  return handlers;
}
