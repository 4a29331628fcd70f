/** Git as a person or an agent types it, without the configuration of this machine. */
import { execFileSync } from 'node:child_process';

/** In a folder, trusting whatever that says; standard output without its last line feeds. */
export const git = (cwd: string, ...args: readonly string[]): string => runGit(cwd, args);

export function runGit(
  cwd: string,
  args: readonly string[],
  { env = {}, input = '' }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): string {
  return execFileSync('git', args, {
    cwd,
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 64 << 20,
    env: {
      PATH: process.env['PATH'],
      HOME: cwd,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      ...signedBy('A Person', 'person@example.invalid'),
      ...env,
    },
  }).trimEnd();
}

/** For commits of somebody else. */
export const signedBy = (name: string, email: string): Readonly<Record<string, string>> => ({
  GIT_AUTHOR_NAME: name,
  GIT_AUTHOR_EMAIL: email,
  GIT_COMMITTER_NAME: name,
  GIT_COMMITTER_EMAIL: email,
});
