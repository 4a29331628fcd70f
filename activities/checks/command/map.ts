/** From the end of a process to the end of a check. */
import type { RunResult } from '../../support/process.ts';
import type { CheckRun } from '../port.ts';
import { endText } from './errors.ts';

export const toCheckRun = (run: RunResult, timeoutMs: number): CheckRun => ({
  exitCode: run.exitCode,
  timedOut: run.timedOut,
  elapsedMs: run.elapsedMs,
  detail: endText(run, timeoutMs),
  tail: run.tail,
});
