/** Sends one message to one workflow: as an update, which a worker answers, or queued as a signal, which needs none. */
import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError, type WorkflowUpdateHandle, WorkflowUpdateStage } from '@temporalio/client';
import type { FailureCode } from '../domain/failure.ts';
import { guard, type MessageName } from '../domain/messages/messages.ts';
import { asPhasewrightError, isTimeout } from './error-translation.ts';
import { PhasewrightError } from './errors.ts';
import { askWorker, reach, type ClientContext } from './context.ts';

export interface Message {
  readonly workflowId: string;
  readonly name: MessageName;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Makes a repeat count once; made up if absent. */
  readonly commandId?: string | undefined;
  readonly doing: string;
}

/** A refused update throws its code. A closed workflow throws `ProjectClosed`; the caller knows how it ended. */
export async function update<R>(context: ClientContext, message: Message): Promise<R> {
  const { doing } = message;
  const payload = prepare(message);
  const handle = await accepted<R>(context, message, payload);
  try {
    return await context.client.withDeadline(Date.now() + COMPLETES_WITHIN_MS, () => handle.result());
  } catch (error) {
    if (!isTimeout(error)) throw asUpdateError(context, message, error);
    const text = `Could not ${doing} within ${COMPLETES_WITHIN_MS / 1_000} s: it was taken in (command ${payload.commandId}) and is carried out when a worker goes on. Look with 'phasewright status'.`;
    throw new PhasewrightError('NoWorker', text, { cause: error });
  }
}

/** Validated by a worker and in the workflow's history. */
async function accepted<R>(
  context: ClientContext,
  message: Message,
  payload: { readonly commandId: string },
): Promise<WorkflowUpdateHandle<R>> {
  const { workflowId, name, doing } = message;
  try {
    return await askWorker(context, doing, () =>
      context.client.workflow.getHandle(workflowId).startUpdate<R, [unknown]>(name, {
        args: [payload],
        updateId: payload.commandId,
        waitForStage: WorkflowUpdateStage.ACCEPTED,
      }),
    );
  } catch (error) {
    if (!(error instanceof PhasewrightError && error.code === 'NoWorker' && error.cause !== undefined))
      throw asUpdateError(context, message, error);
    // The server keeps it for a while: whoever repeats it by its command id is on the safe side.
    throw new PhasewrightError(
      'NoWorker',
      `${error.message} A worker that starts soon may still carry it out; with --command-id ${payload.commandId} a repeat counts once.`,
      { cause: error },
    );
  }
}

function asUpdateError(
  context: ClientContext,
  { workflowId, doing }: Message,
  error: unknown,
): PhasewrightError {
  if (error instanceof WorkflowNotFoundError)
    return new PhasewrightError('ProjectClosed', `Could not ${doing}: '${workflowId}' has ended.`, {
      cause: error,
    });
  return asPhasewrightError(error, { doing, address: context.address });
}

/** Durable with no worker up. What the workflow then refuses shows in `status.refused`. */
export async function queue(context: ClientContext, message: Message): Promise<string> {
  const { workflowId, name, doing } = message;
  const payload = prepare(message);
  await reach(context, doing, async () => {
    try {
      await context.client.workflow.getHandle(workflowId).signal(name, payload);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError)
        throw new PhasewrightError('ProjectClosed', `Could not ${doing}: '${workflowId}' does not run.`, {
          cause: error,
        });
      throw error;
    }
  });
  return payload.commandId;
}

const COMPLETES_WITHIN_MS = 60_000;

/** Signals never answer, so what the guards would refuse is refused here, before it is sent. */
function prepare({ name, payload, commandId }: Message): { readonly commandId: string } {
  const given = Object.fromEntries(
    Object.entries(payload).filter(([, value]) => value !== undefined && value !== null),
  );
  const judged = guard<{ readonly commandId: string }>(name, {
    ...given,
    commandId: commandId ?? randomUUID(),
  });
  if (judged.ok) return judged.value;
  const code: FailureCode = 'InvalidMessage';
  throw new PhasewrightError(code, judged.problem);
}
