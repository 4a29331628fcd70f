/** What the worker's user ignores in every repository (`core.excludesFile`), as their own git reads it. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Run } from './command.ts';

const maxBytes = 1024 * 1024;

/** Its text as it is now; undefined: there is none. */
export function createExcludes(
  run: Run,
  env: Readonly<Record<string, string | undefined>>,
): () => Promise<string | undefined> {
  // Asked for once; the file itself changes while a worker runs: programs add to it.
  let asked: Promise<string> | undefined;
  const home = env['HOME'] ?? homedir();
  const byDefault = join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'git', 'ignore');
  const ask = async (): Promise<string> => {
    const args = ['--type=path', '--get', 'core.excludesFile'];
    const { code, text } = await run({
      verb: 'config',
      args,
      cwd: '/',
      gitDir: '/dev/null',
      network: true,
      codes: [1],
    });
    const named = text.replace(/\n$/, '');
    return code === 0 && named !== '' ? named : byDefault;
  };
  return async () => {
    const path = await (asked ??= ask().catch(() => byDefault));
    const info = await stat(path).catch(() => undefined);
    if (info?.isFile() !== true || info.size > maxBytes) return undefined;
    return readFile(path, 'utf8').catch(() => undefined);
  };
}
