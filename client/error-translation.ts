/** Temporal's errors as ours. A file of its own, because it loads Temporal's client, and most commands never meet one. */
import { ApplicationFailure } from '@temporalio/common';
import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { isFailureCode } from '../domain/failure.ts';
import { endSentence } from '../domain/text/sentence.ts';
import { fromCodedError, PhasewrightError } from './errors.ts';

/** What the caller was doing, for sentences: `approve project 'x'`. */
export interface ErrorContext {
  readonly doing: string;
  /** Where the server was looked for. */
  readonly address?: string;
}

const grpc = {
  CANCELLED: 1,
  UNKNOWN: 2,
  ABORTED: 10,
  INTERNAL: 13,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  FAILED_PRECONDITION: 9,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};

/** Every error as a PhasewrightError; one that already is stays as it is. The other side's answer is kept. */
export function asPhasewrightError(error: unknown, context: ErrorContext): PhasewrightError {
  const application = applicationFailure(error);
  if (application !== undefined) return fromFailure(application, error);
  const coded = fromCodedError(error);
  if (coded !== undefined) return coded;
  const { doing } = context;
  if (error instanceof WorkflowNotFoundError) {
    return new PhasewrightError(
      'ProjectNotFound',
      `Could not ${doing}: the server knows no workflow '${error.workflowId}' that runs.`,
      { cause: error },
    );
  }
  if (error instanceof QueryNotRegisteredError) {
    return new PhasewrightError(
      'Unexpected',
      `Could not ${doing}: this workflow is of a version that doesn't answer that: ${endSentence(error.message)}`,
      { cause: error },
    );
  }
  if (isTimeout(error))
    return new PhasewrightError('NoWorker', `Could not ${doing}: no worker answered in time.`, {
      cause: error,
    });
  const service = serviceError(error);
  if (service !== undefined) return fromService(service, context);
  const said = error instanceof Error ? error.message : String(error);
  return new PhasewrightError('Unexpected', `Could not ${doing}: ${endSentence(said)}`, { cause: error });
}

/** The server gave a question back unanswered: what it had asked a worker for was cut off, usually because that worker went away. */
export function isCutOff(error: unknown): boolean {
  const answer = serviceError(error);
  return (
    answer !== undefined && [grpc.ABORTED, grpc.CANCELLED, grpc.UNKNOWN, grpc.INTERNAL].includes(answer.code)
  );
}

export const isTimeout = (error: unknown): boolean =>
  isGrpcDeadlineError(error) || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError;

/** The failure that our own code threw, however deep the layers of update, workflow and activity wrap it. */
function applicationFailure(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error;
  if (!(error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError)) return undefined;
  let deepest: ApplicationFailure | undefined;
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure) deepest = cause;
  }
  return deepest;
}

function fromFailure(failure: ApplicationFailure, cause: unknown): PhasewrightError {
  const type = failure.type ?? '';
  if (isFailureCode(type)) return new PhasewrightError(type, failure.message, { cause });
  const said = endSentence(failure.message);
  return new PhasewrightError('Unexpected', type === '' ? said : `${type}: ${said}`, { cause });
}

interface Answer {
  readonly code: number;
  readonly details: string;
  readonly error: Error;
}

function serviceError(error: unknown): Answer | undefined {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (isGrpcServiceError(each))
      return { code: each.code, details: each.details === '' ? each.message : each.details, error: each };
  }
  return undefined;
}

function fromService({ code, details, error }: Answer, { doing, address }: ErrorContext): PhasewrightError {
  const at = address === undefined ? '' : ` at ${address}`;
  const said = `Could not ${doing}: the Temporal server${at} says: ${endSentence(details)}`;
  switch (code) {
    case grpc.UNAVAILABLE:
      return new PhasewrightError(
        'ServerUnavailable',
        `Could not ${doing}: no Temporal server answers${at}: ${endSentence(details)} Start one with 'phasewright dev', or name one with --address.`,
        { cause: error },
      );
    case grpc.FAILED_PRECONDITION:
      return /no poller|worker may be down/i.test(details)
        ? new PhasewrightError('NoWorker', `Could not ${doing}: no worker polls: ${endSentence(details)}`, {
            cause: error,
          })
        : new PhasewrightError('Unexpected', said, { cause: error });
    case grpc.NOT_FOUND:
      return new PhasewrightError(
        'InvalidConfig',
        `${said} Is the namespace right? Name another with --namespace.`,
        { cause: error },
      );
    case grpc.PERMISSION_DENIED:
    case grpc.UNAUTHENTICATED:
      return new PhasewrightError(
        'InvalidConfig',
        `${said} Check the API key or certificate (TEMPORAL_API_KEY, TEMPORAL_TLS_…).`,
        { cause: error },
      );
    case grpc.INVALID_ARGUMENT:
      return /search attribute/i.test(details)
        ? new PhasewrightError(
            'InvalidConfig',
            `${said} The search attributes of Phasewright are missing in this namespace; 'phasewright doctor' lists the commands that register them.`,
            { cause: error },
          )
        : new PhasewrightError('Unexpected', said, { cause: error });
    default:
      return new PhasewrightError('Unexpected', said, { cause: error });
  }
}
