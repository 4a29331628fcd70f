/** How the end of a program reads in a sentence that starts with its name. */
import type { RunResult } from '../../support/process.ts';
import type { EngineRun } from '../port.ts';

export function exitText(run: Pick<RunResult, 'exitCode' | 'signal' | 'lingered'>): string {
  if (run.lingered) return 'had answered, did not end and was ended';
  if (run.exitCode === 127) return 'ended with exit code 127 (the shell did not find the command)';
  if (run.exitCode === 126) return 'ended with exit code 126 (the command is not executable)';
  if (run.exitCode !== null) return `ended with exit code ${run.exitCode}`;
  return `was ended by ${run.signal ?? 'an unknown signal'}${run.signal === 'SIGKILL' ? ' (out of memory, perhaps)' : ''}`;
}

/** The program did not even start: a wrong name in agents.yaml, a missing folder. */
export const notStarted = (error: Error, elapsedMs: number): EngineRun => ({
  ended: 'failed',
  detail: `could not be started: ${error.message}. Check the blueprint in agents.yaml and the PATH of the worker`,
  summary: '',
  tail: '',
  usage: null,
  elapsedMs,
});
