import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { bootId, readEntry } from '../../activities/support/process-table.ts';
import { withFileLock } from '../../temporal/file-lock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const newLock = (): string => join(temporaryFolder(), 'a', 'lock');

it('lets one in at a time and tells the others who is inside', async () => {
  const lock = newLock();
  let inside = 0;
  let most = 0;
  const waitedFor: number[] = [];

  await Promise.all(
    Array.from({ length: 5 }, () =>
      withFileLock(
        lock,
        async () => {
          inside += 1;
          most = Math.max(most, inside);
          await sleep(20);
          inside -= 1;
        },
        { onWait: (pid) => waitedFor.push(pid) },
      ),
    ),
  );

  expect(most).toBe(1);
  expect(waitedFor).toEqual([process.pid, process.pid, process.pid, process.pid]);
  expect(existsSync(lock)).toBe(false);
});

it.each([
  ['of a process that is gone', () => ({ pid: process.pid, startedAt: 'long ago', boot: bootId() })],
  [
    'of an earlier boot',
    () => ({ pid: process.pid, startedAt: readEntry(process.pid)?.startedAt, boot: 'earlier' }),
  ],
])('takes over the lock %s', async (_what, holder) => {
  const lock = newLock();
  mkdirSync(join(lock, '..'), { recursive: true });
  writeFileSync(lock, JSON.stringify(holder()));

  expect(await withFileLock(lock, async () => 'got it', { timeoutMs: 2_000 })).toBe('got it');
});

it('gives up after the time-out and names the holder', async () => {
  const lock = newLock();

  await withFileLock(lock, async () => {
    await expect(withFileLock(lock, async () => 'never', { timeoutMs: 50 })).rejects.toThrow(
      `Process ${process.pid} has held ${lock} for too long`,
    );
  });
});

it('is free again after the work failed', async () => {
  const lock = newLock();

  await expect(withFileLock(lock, () => Promise.reject(new Error('no luck')))).rejects.toThrow('no luck');
  expect(await withFileLock(lock, async () => 'next', { timeoutMs: 50 })).toBe('next');
});
