/** Errors of ports and how they reach Temporal: one class in, one function out. */
import { ApplicationFailure } from '@temporalio/common';
import { CancelledFailure } from '@temporalio/activity';
import { type FailureCode, isTriedAgain } from '../../domain/failure.ts';
import { PortError } from './port-error.ts';

export { PortError };

/**
 * The one place where an error becomes an `ApplicationFailure` (type = code; details = [{ problems }]). `times`: how many tries in
 * a row failed with this code, this one included.
 */
export function toApplicationFailure(error: unknown, times = 1): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof PortError) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: !isTriedAgain(error.code, times),
      // Expected, and often: neither a warning in a log nor a failure in a metric.
      ...(error.code === 'NothingNew' ? { category: 'BENIGN' } : {}),
      details: [{ problems: error.problems }],
      ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs }),
      ...(error.cause instanceof Error ? { cause: error.cause } : {}),
    });
  }
  const type = codeOf(error);
  return ApplicationFailure.create({
    type,
    message: error instanceof Error ? error.message : String(error),
    nonRetryable: !isTriedAgain(type, times),
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** What it is called in the catalogue. */
export function codeOf(error: unknown): FailureCode {
  if (error instanceof PortError) return error.code;
  const noSpace =
    error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return noSpace ? 'NoSpace' : 'Unexpected';
}
