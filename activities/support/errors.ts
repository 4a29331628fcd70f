/** Errors of ports and how they reach Temporal: one class in, one function out. */
import { ApplicationFailure } from '@temporalio/common';
import { CancelledFailure } from '@temporalio/activity';
import { isRetryable } from '../../domain/failure.ts';
import { PortError } from './port-error.ts';

export { PortError };

/** The one place where a port's error becomes an `ApplicationFailure` (type = code; details = [{ problems }]). */
export function toApplicationFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof PortError) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: !isRetryable(error.code),
      // Expected, and often: neither a warning in a log nor a failure in a metric.
      ...(error.code === 'NothingNew' ? { category: 'BENIGN' } : {}),
      details: [{ problems: error.problems }],
      ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs }),
      ...(error.cause instanceof Error ? { cause: error.cause } : {}),
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  const noSpace =
    error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return ApplicationFailure.create({
    type: noSpace ? 'NoSpace' : 'Unexpected',
    message,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** Runs an activity's body and turns what it throws into an `ApplicationFailure`. */
export async function surfaceErrors<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw toApplicationFailure(error);
  }
}
