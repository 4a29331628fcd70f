/** The error of every port, in a file of its own: clients read it too, and they load nothing of Temporal's activities. */
import type { FailureCode } from '../../domain/failure.ts';

/** What a port throws. Only an adapter's `errors.ts` reads exit codes, stderr or HTTP statuses to make one. */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code: FailureCode;
  /** Each problem, for errors that list several. */
  readonly problems: readonly string[];
  /** Milliseconds to wait before trying again, when the other side said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options: {
      readonly problems?: readonly string[];
      readonly retryAfterMs?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.problems = options.problems ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}
