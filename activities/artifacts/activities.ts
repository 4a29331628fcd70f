/** Reads what a host holds, for people: artifacts and diffs, cut to what an answer may hold. Changes nothing. */
import type { InspectionActivities } from './contract.ts';
import type { Git } from '../git/port.ts';
import { surfaceErrors } from '../support/errors.ts';
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
    readArtifact: ({ artifact, maxBytes }) =>
      surfaceErrors(async () => (await artifacts.read(artifact, capped(maxBytes))) ?? null),

    /** Safe to repeat: only reads. */
    listArtifacts: ({ prefix }) =>
      surfaceErrors(async () => (await artifacts.list(prefix)).slice(0, mostIds)),

    /** Safe to repeat: only reads. */
    diff: ({ workspace, from, to, maxBytes }) =>
      surfaceErrors(() => git.diff(workspace.repository, from, to, capped(maxBytes))),
  };
}
