/**
 * Who would answer: the workers that poll the shared queue. The server remembers a poller for minutes after it died, so one
 * of this machine counts only while its process lives, and any counts only while it was seen lately.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { epochMs } from './timestamp.ts';

export interface Poller {
  /** `<pid>@<host>` unless the worker was given another one. */
  readonly identity: string;
  /** Epoch milliseconds. */
  readonly seenAt: number;
}

/** A long poll lasts a minute: an idle worker is seen at least that often. */
const SEEN_LATELY_MS = 90_000;
const QUEUE_TYPES = { workflows: 1, activities: 2 } as const;

export async function findPollers(
  client: Client,
  taskQueue: string,
  of: keyof typeof QUEUE_TYPES = 'workflows',
): Promise<readonly Poller[]> {
  const { namespace } = client.options;
  const answer = await client.connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: QUEUE_TYPES[of],
  });
  return (answer.pollers ?? []).map(({ identity, lastAccessTime }) => ({
    identity: identity ?? '',
    seenAt: epochMs(lastAccessTime),
  }));
}

/** Those that may be alive. `isAlive` says whether a process of this machine runs. */
export function livePollers(
  pollers: readonly Poller[],
  {
    now,
    host = hostname(),
    isAlive = processLives,
  }: { readonly now: number; readonly host?: string; readonly isAlive?: (pid: number) => boolean },
): readonly Poller[] {
  return pollers.filter(({ identity, seenAt }) => {
    if (now - seenAt > SEEN_LATELY_MS) return false;
    const [, pid, at] = /^(\d+)@(.+)$/.exec(identity) ?? [];
    return pid === undefined || at !== host || isAlive(Number(pid));
  });
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Dead, only not yet collected by its parent. Elsewhere than on Linux it counts as alive. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
