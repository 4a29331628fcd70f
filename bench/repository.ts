/** A bare repository of small files in a folder of its own, and plain git: no configuration of a person or system. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const person = { NAME: 'Bench', EMAIL: 'bench@example.invalid' };
export const gitEnvironment = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) =>
      Object.entries(person).map(([key, value]) => [`GIT_${who}_${key}`, value]),
    ),
  ),
};

export interface GitRun {
  readonly verb: string;
  readonly ms: number;
  readonly text: string;
}

/** `date`: of author and committer, so that a repeat makes the same commit. */
export function git(cwd: string, args: readonly string[], date?: string): Promise<GitRun> {
  const began = performance.now();
  const child = spawn('git', args, {
    cwd,
    env: {
      ...gitEnvironment,
      ...(date === undefined ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => void out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => void errors.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0)
        resolve({
          verb: args[0] ?? '',
          ms: performance.now() - began,
          text: Buffer.concat(out).toString('utf8').trim(),
        });
      else
        reject(
          new Error(
            `git ${args.join(' ')} in ${cwd} ended with ${code}: ${Buffer.concat(errors).toString('utf8')}`,
          ),
        );
    });
  });
}

/** Path of the bare repository. */
export async function makeRepository(folder: string, files: number): Promise<string> {
  const checkout = join(folder, 'checkout');
  for (let number = 0; number < files; number += 1) {
    const path = join(checkout, 'src', `room-${number % 20}`, `file-${number}.txt`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${`line of file ${number}\n`.repeat(40)}`);
  }
  await git(checkout, ['init', '-q', '-b', 'main']);
  await git(checkout, ['add', '-A']);
  await git(checkout, ['commit', '-q', '-m', 'First commit']);
  const bare = join(folder, 'remote.git');
  await git(folder, ['clone', '-q', '--bare', checkout, bare]);
  return bare;
}

export const gitVersion = (): string =>
  spawnSync('git', ['version'], { encoding: 'utf8' }).stdout.trim().replace('git version ', '');
