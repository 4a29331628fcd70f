/**
 * One command of people, as update and as signal. An update's validator turns away what makes no sense before it reaches
 * history; a command id counts once, from the moment that its first message came in.
 */
import { ApplicationFailure, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import type { Refusal } from '../../domain/approval/gate.ts';
import { guard, shapeOf, shortReason } from '../../domain/messages/messages.ts';
import type { MessageDefinition } from '../messages.ts';
import { describeError } from '../support/failures.ts';
import type { Handler, MessageHandlers } from './message-handlers.ts';

/** What a command came to. */
export type Handled<R> =
  | { readonly kind: 'done'; readonly answer: R }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface Command<T, R> {
  /** Why it makes no sense now; null: go on. Pure and cheap. */
  readonly validate?: (message: T, commandId: string | null) => Refusal | null;
  /** Refuses when something only a child or a later look could know stood against it. */
  readonly execute: (message: T, commandId: string | null) => Handled<R> | Promise<Handled<R>>;
}

type Taken<T, R> =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'repeated'; readonly first: Promise<Handled<R>> }
  | { readonly kind: 'new'; readonly message: T; readonly commandId: string | null };

export const done = (message: string): Handled<{ readonly message: string }> => ({
  kind: 'done',
  answer: { message },
});
export const refuse = (
  code: Refusal['code'],
  message: string,
): { readonly kind: 'refused'; readonly refusal: Refusal } => ({
  kind: 'refused',
  refusal: { code, message },
});

export function commandHandler<T extends { readonly commandId?: string }, R>(
  definition: MessageDefinition<T, R>,
  { validate, execute }: Command<T, R>,
): Handler {
  const { name } = definition;
  /** Commands at work, by id: whoever repeats one waits for its answer. */
  const atWork = new Map<string, Promise<Handled<R>>>();

  function take(payload: unknown, fallbackId: string | null, handlers: MessageHandlers): Taken<T, R> {
    const guarded = guard<T>(name, payload);
    if (!guarded.ok) return refuse('InvalidMessage', guarded.problem);
    const commandId = guarded.value.commandId ?? fallbackId;
    if (commandId !== null) {
      const working = atWork.get(commandId);
      if (working !== undefined) return { kind: 'repeated', first: working };
      const earlier = handlers.earlierAnswer(name, commandId);
      // This handler's own answer, carried along as data.
      if (earlier !== undefined)
        return { kind: 'repeated', first: Promise.resolve({ kind: 'done', answer: earlier.answer as R }) };
    }
    const refusal = validate?.(guarded.value, commandId) ?? null;
    return refusal === null
      ? { kind: 'new', message: guarded.value, commandId }
      : { kind: 'refused', refusal };
  }

  async function perform(taken: Taken<T, R>, handlers: MessageHandlers): Promise<Handled<R>> {
    if (taken.kind === 'refused') return taken;
    if (taken.kind === 'repeated') return taken.first;
    const { message, commandId } = taken;
    const work = carryOut(name, execute, message, commandId);
    if (commandId !== null) atWork.set(commandId, work);
    const handled = await work;
    if (handled.kind === 'done') handlers.carriedOut(name, commandId, handled.answer);
    if (commandId !== null) atWork.delete(commandId);
    return handled;
  }

  return {
    name,
    description: `takes ${shapeOf(name)}`,

    async receive(payload, handlers) {
      const taken = take(payload, null, handlers);
      // The first one's answer is said where it was asked for.
      if (taken.kind === 'repeated') return undefined;
      const handled = taken.kind === 'refused' ? taken : await perform(taken, handlers);
      return handled.kind === 'refused' ? handlers.refuse(name, handled.refusal) : undefined;
    },

    serve: (handlers) =>
      serveUpdate(
        definition,
        (payload) => take(payload, currentUpdateInfo()?.id ?? null, handlers),
        (taken) => perform(taken, handlers),
      ),
  };
}

async function carryOut<T, R>(
  name: string,
  execute: Command<T, R>['execute'],
  message: T,
  commandId: string | null,
): Promise<Handled<R>> {
  try {
    return await execute(message, commandId);
  } catch (error) {
    return refuse('Unexpected', `'${name}' could not be carried out: ${describeError(error)}`);
  }
}

function serveUpdate<T, R>(
  { name, update }: MessageDefinition<T, R>,
  take: (payload: T) => Taken<T, R>,
  perform: (taken: Taken<T, R>) => Promise<Handled<R>>,
): void {
  setHandler(
    update,
    async (payload) => {
      const handled = await perform(take(payload));
      if (handled.kind === 'refused') throw asFailure(handled.refusal);
      return handled.answer;
    },
    {
      description: `takes ${shapeOf(name)}`,
      validator(payload) {
        const taken = take(payload);
        if (taken.kind === 'refused') throw asFailure(taken.refusal);
      },
    },
  );
}

const asFailure = ({ message, code }: Refusal): ApplicationFailure =>
  ApplicationFailure.create({
    message: shortReason(message),
    type: code,
    nonRetryable: true,
    category: 'BENIGN',
  });
