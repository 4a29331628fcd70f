/**
 * The one way to make an activity. From its first line to its last it heartbeats each second (so a lost worker is noticed in
 * seconds, and a cancelled or abandoned try hears of it), it passes the fault points that all activities have, each once per
 * try, and what it throws becomes a failure of the catalogue.
 */
import { Context } from '@temporalio/activity';
import type { Timed } from '../../domain/model/timed.ts';
import { runWithSignal } from './current-run.ts';
import { codeOf, toApplicationFailure } from './errors.ts';
import { faultPoint } from './fault-points.ts';
import { failedAgain, triesEnded } from './tries.ts';

/** One try. */
export interface ActivityRun {
  /** Aborts when the try is cancelled, or abandoned because the server took it for lost. */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
  /** What the next heartbeats tell of it. */
  say(detail: unknown): void;
}

type Body<Request, Result> = (request: Request, run: ActivityRun) => Promise<Result>;

const beatMs = 1_000;

/**
 * The body's result stands even if the try was cancelled meanwhile; a body that cannot stand for its result then throws
 * (`run.signal.throwIfAborted()`), and the try ends as cancelled, whatever it throws.
 */
export function defineActivity<Request, Result>(
  name: string,
  body: Body<Request, Result>,
): (request: Request) => Promise<Result> {
  return async (request) => {
    const context = currentContext();
    const beating = beat(name, context);
    const attempt = context?.info.attempt ?? 1;
    try {
      const result = await runWithSignal(beating.signal, async () => {
        await faultPoint(name, 'before');
        const made = await body(request, { signal: beating.signal, attempt, say: beating.say });
        beating.throwIfFailed();
        await faultPoint(name, 'result');
        return made;
      });
      if (context !== undefined) triesEnded(context.info);
      return result;
    } catch (error) {
      if (context?.cancellationSignal.aborted === true) return await context.cancelled;
      const failed = beating.failure() ?? error;
      const times = context === undefined ? 1 : failedAgain(context.info, codeOf(failed));
      throw toApplicationFailure(failed, times);
    } finally {
      beating.end();
    }
  };
}

/** The result with how long the body took by this host's clock: what counts for the clock of a phase. */
export const withElapsed =
  <Request, Result extends object>(body: Body<Request, Result>): Body<Request, Timed<Result>> =>
  async (request, run) => {
    const began = performance.now();
    const result = await body(request, run);
    return { ...result, elapsedMs: Math.round(performance.now() - began) };
  };

/** Undefined outside a worker, e.g. in a test that calls an activity as the function that it is. */
function currentContext(): Context | undefined {
  try {
    return Context.current();
  } catch {
    return undefined;
  }
}

function beat(name: string, context: Context | undefined) {
  const abort = new AbortController();
  const cancel = (): void => abort.abort(context?.cancellationSignal.reason);
  let detail: unknown;
  let failure: Error | undefined;
  const once = async (): Promise<void> => {
    try {
      await faultPoint(name, 'heartbeat');
      context?.heartbeat(detail);
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
      abort.abort(failure);
    }
  };
  if (context?.cancellationSignal.aborted === true) cancel();
  context?.cancellationSignal.addEventListener('abort', cancel, { once: true });
  const timer = context === undefined ? undefined : setInterval(() => void once(), beatMs);
  return {
    signal: abort.signal,
    say: (next: unknown): void => {
      detail = next;
    },
    failure: () => failure,
    throwIfFailed(): void {
      if (failure !== undefined) throw failure;
    },
    end(): void {
      clearInterval(timer);
      context?.cancellationSignal.removeEventListener('abort', cancel);
    },
  };
}
