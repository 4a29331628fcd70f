/** How commands end. */
import type { FailureCode } from '../../domain/failure.ts';
import { PhasewrightError } from '../errors.ts';

export const exitCodes = { ok: 0, failed: 1, usage: 2, waiting: 3 } as const;
export type ExitCode = number;

/** A call that makes no sense, found after the arguments were parsed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const exitCodeOf = (error: unknown): ExitCode =>
  error instanceof UsageError ? exitCodes.usage : exitCodes.failed;

export interface Failure {
  readonly code: FailureCode | 'Usage';
  readonly message: string;
}

export const failureOf = (error: PhasewrightError | UsageError): Failure => ({
  code: error instanceof PhasewrightError ? error.code : 'Usage',
  message: error.message,
});
