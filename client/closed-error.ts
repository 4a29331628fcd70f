/** The error for a project that has ended: with how it ended. */
import type { ProjectOutcome, TaskOutcome } from '../domain/progress/outcomes.ts';
import { PhasewrightError } from './errors.ts';
import type { ProjectRecord } from './records.ts';
import type { ClientContext } from './context.ts';
import { endSentence } from '../domain/text/sentence.ts';
import { outcomeOf } from './status.ts';

export async function closedError(context: ClientContext, record: ProjectRecord): Promise<PhasewrightError> {
  return new PhasewrightError(
    'ProjectClosed',
    `${label(record)} ended ${ending(record)}: ${await howItEnded(context, record)}`,
  );
}

export const label = ({ kind, slug }: Pick<ProjectRecord, 'kind' | 'slug'>): string =>
  `${kind === 'project' ? 'Project' : 'Task'} '${slug}'`;

const ending = ({ endedAt }: ProjectRecord): string =>
  endedAt === null ? 'already' : `at ${endedAt.toISOString()}`;

/** One sentence. */
export async function howItEnded(context: ClientContext, record: ProjectRecord): Promise<string> {
  if (record.execution === 'CANCELLED') return 'it was cancelled.';
  if (record.execution === 'TERMINATED') return 'it was terminated from outside.';
  try {
    const outcome = await outcomeOf<ProjectOutcome | TaskOutcome>(context, record);
    if ('mergedSha' in outcome) {
      const where =
        outcome.mergedSha === null
          ? ''
          : `, merged into ${outcome.baseBranch} as ${outcome.mergedSha.slice(0, 10)}`;
      return `${outcome.status}${where}.`;
    }
    return `${outcome.status}: ${endSentence(outcome.message)}`;
  } catch (error) {
    return error instanceof PhasewrightError
      ? `${error.code}: ${endSentence(error.message)}`
      : `${record.execution.toLowerCase()}.`;
  }
}
