/** Which recorded entry answers a job. Pure. */
import type { AgentJob } from '../port.ts';
import type { ScriptEntry } from './script.schema.ts';

type Wanted = Pick<AgentJob, 'role' | 'key' | 'task' | 'turn' | 'prompt'>;

/** The first entry that fits, in the order of the files; a selector that is left out fits anything. */
export const findEntry = (entries: readonly ScriptEntry[], job: Wanted): ScriptEntry | undefined =>
  entries.find(
    (entry) =>
      entry.role === job.role &&
      fits(entry.phase, job.key.phase) &&
      fits(entry.task, job.task.number) &&
      fits(entry.attempt, job.key.attempt) &&
      fits(entry.turn, job.turn) &&
      (entry.when === undefined || job.prompt.includes(entry.when.feedback_contains)),
  );

const fits = (wanted: number | undefined, actual: number): boolean =>
  wanted === undefined || wanted === actual;

export const describeWanted = ({ role, key, task, turn }: Wanted): string =>
  `role ${role}, phase ${key.phase}, task ${task.number}, attempt ${key.attempt}, turn ${turn}`;

/** What an entry answers to, for the message that none did. */
export function describeEntry(entry: ScriptEntry): string {
  const selectors = (['phase', 'task', 'attempt', 'turn'] as const).flatMap((name) =>
    entry[name] === undefined ? [] : [`${name} ${entry[name]}`],
  );
  const when = entry.when === undefined ? [] : [`feedback containing '${entry.when.feedback_contains}'`];
  return [entry.role, ...selectors, ...when].join(' · ');
}
