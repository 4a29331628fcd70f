/** What goes wrong while recorded edits are played. */
import type { Usage } from '../../../domain/model/agent-result.ts';
import type { AgentJob, EngineRun } from '../port.ts';
import { describeEntry, describeWanted } from './map.ts';
import type { ScriptEntry } from './script.schema.ts';

/** A recording uses no model: that is known. */
export const costsNothing: Usage = { inputTokens: 0, outputTokens: 0, costUsd: 0 };

/** An action of the script did not work: the recording doesn't fit the worktree. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

export function noEntry(job: AgentJob, files: readonly string[], entries: readonly ScriptEntry[]): EngineRun {
  const known = entries.slice(0, 20).map((entry) => `  ${describeEntry(entry)}`);
  const more = entries.length > known.length ? [`  … and ${entries.length - known.length} more`] : [];
  return failedRun(
    `has no recorded entry for ${describeWanted(job)} in ${files.join(', ')}`,
    ['Recorded are:', ...known, ...more].join('\n'),
    0,
  );
}

export const failedRun = (detail: string, tail: string, elapsedMs: number): EngineRun => ({
  ended: 'failed',
  detail,
  summary: '',
  tail,
  usage: costsNothing,
  elapsedMs,
});
