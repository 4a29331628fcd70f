/**
 * The `script` engine: plays recorded edits, for demos and tests. It behaves like an agent program in every way that
 * counts: works in the worktree, prints to the log, takes its time, writes the result file, fails, hangs, can be ended.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { ScriptBlueprint } from '../../../domain/agents/blueprints.ts';
import { formatDuration } from '../../../domain/text/duration.ts';
import { problemLine, problemsText } from '../../../domain/yaml/problem.ts';
import { PortError } from '../../support/errors.ts';
import { placeFile, spoolFolder } from '../../support/hostile-folder.ts';
import { TailBuffer, openLog } from '../../support/output.ts';
import type { AgentJob, Beat, Engine, EngineRun } from '../port.ts';
import { agentEnvironment, type ProgramDependencies, runAgentProgram } from '../program.ts';
import { costsNothing, ScriptError, failedRun, noEntry } from './errors.ts';
import { findEntry } from './map.ts';
import { play } from './play.ts';
import { type ScriptEntry, parseScript } from './script.schema.ts';

export interface ScriptFiles {
  readonly entries: readonly ScriptEntry[];
  /** Of the first file that sets one. */
  readonly paceMs: number | null;
}

export function createScriptEngine(dependencies: ProgramDependencies): Engine {
  return {
    async run(job, signal, beat) {
      const blueprint = job.blueprint as ScriptBlueprint;
      const { entries, paceMs } = await readScripts(blueprint.scripts);
      const entry = findEntry(entries, job);
      if (entry === undefined) return noEntry(job, blueprint.scripts, entries);
      return perform(
        dependencies,
        job,
        entry,
        blueprint.paceMs === 0 ? (paceMs ?? 0) : blueprint.paceMs,
        signal,
        beat,
      );
    },
  };
}

/** Throws `InvalidAgents` with every problem of every file. */
export async function readScripts(files: readonly string[]): Promise<ScriptFiles> {
  const problems: string[] = [];
  const entries: ScriptEntry[] = [];
  let paceMs: number | null = null;
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: Error) => {
      problems.push(`${file}: cannot be read: ${error.message}`);
    });
    if (text === undefined) continue;
    const parsed = parseScript(text, file);
    if ('problems' in parsed) problems.push(...parsed.problems.map(problemLine));
    else {
      entries.push(...parsed.script.entries);
      paceMs ??= parsed.script.pace_ms ?? null;
    }
  }
  if (problems.length > 0) {
    throw new PortError('InvalidAgents', problemsText('The recorded edits have problems:', problems), {
      problems,
    });
  }
  return { entries, paceMs };
}

async function perform(
  dependencies: ProgramDependencies,
  job: AgentJob,
  entry: ScriptEntry,
  paceMs: number,
  cancelled: AbortSignal,
  beat: Beat,
): Promise<EngineRun> {
  const begun = Date.now();
  const spool = spoolFolder(dependencies.dataDir);
  const deadline = AbortSignal.timeout(Math.min(job.timeoutMs, 2 ** 31 - 1));
  const signal = AbortSignal.any([deadline, cancelled]);
  const tail = new TailBuffer(64 * 1024);
  const elapsed = (): number => Date.now() - begun;
  let summary = '';
  const say = (line: string): void => {
    summary = line;
    beat(line.slice(0, 200));
    tail.push(Buffer.from(`${line}\n`));
    const log = openLog(job.logFile, job.blueprint.limits.logBytes);
    log.write(`${line}\n`);
    log.close();
  };
  try {
    await play(entry.do, {
      worktree: job.worktree,
      spool,
      paceMs,
      signal,
      say,
      run: (command) =>
        runAgentProgram(dependencies, job, {
          command,
          env: agentEnvironment(job, dependencies.environment),
          signal,
          beat,
          stdin: '',
          onOutput: (chunk) => tail.push(chunk),
        }),
    });
    signal.throwIfAborted();
    const result =
      entry.raw_result ?? (entry.result === undefined ? undefined : JSON.stringify(entry.result));
    if (result !== undefined)
      await placeFile(dirname(job.resultFile), basename(job.resultFile), result, { spool });
  } catch (error) {
    if (deadline.aborted && !cancelled.aborted) {
      const detail = `did not finish within ${formatDuration(job.timeoutMs)} and was ended`;
      return {
        ended: 'timed_out',
        detail,
        summary,
        tail: tail.text(),
        usage: costsNothing,
        elapsedMs: elapsed(),
      };
    }
    if (signal.aborted) return failedRun('was cancelled', tail.text(), elapsed());
    if (error instanceof ScriptError) return failedRun(error.message, tail.text(), elapsed());
    throw error;
  }
  const ended = entry.exit_code === 0 ? 'completed' : 'failed';
  return {
    ended,
    detail: `ended with exit code ${entry.exit_code}`,
    summary,
    tail: tail.text(),
    usage: costsNothing,
    elapsedMs: elapsed(),
  };
}
