/** Remembers which credential GitHub asked to wait, so that nothing is sent until then. Credentials don't affect each other. */
import { rateLimited, waitAsked } from './errors.ts';

export interface Limits {
  /** Throws `RateLimited`, with the time left, while this credential has to wait. */
  gate(credential: string): void;
  /** Throws `RateLimited` if this error is a limit; otherwise returns. */
  learn(credential: string, error: unknown): void;
}

export function createRateLimits(clock: () => number): Limits {
  const until = new Map<string, number>();
  return {
    gate(credential) {
      const left = (until.get(credential) ?? 0) - clock();
      if (left > 0) throw rateLimited(left);
      until.delete(credential);
    },
    learn(credential, error) {
      const now = clock();
      const wait = waitAsked(error, now);
      if (wait === undefined) return;
      // Answers of requests that were under way together may ask for different times.
      until.set(credential, Math.max(now + wait, until.get(credential) ?? 0));
      throw rateLimited(wait);
    },
  };
}
