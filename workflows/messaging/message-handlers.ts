/**
 * How a workflow listens: one handler per name serves the update and the signal. An update's validator turns away what
 * makes no sense before it reaches history; a signal never throws, what it can't do is kept in `refused`.
 */
import {
  ApplicationFailure,
  currentUpdateInfo,
  type SignalDefinition,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import { type ReportName, reportProblem } from '../../domain/messages/child-reports.ts';
import type { Refusal } from '../../domain/approval/gate.ts';
import {
  guard,
  keepLast,
  MAX_REFUSED,
  type MessageName,
  type RefusedMessage,
  shapeOf,
} from '../../domain/messages/messages.ts';

export interface Command<T, R> {
  readonly name: MessageName;
  readonly update: UpdateDefinition<R, [T]>;
  readonly signal: SignalDefinition<[T]>;
  /** Why it makes no sense now; null: go on. Pure and cheap. */
  readonly judge?: (message: T, commandId: string | null) => Refusal | null;
  /** Returns a refusal when something only a child or a later look could know stood against it. */
  readonly act: (message: T, commandId: string | null) => R | Refusal | Promise<R | Refusal>;
  /** Hears of a signal that was refused, for whoever forwarded it. */
  readonly refused?: (message: T, refusal: Refusal) => void;
}

export interface Answered {
  readonly commandId: string;
  readonly answer: unknown;
}

/** Commands answered before, so that a repeat counts once: bounded, carried over continue-as-new. */
const MAX_ANSWERED = 100;

export interface MessageHandlers {
  refused: readonly RefusedMessage[];
  answered: readonly Answered[];
  listen<T extends { readonly commandId?: string }, R>(command: Command<T, R>): void;
  /** What one of our own workflows tells; anything else under that name is refused. */
  hear<T>(name: ReportName, signal: SignalDefinition<[T]>, act: (report: T) => void): void;
  refuse(message: string, refusal: Refusal): void;
}

const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  'message' in value &&
  !('decision' in value);

export const asFailure = (refusal: Refusal): ApplicationFailure =>
  ApplicationFailure.create({
    message: refusal.message,
    type: refusal.code,
    nonRetryable: true,
    category: 'BENIGN',
  });

export function createMessageHandlers(
  carried: Pick<MessageHandlers, 'refused' | 'answered'> = { refused: [], answered: [] },
  onChange: () => void = () => undefined,
): MessageHandlers {
  const handlers: MessageHandlers = {
    refused: carried.refused,
    answered: carried.answered,

    refuse(message, refusal) {
      const entry = {
        message: message.slice(0, 100),
        code: refusal.code,
        reason: refusal.message,
        at: Date.now(),
      };
      handlers.refused = keepLast(handlers.refused, entry, MAX_REFUSED);
      onChange();
    },

    hear<T>(name: ReportName, signal: SignalDefinition<[T]>, act: (report: T) => void) {
      const hear = (report: T): void => {
        const problem = reportProblem(name, report);
        if (problem === undefined) act(report);
        else handlers.refuse(name, { code: 'InvalidMessage', message: problem });
      };
      setHandler(signal, hear, { description: "between Phasewright's own workflows" });
    },

    listen<T extends { readonly commandId?: string }, R>({
      name,
      update,
      signal,
      judge,
      act,
      refused,
    }: Command<T, R>) {
      const weigh = (payload: unknown, fallbackId: string | null) => {
        const guarded = guard<T>(name, payload);
        if (!guarded.ok) return { refusal: { code: 'InvalidMessage' as const, message: guarded.problem } };
        const commandId = guarded.value.commandId ?? fallbackId;
        const before =
          commandId === null ? undefined : handlers.answered.find((entry) => entry.commandId === commandId);
        if (before !== undefined) return { before: before.answer as R };
        const refusal = judge?.(guarded.value, commandId) ?? null;
        return refusal === null ? { message: guarded.value, commandId } : { refusal };
      };
      const perform = async (payload: unknown, fallbackId: string | null): Promise<R | Refusal> => {
        const weighed = weigh(payload, fallbackId);
        if ('refusal' in weighed) return weighed.refusal;
        if ('before' in weighed) return weighed.before;
        const answer = await act(weighed.message, weighed.commandId);
        if (!isRefusal(answer) && weighed.commandId !== null) {
          handlers.answered = keepLast(
            handlers.answered,
            { commandId: weighed.commandId, answer },
            MAX_ANSWERED,
          );
        }
        onChange();
        return answer;
      };

      const description = `takes ${shapeOf(name)}`;
      setHandler(
        update,
        async (payload) => {
          const answer = await perform(payload, currentUpdateInfo()?.id ?? null);
          if (isRefusal(answer)) throw asFailure(answer);
          return answer;
        },
        {
          description,
          validator: (payload) => {
            const weighed = weigh(payload, currentUpdateInfo()?.id ?? null);
            if ('refusal' in weighed) throw asFailure(weighed.refusal);
          },
        },
      );
      const hear = async (payload: T): Promise<void> => {
        const turnAway = (refusal: Refusal) => {
          handlers.refuse(name, refusal);
          if (typeof payload === 'object' && payload !== null) refused?.(payload, refusal);
        };
        // At once, so that refusals are kept in the order of the signals.
        const weighed = weigh(payload, null);
        if ('refusal' in weighed) return turnAway(weighed.refusal);
        const answer = await perform(payload, null);
        if (isRefusal(answer)) turnAway(answer);
      };
      setHandler(signal, hear, { description });
    },
  };
  setDefaultSignalHandler((name) => {
    handlers.refuse(name, {
      code: 'InvalidMessage',
      message: `There is no message '${name.slice(0, 60)}' here; nothing was done.`,
    });
  });
  return handlers;
}
