import { describe, expect, it } from '@jest/globals';
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, RetryState } from '@temporalio/common';
import { asPhasewrightError } from '../../client/error-translation.ts';
import { PhasewrightError } from '../../client/errors.ts';

const context = { doing: "approve 'shop'", address: 'localhost:7233' };
const grpc = (code: number, details: string): Error =>
  Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });

describe('an error of the SDK', () => {
  it("has the code that the workflow's refusal has, and its sentence", () => {
    const refused = new WorkflowUpdateFailedError(
      'Workflow Update failed',
      ApplicationFailure.create({ type: 'StaleHead', message: 'The head moved.' }),
    );
    expect(asPhasewrightError(refused, context)).toMatchObject({
      code: 'StaleHead',
      message: 'The head moved.',
    });
  });

  it('has the code of the innermost failure', () => {
    const inner = ApplicationFailure.create({ type: 'NoAgent', message: 'No agent is configured.' });
    const failed = new WorkflowFailedError(
      'failed',
      Object.assign(new Error('Activity task failed'), { cause: inner }),
      RetryState.NON_RETRYABLE_FAILURE,
    );
    expect(asPhasewrightError(failed, context)).toMatchObject({
      code: 'NoAgent',
      message: 'No agent is configured.',
    });
  });

  it('keeps the name of a failure that the catalogue does not have', () => {
    expect(
      asPhasewrightError(ApplicationFailure.create({ type: 'Strange', message: 'Hm.' }), context),
    ).toMatchObject({ code: 'Unexpected', message: 'Strange: Hm.' });
  });

  it.each([
    [
      'ServerUnavailable',
      grpc(14, 'connection refused'),
      /no Temporal server answers at localhost:7233: connection refused\./,
    ],
    ['NoWorker', grpc(9, 'no poller seen for task queue recently, worker may be down'), /no worker polls/],
    ['NoWorker', grpc(4, 'deadline'), /no worker answered in time/],
    ['NoWorker', new WorkflowUpdateRPCTimeoutOrCancelledError('slow'), /no worker answered in time/],
    ['InvalidConfig', grpc(5, 'Namespace x is not found'), /namespace/],
    ['InvalidConfig', grpc(16, 'token expired'), /token expired/],
    [
      'InvalidConfig',
      grpc(3, 'Namespace default has no mapping defined for search attribute PhasewrightStatus'),
      /doctor/,
    ],
    ['Unexpected', grpc(3, 'bad page size'), /bad page size/],
    ['ProjectNotFound', new WorkflowNotFoundError('not found', 'project.shop', undefined), /project\.shop/],
    ['Unexpected', new Error('boom'), /Could not approve 'shop': boom/],
  ])('is %s when that happens', (code, thrown, message) => {
    const error = asPhasewrightError(thrown, context);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.cause).toBeDefined();
  });

  it('stays what it is, and takes over the code of our other rooms', () => {
    const own = new PhasewrightError('SlugTaken', 'taken');
    expect(asPhasewrightError(own, context)).toBe(own);
    expect(
      asPhasewrightError(Object.assign(new Error('none runs'), { code: 'NoServer' }), context),
    ).toMatchObject({ code: 'NoServer', message: 'none runs' });
  });
});
