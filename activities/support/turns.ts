/** Work that must not overlap in this process: one after another, first come, first served. */
import { unlessAborted } from './current-run.ts';

/** By key: done when everyone who came so far has had their turn. */
const tails = new Map<string, Promise<void>>();

/** Runs `body` when everything that came before it under `key` has ended. Whoever is cancelled while waiting leaves at once. */
export async function inTurn<T>(key: string, body: () => Promise<T>): Promise<T> {
  const before = tails.get(key) ?? Promise.resolve();
  let done = (): void => undefined;
  const mine = new Promise<void>((resolve) => {
    done = resolve;
  });
  const tail = before.then(() => mine);
  tails.set(key, tail);
  void tail.then(() => {
    if (tails.get(key) === tail) tails.delete(key);
  });
  try {
    await unlessAborted(before);
    return await body();
  } finally {
    done();
  }
}
