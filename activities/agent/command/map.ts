/** Between our job and a program: what it gets as environment, and what its end means. */
import type { AttemptKey } from '../../../domain/effects.ts';
import { formatDuration } from '../../../domain/duration.ts';
import { taskWorkflowId } from '../../../domain/ids.ts';
import { type Environment, cleanEnvironment, pickVariables } from '../../support/environment.ts';
import type { RunResult } from '../../support/process.ts';
import type { AgentJob, EngineRun } from '../port.ts';
import { exitText } from './errors.ts';

/** The id of the task's workflow, e.g. `project.shop.phase.1.task.2`. */
export const taskIdOf = ({ owner, phase, task }: AttemptKey): string =>
  owner.startsWith('task.') ? owner : taskWorkflowId(owner, phase, task);

/** The documented environment of every agent program; `more` are names that its engine passes besides the blueprint's. */
export function agentEnvironment(
  job: AgentJob,
  worker: Environment,
  more: readonly string[] = [],
): Record<string, string> {
  return cleanEnvironment(worker, {
    ...pickVariables(worker, [...more, ...job.blueprint.env]),
    ...job.blueprint.set,
    PHASEWRIGHT_TASK_ID: taskIdOf(job.key),
    PHASEWRIGHT_ROLE: job.role,
    PHASEWRIGHT_ATTEMPT: String(job.key.attempt),
    PHASEWRIGHT_RESULT_FILE: job.resultFile,
    PHASEWRIGHT_INBOX_DIR: job.inboxDir,
  });
}

/** A program that says nothing about itself: its exit code is all there is. */
export function toEngineRun(run: RunResult, timeoutMs: number): EngineRun {
  const ended = run.timedOut ? 'timed_out' : run.exitCode === 0 ? 'completed' : 'failed';
  return {
    ended,
    detail: run.timedOut ? `did not finish within ${formatDuration(timeoutMs)} and was ended` : exitText(run),
    summary: run.lastLine,
    tail: run.tail,
    usage: null,
    elapsedMs: run.elapsedMs,
  };
}
