/** Runs a helper program (go, mvn, tar, temporal) to its end and says what it said. For programs that we trust; agents and checks go through activities/support. */
import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** Null when it was ended by a signal or its time was over. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** Default 60 s; the program is killed afterwards. */
  readonly timeoutMs?: number;
  /** Each line of standard error, as it comes. */
  readonly onStderrLine?: (line: string) => void;
}

const keptBytes = 256 * 1024;

/** Rejects only if the program cannot be started at all. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Not spawn's own time-out: its timer lives on when the program cannot be started, and keeps us from ending.
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
    let stdout = '';
    let stderr = '';
    let partial = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-keptBytes);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-keptBytes);
      const lines = (partial + text).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) options.onStderrLine?.(line);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`Could not start '${program}': ${error.message}`, { cause: error }));
    });
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, stdout, stderr });
    });
  });
}

/** The last lines of what a program said, for an error message. */
export const lastLines = (text: string, count = 6): string =>
  text.trimEnd().split('\n').slice(-count).join('\n');
