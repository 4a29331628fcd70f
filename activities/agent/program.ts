/** What every engine that starts a program shares: the documented environment, worktree, prompt, log, limits, and secrets kept out. */
import type { AttemptKey } from '../../domain/model/git.ts';
import { taskWorkflowId } from '../../domain/names/workflow-ids.ts';
import { type Environment, pickVariables, workEnvironment } from '../support/environment.ts';
import { lastLineOf } from '../support/output.ts';
import { type RunRequest, type RunResult, runProcess } from '../support/process.ts';
import { createRedactor } from '../support/redact.ts';
import type { AgentJob, Beat } from './port.ts';

export interface ProgramDependencies {
  readonly dataDir: string;
  /** The worker's own; programs get a few named variables of it. */
  readonly environment: Environment;
}

/** What has said its last word needs no time but to end. */
const printedGraceMs = 5_000;
const silenceMs = 15_000;

/** The id of the task's workflow, e.g. `project.shop.phase.1.task.2`. */
export const taskIdOf = ({ owner, phase, task }: AttemptKey): string =>
  owner.startsWith('task.') ? owner : taskWorkflowId(owner, phase, task);

/** The documented environment of every agent program; `more` are names that its engine passes besides the blueprint's. */
export function agentEnvironment(
  job: AgentJob,
  worker: Environment,
  more: readonly string[] = [],
): Record<string, string> {
  return workEnvironment(worker, {
    ...pickVariables(worker, [...more, ...job.blueprint.env]),
    ...job.blueprint.set,
    PHASEWRIGHT_TASK_ID: taskIdOf(job.key),
    PHASEWRIGHT_ROLE: job.role,
    PHASEWRIGHT_ATTEMPT: String(job.key.attempt),
    PHASEWRIGHT_RESULT_FILE: job.resultFile,
    PHASEWRIGHT_INBOX_DIR: job.inboxDir ?? undefined,
  });
}

/** Runs it in the worktree with the prompt on standard input. */
export function runAgentProgram(
  { dataDir, environment }: ProgramDependencies,
  job: AgentJob,
  program: {
    readonly command: RunRequest['command'];
    readonly env: Record<string, string>;
    readonly signal: AbortSignal;
    readonly beat: Beat;
    readonly stdin?: string;
    readonly timeoutMs?: number;
    /** It has printed all that it will say, and only has to end. */
    readonly printed?: () => boolean;
    /** How long it may be silent once its result file is complete. */
    readonly silenceMs?: number;
    readonly onOutput?: NonNullable<RunRequest['onOutput']>;
  },
): Promise<RunResult> {
  let printedBytes = 0;
  return runProcess({
    command: program.command,
    cwd: job.worktree,
    env: program.env,
    stdin: program.stdin ?? job.prompt,
    timeoutMs: program.timeoutMs ?? job.timeoutMs,
    signal: program.signal,
    logPath: job.logFile,
    logCapBytes: job.blueprint.limits.logBytes,
    dataDir,
    scope: job.worktree,
    // The worker's own secrets as well: an agent may find them some other way, and must not carry them into a log.
    redactor: createRedactor({ ...environment, ...program.env }),
    async fulfilled() {
      if (program.printed?.() === true) return { state: 'printed', graceMs: printedGraceMs };
      const answer = await job.answered();
      if (answer === undefined) return undefined;
      return { state: `${printedBytes} ${answer}`, graceMs: program.silenceMs ?? silenceMs };
    },
    onOutput(chunk, from) {
      printedBytes += chunk.length;
      program.beat(lastLineOf(chunk.toString('utf8', Math.max(0, chunk.length - 400))).slice(0, 200));
      program.onOutput?.(chunk, from);
    },
  });
}
