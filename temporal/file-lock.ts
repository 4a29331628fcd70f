/**
 * One process at a time: a lock file that names its holder. A holder that died (or whose machine restarted) holds
 * nothing. What must stay true: of several waiting processes at most one gets it.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootId, isAlive, readEntry } from '../activities/support/process-table.ts';

interface Holder {
  readonly pid: number;
  readonly startedAt: string;
  readonly boot: string;
}

export interface LockOptions {
  /** Called once when another process holds the lock. */
  readonly onWait?: (pid: number) => void;
  /** Default 15 minutes; then an error names the holder. */
  readonly timeoutMs?: number;
}

const pollMs = 150;
/** Longer than anyone needs to look at a lock file and remove it. */
const stealSeconds = 10;

/** Runs `work` while holding the lock. */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const deadline = Date.now() + (options.timeoutMs ?? 15 * 60_000);
  for (let told = false; !tryCreate(path); ) {
    const holder = readHolder(path);
    if (holder === undefined || !isHeld(holder)) {
      removeStale(path);
      await sleep(10);
      continue;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `Process ${holder.pid} has held ${path} for too long. If it hangs, end it (kill ${holder.pid}) and try again.`,
      );
    }
    if (!told) options.onWait?.(holder.pid);
    told = true;
    await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Through a link, so that the file is never seen without its content. */
function tryCreate(path: string): boolean {
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  const startedAt = readEntry(process.pid)?.startedAt ?? 'unknown';
  writeFileSync(draft, JSON.stringify({ pid: process.pid, startedAt, boot: bootId() } satisfies Holder), {
    mode: 0o600,
  });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

const isHeld = (holder: Holder): boolean => holder.boot === bootId() && isAlive(holder);

/** Undefined when the lock is free by now, or holds something that isn't ours. */
function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Under a second lock: whoever removes a dead holder's file must not remove the file of the one that came after it. */
function removeStale(path: string): void {
  const guard = `${path}.steal`;
  try {
    writeFileSync(guard, '', { flag: 'wx' });
  } catch {
    const since = ageSeconds(guard);
    if (since !== undefined && since > stealSeconds) rmSync(guard, { force: true });
    return;
  }
  try {
    const holder = readHolder(path);
    if (holder === undefined || !isHeld(holder)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function ageSeconds(path: string): number | undefined {
  try {
    return (Date.now() - statSync(path).mtimeMs) / 1000;
  } catch {
    return undefined;
  }
}
