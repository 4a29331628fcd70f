/**
 * The try of an activity that code runs in, however deep: locks and programs end their waiting when it is cancelled, without
 * being handed its signal through every port.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const signals = new AsyncLocalStorage<AbortSignal | undefined>();

export const runWithSignal = <T>(signal: AbortSignal, body: () => T): T => signals.run(signal, body);

/** Aborts when the try is cancelled or abandoned; undefined outside of one. */
export const currentSignal = (): AbortSignal | undefined => signals.getStore();

/** Work that several tries wait for: it belongs to none of them, so that one that is cancelled takes it from nobody. */
export const runDetached = <T>(body: () => T): T => signals.run(undefined, body);

/** The promise, or the signal's reason as soon as it aborts; the promise itself goes on. */
export async function unlessAborted<T>(promise: Promise<T>, signal = currentSignal()): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
