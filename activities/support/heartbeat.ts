/** Heartbeats for activities that run programs: each second, with a word on what is going on. */
import { Context } from '@temporalio/activity';
import { faultPoint } from './fault-points.ts';

/**
 * Runs `body` with a signal that aborts when the activity is cancelled (or its heartbeat fails), and heartbeats each
 * second with what `detail` returns. After a cancellation `body` is awaited, then the cancellation is thrown.
 */
export async function withHeartbeat<T>(
  activity: string,
  detail: () => unknown,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const abort = new AbortController();
  const cancel = (): void => abort.abort();
  if (context.cancellationSignal.aborted) cancel();
  context.cancellationSignal.addEventListener('abort', cancel, { once: true });
  let failure: Error | undefined;
  const beat = async (): Promise<void> => {
    try {
      await faultPoint(activity, 'heartbeat');
      context.heartbeat(detail());
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
      cancel();
    }
  };
  const timer = setInterval(() => void beat(), 1_000);
  void beat();
  try {
    const result = await body(abort.signal);
    if (context.cancellationSignal.aborted) return await context.cancelled;
    if (failure !== undefined) throw failure;
    return result;
  } catch (error) {
    if (context.cancellationSignal.aborted) return await context.cancelled;
    throw failure ?? error;
  } finally {
    clearInterval(timer);
    context.cancellationSignal.removeEventListener('abort', cancel);
  }
}
