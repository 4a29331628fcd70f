/** Waiting for conditions. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Ends what hangs, on any machine; nothing is judged by it. */
export const patienceMs = 300_000;

/** Asks again and again until the answer is neither false nor missing; that answer. */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  { withinMs = patienceMs, everyMs = 50 }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  for (const deadline = Date.now() + withinMs; ; await sleep(everyMs)) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false)
      return answer as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`It did not happen within ${withinMs / 1_000} s: ${what}.`);
  }
}
