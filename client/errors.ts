/** The one error of this package: a stable code from the catalogue (docs/errors.md) and a message that says what to do. */
import { type FailureCode, isFailureCode } from '../domain/failure.ts';

export class PhasewrightError extends Error {
  override readonly name = 'PhasewrightError';
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What another room of ours threw, under the same code; undefined: it has none. */
export function fromCodedError(error: unknown): PhasewrightError | undefined {
  if (error instanceof PhasewrightError) return error;
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'string' && isFailureCode(code)
    ? new PhasewrightError(code, error.message, { cause: error })
    : undefined;
}
