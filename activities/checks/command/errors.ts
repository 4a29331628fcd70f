/** How the end of a check reads in a sentence that starts with its command. */
import { formatDuration } from '../../../domain/text/duration.ts';
import type { RunResult } from '../../support/process.ts';

export function endText(run: RunResult, timeoutMs: number): string {
  if (run.timedOut) return `did not finish within ${formatDuration(timeoutMs)} and was ended`;
  if (run.exitCode === 127) return 'ended with exit code 127 (the shell did not find a command)';
  if (run.exitCode !== null) return `ended with exit code ${run.exitCode}`;
  return `was ended by ${run.signal ?? 'an unknown signal'}`;
}
