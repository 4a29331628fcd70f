/** Remembers which credential the code host asked to wait, so that nothing is sent until then. Credentials don't affect each other. */
import { PortError } from '../support/errors.ts';

export interface Limits {
  /** Throws `RateLimited`, with the time left, while this credential has to wait. */
  gate(credential: string): void;
  /** Throws `RateLimited` if this error is a limit; otherwise returns. */
  learn(credential: string, error: unknown): void;
}

export interface LimitParts {
  /** The host, for people. */
  readonly name: string;
  readonly clock: () => number;
  /** Milliseconds that the host asks to wait; undefined: this is something else. */
  readonly waitAsked: (error: unknown, now: number) => number | undefined;
}

export function createRateLimits({ name, clock, waitAsked }: LimitParts): Limits {
  const until = new Map<string, number>();
  return {
    gate(credential) {
      const left = (until.get(credential) ?? 0) - clock();
      if (left > 0) throw rateLimited(name, left);
      until.delete(credential);
    },
    learn(credential, error) {
      const now = clock();
      const wait = waitAsked(error, now);
      if (wait === undefined) return;
      // Answers of requests that were under way together may ask for different times.
      until.set(credential, Math.max(now + wait, until.get(credential) ?? 0));
      throw rateLimited(name, wait);
    },
  };
}

const rateLimited = (name: string, waitMs: number): PortError =>
  new PortError(
    'RateLimited',
    `${name}'s rate limit for this credential is used up; it asks to wait ${Math.ceil(waitMs / 1_000)} s. Nothing is sent until then.`,
    { retryAfterMs: waitMs },
  );
