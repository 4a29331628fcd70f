/** Slots: how many agents of one role may run at once on this host (`max_instances`), first come, first served. */

export interface Slots {
  /** Resolves with the release when a slot is free; rejects with the signal's reason when it aborts first. */
  take(name: string, size: number, signal: AbortSignal): Promise<() => void>;
}

export function createSlots(): Slots {
  const taken = new Map<string, number>();
  const queues = new Map<string, (() => void)[]>();

  function release(name: string): void {
    const next = queues.get(name)?.shift();
    // A slot that is handed on stays taken.
    if (next === undefined) taken.set(name, (taken.get(name) ?? 1) - 1);
    else next();
  }
  function once(name: string): () => void {
    let released = false;
    return () => {
      if (!released) release(name);
      released = true;
    };
  }

  return {
    async take(name, size, signal) {
      signal.throwIfAborted();
      const now = taken.get(name) ?? 0;
      if (now < size) {
        taken.set(name, now + 1);
        return once(name);
      }
      await new Promise<void>((resolve, reject) => {
        const queue = queues.get(name) ?? [];
        queues.set(name, queue);
        const turn = (): void => {
          signal.removeEventListener('abort', leave);
          resolve();
        };
        const leave = (): void => {
          const at = queue.indexOf(turn);
          if (at >= 0) queue.splice(at, 1);
          reject(signal.reason as Error);
        };
        queue.push(turn);
        signal.addEventListener('abort', leave, { once: true });
      });
      return once(name);
    },
  };
}
