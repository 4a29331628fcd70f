/**
 * No git on this machine may take for ever: what it reads can be a named pipe that an agent made, or a file system that doesn't
 * answer. What must stay true: after the limit the caller goes on, even if the process can't be killed.
 */
import { randomUUID } from 'node:crypto';
import { formatDuration } from '../../../domain/text/duration.ts';
import { PortError } from '../../support/errors.ts';
import { createProcessFamily } from '../../support/process-family.ts';
import { RUN_MARKER } from '../../support/process-table.ts';

/** What copies or reads a whole repository, of whatever size, has less than an activity has for everything. */
const wholeRepositoryMs = 25 * 60_000;
const wholeRepository: ReadonlySet<string> = new Set([
  'fetch',
  'push',
  'clone',
  'fsck',
  'verify-pack',
  'read-tree',
  'checkout',
]);
const localMs = 10 * 60_000;

export const defaultLimitMs = (verb: string): number =>
  wholeRepository.has(verb) ? wholeRepositoryMs : localMs;

/** For git to take its lock files away. */
const graceMs = 1_000;
const killedWithinMs = 5_000;

export interface TimeLimit {
  /** By this in their environment its processes are known, also those that git started. */
  readonly marker: Readonly<Record<string, string>>;
  /** The work's result, or `GitFailed` when its processes were ended because they took too long. `stop` asks git itself to end. */
  within<T>(work: Promise<T>, stop: AbortController): Promise<T>;
}

/** Undefined: as long as it takes. */
export function timeLimit(verb: string, ms: number | undefined): TimeLimit {
  if (ms === undefined) return { marker: {}, within: (work) => work };
  const runId = randomUUID();
  return {
    marker: { [RUN_MARKER]: runId },
    async within(work, stop) {
      let over = false;
      let timer: NodeJS.Timeout | undefined;
      const overdue = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          over = true;
          stop.abort();
          const family = createProcessFamily({ runId, root: undefined, groupIsOurs: false });
          void family.end({ graceMs, withinMs: killedWithinMs }).finally(resolve);
        }, ms);
      });
      try {
        const first = await Promise.race([work, overdue.then(() => undefined)]);
        if (!over) return first as Awaited<typeof work>;
      } catch (error) {
        if (!over) throw error;
      } finally {
        clearTimeout(timer);
      }
      await overdue;
      // Its processes are gone or can't be ended: what it still has to say interests nobody.
      void work.catch(() => undefined);
      throw new PortError(
        'GitFailed',
        `git ${verb} did not end within ${formatDuration(ms)} and was stopped. Something that it reads does not answer: a file system that hangs, or a named pipe among the files.`,
      );
    },
  };
}
