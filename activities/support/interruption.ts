/** What ends a program's run before the program ends by itself: its deadline, a cancellation, or that it has given what was wanted. */

export interface Fulfilment {
  /** Anything that changes as long as the program still works on it. */
  readonly state: string;
  /** How long it may stay in that state before it is ended. */
  readonly graceMs: number;
}

export interface Limits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Looked at several times a second. Undefined: what is wanted isn't there, not there yet or no longer. */
  readonly fulfilled?: () => Promise<Fulfilment | undefined>;
}

export type Interruption = 'timeout' | 'cancel' | 'fulfilled';

const lookEveryMs = 250;
const longestTimerMs = 2 ** 31 - 1;

export function interruption({ timeoutMs, signal, fulfilled }: Limits): {
  readonly promise: Promise<Interruption>;
  clear(): void;
} {
  let clear = (): void => undefined;
  const promise = new Promise<Interruption>((resolve) => {
    const deadline = setTimeout(() => resolve('timeout'), Math.min(Math.max(timeoutMs, 0), longestTimerMs));
    const cancel = (): void => resolve('cancel');
    if (signal?.aborted === true) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const patience = fulfilled === undefined ? undefined : watch(fulfilled, () => resolve('fulfilled'));
    clear = () => {
      clearTimeout(deadline);
      clearTimeout(patience);
      signal?.removeEventListener('abort', cancel);
    };
  });
  return { promise, clear: () => clear() };
}

function watch(look: NonNullable<Limits['fulfilled']>, done: () => void): NodeJS.Timeout {
  let state: string | undefined;
  let since = 0;
  let looking = false;
  async function take(): Promise<void> {
    // What can't be looked at now is looked at again.
    const now = await look().catch(() => undefined);
    if (now?.state !== state) since = Date.now();
    state = now?.state;
    if (now !== undefined && Date.now() - since >= now.graceMs) done();
    looking = false;
  }
  return setInterval(() => {
    if (looking) return;
    looking = true;
    void take();
  }, lookEveryMs);
}
