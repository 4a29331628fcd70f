/** Reads what a host holds, for people and for retries: artifacts and diffs, cut to what an answer may hold. Changes nothing. */
import type { InspectionActivities } from './contract.ts';
import type { Git } from '../git/port.ts';
import { defineActivity } from '../support/define-activity.ts';
import type { Artifacts } from './port.ts';

/** An answer travels through history, where payloads end at 2 MiB; JSON may need more than a byte per byte. */
const mostBytes = 512 * 1024;
const mostIds = 2_000;

export interface InspectionOptions {
  readonly artifacts: Artifacts;
  readonly git: Pick<Git, 'diff'>;
}

export function createInspectionActivities({ artifacts, git }: InspectionOptions): InspectionActivities {
  const capped = (maxBytes: number) => Math.max(0, Math.min(mostBytes, maxBytes));
  return {
    /** Safe to repeat: only reads. */
    readArtifact: defineActivity(
      'readArtifact',
      async ({ artifact, maxBytes }) => (await artifacts.read(artifact, capped(maxBytes))) ?? null,
    ),

    /** Safe to repeat: only reads. */
    listArtifacts: defineActivity('listArtifacts', async ({ prefix }) =>
      (await artifacts.list(prefix)).slice(0, mostIds),
    ),

    /** Safe to repeat: only reads. */
    findAttempts: defineActivity('findAttempts', async ({ owner, phase }) => {
      const attempts: Record<number, number> = {};
      for (const task of numbers(await artifacts.folders(`${owner}/${phase}`)))
        attempts[task] = Math.max(0, ...numbers(await artifacts.folders(`${owner}/${phase}/${task}`)));
      return { attempts };
    }),

    /** Safe to repeat: only reads. */
    diff: defineActivity('diff', ({ workspace, from, to, maxBytes }) =>
      git.diff(workspace.repository, from, to, capped(maxBytes)),
    ),
  };
}

const numbers = (names: readonly string[]): readonly number[] =>
  names.filter((name) => /^\d{1,9}$/.test(name)).map(Number);
