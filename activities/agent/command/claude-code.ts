/**
 * The `claude-code` preset: Claude Code's command line, run once without a terminal. Its JSON output says how it ended
 * (`is_error` and `subtype`; the exit code is not enough) and what it cost; the answer comes through the result file,
 * or else through its structured output, where this version of it has that. A judge's decision is never read from prose.
 */
import { dirname } from 'node:path';
import type { ClaudeCodeBlueprint } from '../../../domain/agents/blueprints.ts';
import { cleanEnvironment } from '../../support/environment.ts';
import { TailBuffer } from '../../support/output.ts';
import { runProcess } from '../../support/process.ts';
import { ProcessStartError } from '../../support/start-program.ts';
import type { AgentJob, Engine } from '../port.ts';
import { agentEnvironment, type ProgramDependencies, runAgentProgram } from '../program.ts';
import { answerInstructions, answerJsonSchema } from './answer-format.ts';
import { hasResult, readClaudeOutput } from './claude-output.ts';
import { notStarted } from './errors.ts';
import { toEngineRun } from './map.ts';

/** How it authenticates, besides the login under HOME. */
const credentials = ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN'];
/** Its one JSON object, the answer's text included. */
const maxOutputBytes = 2 * 1024 * 1024;
/** It prints nothing until its end, and says what it cost only then; a turn of it takes a while. */
const silenceMs = 120_000;

export function createClaudeCodeEngine(dependencies: ProgramDependencies): Engine {
  const features = new Map<string, boolean>();

  /** Asked once per program: older versions have no `--json-schema`. */
  async function knowsJsonSchema(program: string): Promise<boolean> {
    const known = features.get(program) ?? (await helpNamesJsonSchema(program, dependencies));
    if (known !== undefined) features.set(program, known);
    return known ?? false;
  }

  return {
    async run(job, signal, beat) {
      const blueprint = job.blueprint as ClaudeCodeBlueprint;
      const begun = Date.now();
      const stdout = new TailBuffer(maxOutputBytes);
      try {
        const withSchema = await knowsJsonSchema(blueprint.program);
        const run = await runAgentProgram(dependencies, job, {
          command: [blueprint.program, ...claudeArguments(job, blueprint, withSchema)],
          env: agentEnvironment(job, dependencies.environment, credentials),
          signal,
          beat,
          timeoutMs: Math.max(1, job.timeoutMs - (Date.now() - begun)),
          printed: () => hasResult(stdout.text()),
          silenceMs,
          onOutput: (chunk, from) => {
            if (from === 'stdout') stdout.push(chunk);
          },
        });
        const ended = toEngineRun(run, job.timeoutMs);
        return run.cancelled ? ended : readClaudeOutput(stdout.text(), ended);
      } catch (error) {
        if (error instanceof ProcessStartError) return notStarted(error, Date.now() - begun);
        throw error;
      }
    },
  };
}

/** Lists of tools may take several words, so another option always follows them. */
export function claudeArguments(
  job: AgentJob,
  blueprint: ClaudeCodeBlueprint,
  withSchema: boolean,
): readonly string[] {
  const { tools, model, maxTurns } = blueprint;
  return [
    '-p',
    ...(tools.allow.length === 0 ? [] : ['--allowedTools', ...tools.allow]),
    ...(tools.deny.length === 0 ? [] : ['--disallowedTools', ...tools.deny]),
    // Outside the worktree: its result file and its inbox.
    '--add-dir',
    dirname(job.resultFile),
    ...(model === null ? [] : ['--model', model]),
    ...(maxTurns === null ? [] : ['--max-turns', String(maxTurns)]),
    ...(withSchema ? ['--json-schema', JSON.stringify(answerJsonSchema(job.role))] : []),
    '--append-system-prompt',
    answerInstructions(job),
    '--permission-mode',
    blueprint.permissionMode,
    '--output-format',
    'json',
  ];
}

/** Undefined: it gave no answer this time. */
async function helpNamesJsonSchema(
  program: string,
  { dataDir, environment }: ProgramDependencies,
): Promise<boolean | undefined> {
  const help = await runProcess({
    command: [program, '--help'],
    cwd: '/',
    env: cleanEnvironment(environment),
    timeoutMs: 3_000,
    graceMs: 500,
    dataDir,
  });
  return help.exitCode === 0 ? help.tail.includes('--json-schema') : undefined;
}
