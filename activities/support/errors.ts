/** Errors of ports and how they reach Temporal: one class in, one function out. */
import { ApplicationFailure } from '@temporalio/common';
import { CancelledFailure } from '@temporalio/activity';
import { type FailureCode, isRetryable } from '../../domain/failure.ts';
import { PortError } from './port-error.ts';

export { PortError };

/**
 * The one place where an error becomes an `ApplicationFailure` (type = code; details = [{ problems }]). `attempt`: the try that
 * failed, from 1.
 */
export function toApplicationFailure(error: unknown, attempt = 1): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof PortError) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: !isRetryable(error.code) || givenUp(error.code, attempt),
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
  const type = noSpace ? 'NoSpace' : 'Unexpected';
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: givenUp(type, attempt),
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** What nobody foresaw may pass by itself, but not for ever: the last of these tries says so to a person. */
const unexpectedTries = 5;
const givenUp = (code: FailureCode, attempt: number): boolean =>
  code === 'Unexpected' && attempt >= unexpectedTries;
