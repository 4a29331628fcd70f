/** The same activity, its result with how long it took by this host's clock. */
import type { Timed } from '../domain/model/timed.ts';

export const timed =
  <Request, Result extends object>(activity: (request: Request) => Promise<Result>) =>
  async (request: Request): Promise<Timed<Result>> => {
    const began = performance.now();
    const result = await activity(request);
    return { ...result, elapsedMs: Math.round(performance.now() - began) };
  };
