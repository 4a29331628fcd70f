/**
 * A lock between the processes of one host, as files in a folder: `lock.<n>`, of which the highest counts. It is held while
 * it names a living process (pid and start time, within this boot) and free otherwise, so nothing has to be cleaned up after
 * a crash and nobody ever removes a lock that another process may have just taken: taking means making the next
 * number, which only one can, and then being the highest.
 */
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFile, isErrno, isSyntaxError, replaceFile } from './atomic-file.ts';
import { currentSignal } from './current-run.ts';
import { readRegular } from './hostile-file.ts';
import { PortError } from './port-error.ts';
import { identityOf } from './process-records.ts';
import { bootId, isAlive } from './process-table.ts';
import { inTurn } from './turns.ts';

interface Holder {
  readonly pid: number;
  readonly startedAt: string;
  readonly boot: string;
}

/** Reading a folder may miss what comes and goes meanwhile; a few earlier numbers stay, so that the highest is never missed. */
const kept = 8;

/**
 * Runs `body` while nothing else, here or in another process, runs one for this folder. Gives up after `waitMs` with an error that
 * names the holder; `onWait` is called once with its pid before that. Whoever is cancelled while waiting leaves at once.
 */
export async function withFileLock<T>(
  folder: string,
  body: () => Promise<T>,
  { waitMs = 30_000, onWait }: { readonly waitMs?: number; readonly onWait?: (pid: number) => void } = {},
): Promise<T> {
  // In this process by turns: it competes with others only once at a time.
  return inTurn(folder, async () => {
    const path = await take(folder, waitMs, onWait);
    try {
      return await body();
    } finally {
      // Kept as the highest number, but nobody's: see `take`.
      await replaceFile(path, '{}', { durable: false });
    }
  });
}

async function take(folder: string, waitMs: number, onWait?: (pid: number) => void): Promise<string> {
  const deadline = performance.now() + waitMs;
  const signal = currentSignal();
  let told = false;
  for (let pause = 2; ; pause = Math.min(50, pause * 2)) {
    const highest = Math.max(0, ...(await numbers(folder)));
    const holder = await readHolder(join(folder, `lock.${highest}`));
    if (holder === undefined) {
      const path = join(folder, `lock.${highest + 1}`);
      if (await createFile(path, JSON.stringify(ourselves()), { durable: false })) {
        const all = await numbers(folder);
        if (Math.max(...all) === highest + 1) {
          const old = all.filter((number) => number <= highest - kept);
          await Promise.all(old.map((number) => rm(join(folder, `lock.${number}`), { force: true })));
          return path;
        }
        // We had looked before others took and gave back higher numbers.
        await rm(path, { force: true });
      }
    } else if (performance.now() > deadline) {
      throw new PortError(
        'Unexpected',
        `Waited ${waitMs} ms for the lock in ${folder}, which process ${holder.pid} holds. If it hangs, end it; then this goes on by itself.`,
      );
    } else if (!told) {
      told = true;
      onWait?.(holder.pid);
    }
    await sleep(pause * (0.5 + Math.random()), undefined, { signal });
  }
}

async function numbers(folder: string): Promise<readonly number[]> {
  try {
    const names = await readdir(folder);
    return names.flatMap((name) => {
      const match = /^lock\.(\d{1,15})$/.exec(name);
      return match === null ? [] : [Number(match[1])];
    });
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Undefined: free, given back, or left by a process that is gone. */
async function readHolder(path: string): Promise<Holder | undefined> {
  const file = await readRegular(dirname(path), basename(path), { maxBytes: 4_096 });
  // What is none of ours is held by nobody: the next number stands above it.
  if (file.kind !== 'read') return undefined;
  let holder: Partial<Holder>;
  try {
    holder = JSON.parse(file.bytes.toString('utf8')) as Partial<Holder>;
  } catch (error) {
    // Cut off by a power loss: then whoever held it is gone as well.
    if (isSyntaxError(error)) return undefined;
    throw error;
  }
  const { pid, startedAt, boot } = holder;
  if (pid === undefined || startedAt === undefined || boot !== bootId()) return undefined;
  return isAlive({ pid, startedAt }) ? { pid, startedAt, boot } : undefined;
}

let self: Holder | undefined;
const ourselves = (): Holder => (self ??= { ...identityOf(process.pid), boot: bootId() });
