/** Deadlines that come when something has happened, on a machine of any speed. */
import { eventually } from './eventually.ts';

/** No timer of the product has this length. */
const heldMs = 601_000;

/** Runs what ends at a deadline; the deadline comes as soon as `before` is so. */
export async function deadlineAfter<T>(
  before: () => boolean | Promise<boolean>,
  run: (timeoutMs: number) => Promise<T>,
): Promise<T> {
  const real = globalThis.setTimeout;
  let comes: (() => void) | undefined;
  const hold = (...args: Parameters<typeof real>) => {
    const [callback, ms] = args;
    if (ms !== heldMs) return real(...args);
    comes = callback;
    return real(() => undefined, 0);
  };
  globalThis.setTimeout = Object.defineProperties(
    hold,
    Object.getOwnPropertyDescriptors(real),
  ) as typeof real;
  try {
    const running = run(heldMs);
    const expired = eventually('what comes before the deadline', async () => comes !== undefined && before());
    await Promise.race([expired, running]);
    comes?.();
    return await running;
  } finally {
    globalThis.setTimeout = real;
  }
}
