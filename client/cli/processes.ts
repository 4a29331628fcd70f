/**
 * Our own programs as child processes, from a checkout (`.ts`) as well as built (`.js`). What must stay true: a child is
 * ended by its process id and start time, never by name, and has ended when `stop` returns.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../activities/support/process-table.ts';
import { type Program, programPath } from '../../temporal/package-root.ts';
import { identityOf } from '../../temporal/server-record.ts';

export type ProgramEnvironment = Readonly<Record<string, string | undefined>>;

export interface ProgramRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of our programs to its end; its lines are handed on as they come. */
export async function runProgram(
  program: Program,
  args: readonly string[],
  options: {
    readonly env: ProgramEnvironment;
    readonly cwd?: string;
    readonly signal?: AbortSignal;
    readonly onLine?: (line: string) => void;
  },
): Promise<ProgramRun> {
  const { env, cwd, signal, onLine } = options;
  const child = spawn(process.execPath, [programPath(program), ...args], {
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { signal }),
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    let rest = '';
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    });
    child[name].on('end', () => {
      if (rest !== '') onLine?.(rest);
    });
  }
  return { exitCode: await endOf(child), ...output };
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // 128 + signal, as a shell reports it.
    child.once('close', (code, signal) =>
      resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 137)),
    );
  });
}

export interface BackgroundWorker {
  readonly pid: number;
  /** Drains it (SIGTERM, after 20 s SIGKILL). */
  stop(): Promise<void>;
}

/**
 * A worker in a session of its own that writes to a file, so that it can outlive us. Returns when it polls. Throws with
 * the end of its log if it ends before that, or after `timeoutMs`.
 */
export async function startBackgroundWorker(options: {
  readonly env: ProgramEnvironment;
  readonly logFile: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}): Promise<BackgroundWorker> {
  const { env, logFile, signal, timeoutMs = 60_000 } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(process.execPath, [programPath('workers/main')], {
    env: env as NodeJS.ProcessEnv,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = endOf(child).catch((error: Error) => error);
  let gone: number | Error | undefined;
  void ended.then((how) => {
    gone = how;
  });
  child.unref();
  if (child.pid === undefined) throw new Error(`The worker could not be started: ${String(await ended)}`);
  const identity = identityOf(child.pid);
  const send = (name: NodeJS.Signals): void => {
    try {
      process.kill(identity.pid, name);
    } catch (error) {
      // It went in between.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const stop = async (): Promise<void> => {
    for (let waited = 0; waited < 25_000 && isAlive(identity); waited += 50) {
      if (waited === 0) send('SIGTERM');
      if (waited === 20_000) send('SIGKILL');
      await sleep(50);
    }
  };
  const tail = (): string => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-12).join('\n');
  for (let waited = 0; !/^READY /m.test(readFileSync(logFile, 'utf8')); waited += 50) {
    if (gone !== undefined)
      throw new Error(`The worker ended before it was ready. Its log, ${logFile}, ends with:\n${tail()}`);
    if (signal?.aborted === true || waited >= timeoutMs) {
      await stop();
      signal?.throwIfAborted();
      throw new Error(
        `The worker was not ready after ${timeoutMs / 1000} s. Its log, ${logFile}, ends with:\n${tail()}`,
      );
    }
    await sleep(50);
  }
  return { pid: identity.pid, stop };
}
