/** Many requests for the same thing become few: none is lost, and none is answered by work that began before it came. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Coalescer {
  /** `work` of the same key must do the same. Rejects as the run that covers this call does. */
  join<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** At once if nothing of this key ran within the window; else joined to one next run, at the window's end. */
export function createCoalescer({ windowMs }: { readonly windowMs: number }): Coalescer {
  const busy = new Map<string, Promise<unknown>>();
  const next = new Map<string, Promise<unknown>>();

  function begin<T>(key: string, work: () => Promise<T>): Promise<T> {
    const running = work();
    const over = Promise.all([
      running.catch(() => undefined),
      sleep(windowMs, undefined, { ref: false }),
    ]).then(() => busy.delete(key));
    busy.set(key, over);
    return running;
  }

  return {
    join<T>(key: string, work: () => Promise<T>): Promise<T> {
      const waiting = next.get(key);
      if (waiting !== undefined) return waiting as Promise<T>;
      const over = busy.get(key);
      if (over === undefined) return begin(key, work);
      const later = over.then(() => {
        next.delete(key);
        return begin(key, work);
      });
      next.set(key, later);
      return later;
    },
  };
}
