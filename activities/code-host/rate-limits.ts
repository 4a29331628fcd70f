/** Remembers which credential the code host asked to wait, so that nothing is sent until then. Credentials don't affect each other. */
import { PortError } from '../support/errors.ts';

export interface Limits {
  /** Throws `RateLimited`, with the time left, while this credential has to wait. */
  gate(credential: string): void;
  /** Throws `RateLimited` if this error is a limit; otherwise returns. */
  learn(credential: string, error: unknown): void;
  /** The host has answered it again. */
  passed(credential: string): void;
}

/** Milliseconds that the host asks to wait; `unsaid`: it doesn't say how long; undefined: this is something else. */
export type WaitAsked = number | 'unsaid' | undefined;

export interface LimitParts {
  /** The host, for people. */
  readonly name: string;
  readonly clock: () => number;
  readonly waitAsked: (error: unknown, now: number) => WaitAsked;
}

/**
 * Of a limit that does not say how long, as GitHub wants it: "wait for at least one minute before retrying. If your request continues to
 * fail …, wait for an exponentially increasing amount of time" (docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
const firstWaitMs = 60_000;
const longestWaitMs = 16 * firstWaitMs;

export function createRateLimits({ name, clock, waitAsked }: LimitParts): Limits {
  const until = new Map<string, number>();
  /** How many limits in a row did not say how long. */
  const unsaid = new Map<string, number>();
  const left = (credential: string): number => (until.get(credential) ?? 0) - clock();

  function growing(credential: string): number {
    // Answers of requests that were under way together are one limit.
    if (left(credential) > 0) return left(credential);
    const times = unsaid.get(credential) ?? 0;
    unsaid.set(credential, times + 1);
    return Math.min(firstWaitMs * 2 ** times, longestWaitMs);
  }

  return {
    gate(credential) {
      if (left(credential) > 0) throw rateLimited(name, left(credential));
      until.delete(credential);
    },
    learn(credential, error) {
      const now = clock();
      const asked = waitAsked(error, now);
      if (asked === undefined) return;
      const wait = asked === 'unsaid' ? growing(credential) : asked;
      // Answers of requests that were under way together may ask for different times.
      until.set(credential, Math.max(now + wait, until.get(credential) ?? 0));
      throw rateLimited(name, wait);
    },
    passed(credential) {
      if (left(credential) <= 0) unsaid.delete(credential);
    },
  };
}

const rateLimited = (name: string, waitMs: number): PortError =>
  new PortError(
    'RateLimited',
    `${name}'s rate limit for this credential is used up; it asks to wait ${Math.ceil(waitMs / 1_000)} s. Nothing is sent until then.`,
    { retryAfterMs: waitMs },
  );
