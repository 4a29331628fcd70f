/** What becomes of an activity's error, as the end of work that people read. */
import { describe, expect, it } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { stopFor } from '../../workflows/flow/step.ts';
import { plainly } from '../../workflows/support/failures.ts';

const failed = (cause: Error, retryState: RetryState = RetryState.NON_RETRYABLE_FAILURE) =>
  new ActivityFailure('Activity task failed', 'createBranch', '1', retryState, 'worker', cause);
const unexpected = failed(ApplicationFailure.nonRetryable('no such key', 'Unexpected'));

describe('the end of work', () => {
  it.each([
    ['what nobody foresaw', unexpected, 'unexpected', 'Unexpected: no such key (in createBranch).'],
    [
      'a command of git',
      failed(ApplicationFailure.nonRetryable('git push failed: no.', 'GitFailed')),
      'git_failed',
      'GitFailed: git push failed: no. (in createBranch).',
    ],
    [
      'what took too long again and again',
      failed(tookTooLong(), RetryState.TIMEOUT),
      'unexpected',
      'No answer in time (SCHEDULE_TO_CLOSE) (in createBranch).',
    ],
  ])('by %s says that it was tried again, and what to do', (_what, error, reason, words) => {
    expect(stopFor(error)).toEqual({
      kind: 'stop',
      reason,
      detail: `${words} It was tried several times and then given up: put right what it names, then 'phasewright retry'; or 'phasewright cancel'.`,
    });
  });

  it('by what is never tried again says what it says', () => {
    const taken = failed(ApplicationFailure.nonRetryable('Name another one.', 'BranchConflict'));
    expect(stopFor(taken)).toMatchObject({
      reason: 'branch_conflict',
      detail: 'BranchConflict: Name another one. (in createBranch)',
    });
  });

  it('of a plan keeps its code and its words', async () => {
    const refused = failed(ApplicationFailure.nonRetryable('There is no such branch.', 'BaseNotFound'));
    await expect(plainly(Promise.reject(refused))).rejects.toMatchObject({
      type: 'BaseNotFound',
      message: 'There is no such branch.',
    });
    await expect(plainly(Promise.reject(unexpected))).rejects.toMatchObject({
      type: 'Unexpected',
      message: 'no such key. It was tried several times and then given up.',
    });
  });
});

function tookTooLong(): TimeoutFailure {
  return new TimeoutFailure('activity ScheduleToClose timeout', undefined, 'SCHEDULE_TO_CLOSE');
}
