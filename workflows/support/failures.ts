/** What an error of an activity or child says, in one sentence with its code. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  ContinueAsNew,
  inWorkflowContext,
  isCancellation,
  log,
  rootCause,
  TimeoutFailure,
} from '@temporalio/workflow';
import { explain, type FailureCode, isFailureCode, isRetryable } from '../../domain/failure.ts';
import { endSentence } from '../../domain/text/sentence.ts';

/** True when this workflow is being cancelled; a child that a person cancelled by itself is a failure like any other. */
export const cancelledHere = (error: unknown): boolean =>
  isCancellation(error) && CancellationScope.current().consideredCancelled;

/** No failure of the work: a cancellation of this workflow, or the SDK's way to continue as new. */
export const passesThrough = (error: unknown): boolean =>
  cancelledHere(error) || error instanceof ContinueAsNew;

/**
 * For whoever runs the worker. A workflow task that takes too long is cut off, and what is left of it may run when its workflow is
 * gone: an error that is thrown there ends the worker.
 */
export function warn(text: string): void {
  if (inWorkflowContext()) log.warn(text);
}

/** For clean-up: what can't be done now is done by the sweep at the next worker start; the outcome stands. */
export async function ifPossible(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (cancelledHere(error)) throw error;
    warn(`Left for the sweep: ${describeError(error)}`);
  }
}

/** Invalid input ends the workflow with what was wrong, not with "an activity failed". */
export async function plainly<T>(activity: Promise<T>): Promise<T> {
  try {
    return await activity;
  } catch (error) {
    const failure = deepest(error);
    if (!(failure instanceof ApplicationFailure)) throw error;
    throw ApplicationFailure.nonRetryable(
      wasTriedAgain(error)
        ? `${endSentence(failure.message)} It was tried several times and then given up.`
        : failure.message,
      failure.type ?? 'InvalidProject',
      ...(failure.details ?? []),
    );
  }
}

/** The code that an activity or child failed with. */
export function codeOf(error: unknown): FailureCode {
  const failure = deepest(error);
  const type = failure instanceof ApplicationFailure ? failure.type : undefined;
  return typeof type === 'string' && isFailureCode(type) ? type : 'Unexpected';
}

export function describeError(error: unknown): string {
  const failure = deepest(error);
  const where = error instanceof ActivityFailure ? ` (in ${error.activityType})` : '';
  if (failure instanceof ApplicationFailure) return explain(codeOf(error), `${failure.message}${where}`);
  if (isCancellation(failure)) return 'It was cancelled by itself.';
  if (failure instanceof TimeoutFailure) return `No answer in time (${String(failure.timeoutType)})${where}.`;
  return `${rootCause(error) ?? String(error)}${where}`;
}

/** As the end of work: what was tried again and given up says so, and what a person can do about it. */
export function describeEnd(error: unknown): string {
  const said = describeError(error);
  return wasTriedAgain(error)
    ? `${endSentence(said)} It was tried several times and then given up: put right what it names, then 'phasewright retry'; or 'phasewright cancel'.`
    : said;
}

function wasTriedAgain(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  const failure = deepest(error);
  return (
    failure instanceof TimeoutFailure || (failure instanceof ApplicationFailure && isRetryable(codeOf(error)))
  );
}

function deepest(error: unknown): unknown {
  if (
    (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) &&
    error.cause !== undefined
  )
    return deepest(error.cause);
  return error;
}
