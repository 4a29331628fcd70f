/** What every part of the SDK works with, and the two ways to reach a workflow: asking a worker, and leaving a signal. */
import type { Client } from '@temporalio/client';
import { asPhasewrightError, isCutOff, isTimeout } from './error-translation.ts';
import { PhasewrightError } from './errors.ts';
import { endSentence } from '../domain/text/sentence.ts';
import { findPollers, livePollers } from './pollers.ts';

export interface ClientContext {
  readonly client: Client;
  /** What workers of ours poll for workflows. */
  readonly taskQueue: string;
  /** Where the server is, for messages. */
  readonly address: string;
  /** After this long without an answer, people are told. */
  readonly tellAfterMs: number;
  /** After this long without an answer, it is an error. */
  readonly giveUpAfterMs: number;
  readonly tell: (sentence: string) => void;
}

/** Asks a worker (query or update). Without any worker it says so at once; a silent one is told of after 5 s. */
export async function askWorker<T>(context: ClientContext, doing: string, ask: () => Promise<T>): Promise<T> {
  await expectWorker(context, doing);
  const slow = setTimeout(
    () =>
      context.tell(
        `No worker has answered for ${context.tellAfterMs / 1_000} s; one was seen, so it may be busy. Still waiting…`,
      ),
    context.tellAfterMs,
  );
  try {
    return await context.client.withDeadline(Date.now() + context.giveUpAfterMs, ask);
  } catch (error) {
    if (isCutOff(error)) {
      const said = error instanceof Error ? error.message : String(error);
      throw new PhasewrightError(
        'NoWorker',
        `Could not ${doing}: no worker answered, the one that was asked went away: ${endSentence(said)} ${howToStart}`,
        { cause: error },
      );
    }
    if (!isTimeout(error)) throw error;
    throw new PhasewrightError(
      'NoWorker',
      `Could not ${doing}: no worker answered within ${context.giveUpAfterMs / 1_000} s, though one was seen polling lately. ${howToStart}`,
      {
        cause: error,
      },
    );
  } finally {
    clearTimeout(slow);
  }
}

const howToStart = "Start one with 'phasewright dev' or 'phasewright worker'.";

export async function expectWorker(context: ClientContext, doing: string): Promise<void> {
  if (await hasWorker(context)) return;
  throw new PhasewrightError(
    'NoWorker',
    `Could not ${doing}: no worker polls, so nothing can answer now. ${howToStart}`,
  );
}

export async function hasWorker(context: ClientContext): Promise<boolean> {
  const found = await reach(context, 'look for workers', () =>
    findPollers(context.client, context.taskQueue),
  );
  return livePollers(found, { now: Date.now() }).length > 0;
}

/** A call that the server itself answers. Every error comes out as a PhasewrightError. */
export async function reach<T>(context: ClientContext, doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await context.client.withDeadline(Date.now() + SERVER_ANSWERS_WITHIN_MS, call);
  } catch (error) {
    if (isTimeout(error)) {
      throw new PhasewrightError(
        'ServerUnavailable',
        `Could not ${doing}: the Temporal server at ${context.address} didn't answer within ${SERVER_ANSWERS_WITHIN_MS / 1_000} s.`,
        { cause: error },
      );
    }
    throw asPhasewrightError(error, { doing, address: context.address });
  }
}

const SERVER_ANSWERS_WITHIN_MS = 10_000;
