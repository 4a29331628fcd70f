/** The error for a project that has ended: with how it ended. */
import type { ProjectOutcome, TaskOutcome } from '../domain/progress/outcomes.ts';
import { PhasewrightError } from './errors.ts';
import type { Known } from './known.ts';
import type { Room } from './room.ts';
import { outcomeOf } from './status.ts';

export async function closedError(room: Room, known: Known): Promise<PhasewrightError> {
  return new PhasewrightError(
    'ProjectClosed',
    `${label(known)} ended ${ending(known)}: ${await howItEnded(room, known)}`,
  );
}

export const label = ({ kind, slug }: Pick<Known, 'kind' | 'slug'>): string =>
  `${kind === 'project' ? 'Project' : 'Task'} '${slug}'`;

const ending = ({ endedAt }: Known): string => (endedAt === null ? 'already' : `at ${endedAt.toISOString()}`);

/** One sentence. */
export async function howItEnded(room: Room, known: Known): Promise<string> {
  if (known.execution === 'CANCELLED') return 'it was cancelled.';
  if (known.execution === 'TERMINATED') return 'it was terminated from outside.';
  try {
    const outcome = await outcomeOf<ProjectOutcome | TaskOutcome>(room, known);
    if ('mergedSha' in outcome) {
      const where =
        outcome.mergedSha === null
          ? ''
          : `, merged into ${outcome.baseBranch} as ${outcome.mergedSha.slice(0, 10)}`;
      return `${outcome.status}${where}.`;
    }
    return `${outcome.status}: ${outcome.message}`;
  } catch (error) {
    return error instanceof PhasewrightError
      ? `${error.code}: ${error.message}`
      : `${known.execution.toLowerCase()}.`;
  }
}
