/** Starts what it is given in order, so many at a time: for tests that wait most of their time. */
export function limitConcurrency(count: number): <T>(job: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = count;
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return (job) => {
    const turn = free > 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve));
    if (free > 0) free -= 1;
    const run = turn.then(job).finally(release);
    // Looked at by its own test, later.
    run.catch(() => undefined);
    return run;
  };
}
