/** What a program's end means. */
import { formatDuration } from '../../../domain/text/duration.ts';
import type { RunResult } from '../../support/process.ts';
import type { EngineRun } from '../port.ts';
import { exitText } from './errors.ts';

/** A program that says nothing about itself: its exit code is all there is. */
export function toEngineRun(run: RunResult, timeoutMs: number): EngineRun {
  const byItself = run.exitCode === 0 ? 'completed' : 'failed';
  const ended = run.timedOut ? 'timed_out' : run.lingered ? 'answered' : byItself;
  return {
    ended,
    detail: run.timedOut ? `did not finish within ${formatDuration(timeoutMs)} and was ended` : exitText(run),
    summary: run.lastLine,
    tail: run.tail,
    usage: null,
    elapsedMs: run.elapsedMs,
  };
}
