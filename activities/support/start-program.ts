/** Starts a program inside its enclosure, in a session of its own, with its input. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command, Enclosure, ProgramEnvironment } from './containment/enclosure.ts';

/** The program could not be started at all. */
export class ProcessStartError extends Error {
  override readonly name = 'ProcessStartError';
}

export function startProgram(
  program: Command,
  enclosure: Enclosure,
  given: { readonly cwd: string; readonly env: ProgramEnvironment; readonly stdin: string },
): Promise<ChildProcess> {
  const { cwd, env, stdin } = given;
  return new Promise((started, reject) => {
    const fail = (error: Error): void =>
      reject(
        new ProcessStartError(`Could not start '${program[0]}' in ${cwd}: ${error.message}`, {
          cause: error,
        }),
      );
    try {
      const [first, ...args] = enclosure.command(program, env);
      // What is started instead of it would tell a missing program by an exit code only.
      if (first !== program[0]) assertExecutable(program[0], cwd, env['PATH']);
      // detached: a session and process group of its own, so that the whole group can be signalled.
      const child = spawn(first, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
      child.once('error', fail);
      child.once('spawn', () => started(child));
      // A program that doesn't read its input closes the pipe; that is its right.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(stdin);
    } catch (error) {
      fail(error as Error);
    }
  });
}

/** As execvp(3) looks for it. */
function assertExecutable(program: string, cwd: string, path = '/usr/bin:/bin'): void {
  const places = program.includes('/') ? [''] : path.split(':').map((folder) => `${folder || '.'}/`);
  let code = 'ENOENT';
  for (const place of places) {
    const file = resolve(cwd, `${place}${program}`);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return;
      code = 'EACCES';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') code = 'EACCES';
    }
  }
  throw new Error(`spawn ${program} ${code}`);
}
