/**
 * The `command` engine: any program. It starts in the worktree with the prompt on standard input and a documented
 * environment, and writes its result to a file. README.md holds the contract.
 */
import type { CommandBlueprint } from '../../../domain/agents.ts';
import type { Environment } from '../../support/environment.ts';
import { ProcessStartError, type RunRequest, type RunResult, runProcess } from '../../support/process.ts';
import { createRedactor } from '../../support/redact.ts';
import { lastLineOf } from '../../support/output.ts';
import type { AgentJob, Beat, Engine } from '../port.ts';
import { notStarted } from './errors.ts';
import { agentEnvironment, toEngineRun } from './map.ts';

export interface CommandEngineDependencies {
  readonly dataDir: string;
  /** The worker's own; programs get a few named variables of it. */
  readonly environment: Environment;
}

export function createCommandEngine(dependencies: CommandEngineDependencies): Engine {
  return {
    async run(job, signal, beat) {
      const { command } = job.blueprint as CommandBlueprint;
      const begun = Date.now();
      try {
        const env = agentEnvironment(job, dependencies.environment);
        return toEngineRun(
          await runAgentProgram(dependencies, job, { command, env, signal, beat }),
          job.timeoutMs,
        );
      } catch (error) {
        if (error instanceof ProcessStartError) return notStarted(error, Date.now() - begun);
        throw error;
      }
    },
  };
}

/** What every engine that starts a program shares: worktree, prompt, log, limits, and secrets kept out of what is kept. */
export function runAgentProgram(
  { dataDir, environment }: CommandEngineDependencies,
  job: AgentJob,
  program: {
    readonly command: RunRequest['command'];
    readonly env: Record<string, string>;
    readonly signal: AbortSignal;
    readonly beat: Beat;
    readonly stdin?: string;
    readonly timeoutMs?: number;
    readonly onOutput?: NonNullable<RunRequest['onOutput']>;
  },
): Promise<RunResult> {
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
    onOutput(chunk, from) {
      program.beat(lastLineOf(chunk.toString('utf8', Math.max(0, chunk.length - 400))).slice(0, 200));
      program.onOutput?.(chunk, from);
    },
  });
}
