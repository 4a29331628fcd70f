/** A person's repository on this machine, asked with their own git: the one that was named, whatever git's variables say. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { AskGit } from '../../activities/support/repository-facts.ts';
import type { Environment } from '../../config/load.ts';

const run = promisify(execFile);

/** Git sets these for hooks and aliases; each leads to the repository that it ran in. */
const ofAnotherRepository = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
];

/** Git in this folder; standard output as it comes. Throws what `execFile` throws. */
export async function gitIn(folder: string, args: readonly string[], env: Environment): Promise<string> {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !ofAnotherRepository.includes(name)));
  return (await run('git', ['-C', folder, ...args], { env: own, maxBuffer: 64 << 20 })).stdout;
}

export const askIn =
  (folder: string, env: Environment): AskGit =>
  (args) =>
    gitIn(folder, args, env).catch(() => undefined);

/** Whether git refuses the folder because it belongs to somebody else. */
export const isDistrusted = (folder: string, env: Environment): Promise<boolean> =>
  gitIn(folder, ['rev-parse', '--git-dir'], { ...env, LC_ALL: 'C' }).then(
    () => false,
    (error: unknown) => /dubious ownership/.test(String((error as { readonly stderr?: unknown }).stderr)),
  );

/** The folder that names the repository around this one: its top, or where it is bare. Undefined: there is none. */
export async function topOf(ask: AskGit): Promise<string | undefined> {
  const top =
    (await ask(['rev-parse', '--show-toplevel'])) ?? (await ask(['rev-parse', '--absolute-git-dir']));
  return top?.replace(/\r?\n$/, '');
}
