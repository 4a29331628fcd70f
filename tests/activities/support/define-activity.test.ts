/** What every activity has from `defineActivity`: heartbeats, fault points, the signal, elapsed time, failures. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { currentSignal } from '../../../activities/support/current-run.ts';
import {
  type ActivityRun,
  defineActivity,
  withElapsed,
} from '../../../activities/support/define-activity.ts';
import { PortError } from '../../../activities/support/errors.ts';
import { armFaults } from '../../../activities/support/fault-points.ts';

afterEach(() => armFaults(''));

type Activity = (request: null) => Promise<unknown>;
const define = (body: (run: ActivityRun) => Promise<unknown>): Activity =>
  defineActivity<null, unknown>('sample', (_request, run) => body(run));
const inTry = (activity: Activity, attempt = 1, context = new MockActivityEnvironment({ attempt })) =>
  context.run<[null], unknown, Activity>(activity, null);

async function failureOf(attempt: number, error: Error, activityId = 'one'): Promise<ApplicationFailure> {
  const failing = inTry(
    define(() => Promise.reject(error)),
    attempt,
    new MockActivityEnvironment({ attempt, activityId }),
  );
  return failing.then(
    () => Promise.reject(new Error('It did not fail.')),
    (failure: unknown) => {
      if (failure instanceof ApplicationFailure) return failure;
      throw failure;
    },
  );
}

describe('fault points', () => {
  it.each(['before', 'result'])('passes `%s` once per try', async (point) => {
    armFaults(`sample:${point}@2=throw`);
    const activity = define(() => Promise.resolve('done'));
    expect(await inTry(activity)).toBe('done');
    await expect(inTry(activity, 2)).rejects.toThrow('Fault injected');
    expect(await inTry(activity, 3)).toBe('done');
  });

  it('fails the try at a fault in the midst of a heartbeat, and ends its work', async () => {
    armFaults('sample:heartbeat=throw');
    let ended = false;
    const waiting = define(async ({ signal }) => {
      await sleep(60_000, undefined, { signal }).catch(() => undefined);
      ended = true;
    });
    await expect(inTry(waiting)).rejects.toThrow('Fault injected at sample:heartbeat');
    expect(ended).toBe(true);
  });
});

describe('heartbeats', () => {
  it('come while the body waits for anything, with what it says', async () => {
    const context = new MockActivityEnvironment();
    const told: unknown[] = [];
    let beaten: () => void = () => undefined;
    const beat = new Promise<void>((resolve) => {
      beaten = resolve;
    });
    context.on('heartbeat', (detail: unknown) => {
      told.push(detail);
      beaten();
    });
    await inTry(
      define(async ({ say }) => {
        say('waiting for a lock');
        await beat;
      }),
      1,
      context,
    );
    expect(told).toEqual(['waiting for a lock']);
  });
});

describe('cancellation', () => {
  it('aborts the signal, which code deep below reads without being handed it', async () => {
    const context = new MockActivityEnvironment();
    const waiting = define(async () => {
      setTimeout(() => context.cancel(), 50);
      await sleep(60_000, undefined, { signal: currentSignal() });
    });
    await expect(inTry(waiting, 1, context)).rejects.toThrow(CancelledFailure);
    expect(currentSignal()).toBeUndefined();
  });

  it('takes away no result that the body stands for', async () => {
    const context = new MockActivityEnvironment();
    const pushes = define(async ({ signal }) => {
      context.cancel();
      return signal.aborted ? 'pushed' : 'not cancelled';
    });
    expect(await inTry(pushes, 1, context)).toBe('pushed');
  });
});

describe('failures', () => {
  const inARow = async (...errors: readonly Error[]): Promise<readonly boolean[]> => {
    const activityId = `of ${String(errors[0]?.message)} ${errors.length}`;
    const ends: boolean[] = [];
    for (const [index, error] of errors.entries())
      ends.push((await failureOf(index + 1, error, activityId)).nonRetryable === true);
    return ends;
  };
  const odd = new Error('odd');
  const broken = new PortError('GitFailed', 'git merge-tree failed: it said nothing.');
  const away = new PortError('GitUnavailable', 'away.');

  it.each([[odd], [new PortError('Unexpected', 'odd too.')], [broken]])(
    'are retried five times and no more, when they are nothing that passes by itself: %s',
    async (error) => {
      expect(await inARow(error, error, error, error, error)).toEqual([false, false, false, false, true]);
    },
  );

  it('count from one again after a failure of another kind, however many tries there were', async () => {
    expect(await inARow(odd, odd, odd, odd, away, odd, broken, odd, odd, odd, odd, odd)).toEqual([
      ...Array.from({ length: 11 }, () => false),
      true,
    ]);
  });

  it('are counted for each activity by itself', async () => {
    await inARow(odd, odd, odd);
    const failure = await failureOf(9, odd, 'another one');
    expect(failure).toMatchObject({ type: 'Unexpected', message: 'odd', nonRetryable: false });
  });

  it('go on being retried when they pass by themselves', async () => {
    expect(await failureOf(50, new PortError('GitUnavailable', 'away.'))).toMatchObject({
      type: 'GitUnavailable',
      nonRetryable: false,
    });
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    expect(await failureOf(50, full)).toMatchObject({ type: 'NoSpace', nonRetryable: false });
  });
});

it('says how long a timed one took', async () => {
  const timed = defineActivity<null, { kind: string; elapsedMs: number }>(
    'sample',
    withElapsed(async () => {
      await sleep(30);
      return { kind: 'done' };
    }),
  );
  const { kind, elapsedMs } = await timed(null);
  expect(kind).toBe('done');
  expect(elapsedMs).toBeGreaterThanOrEqual(25);
});
