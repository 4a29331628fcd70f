/**
 * Repositories of this machine that belong to somebody else: git uses them where the worker's user or system says so
 * (`safe.directory`), and of their configuration nothing else reaches a command. The other end of a fetch or push asks by
 * itself, in an environment that is cleared of configuration, so it is told in its own arguments.
 */
import { userInfo } from 'node:os';
import { notTrusted } from '../../../domain/project-file/preflight.ts';
import { PortError } from '../../support/errors.ts';
import type { Command, Run } from './command.ts';
import { untrusted } from './errors.ts';

/** Runs as `run` does; asks for what is trusted only when git refuses a repository. */
export function trusting(run: Run): Run {
  let trusted: readonly string[] = [];
  return async (command) => {
    if (command.network === true) return run(command);
    try {
      return await run(withTrust(command, trusted));
    } catch (error) {
      if (untrusted(error) === undefined) throw error;
    }
    trusted = await readTrusted(run);
    try {
      return await run(withTrust(command, trusted));
    } catch (error) {
      const path = untrusted(error);
      throw path === undefined ? error : refused(path, error);
    }
  };
}

/** What a person's git takes for protected configuration; an empty value takes back all before it. */
async function readTrusted(run: Run): Promise<readonly string[]> {
  const { text } = await run({
    verb: 'config',
    args: ['--type=path', '--show-scope', '-z', '--get-all', 'safe.directory'],
    cwd: '/',
    // No repository, wherever the root may be.
    gitDir: '/dev/null',
    network: true,
    codes: [1, 128],
  });
  let values: string[] = [];
  const fields = text.split('\0');
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const value = fields[index + 1] ?? '';
    if (!/^(system|global|command)$/.test(fields[index] ?? '')) continue;
    values = value === '' ? [] : [...values, value];
  }
  return [...new Set(values.flatMap(bothNames))];
}

/** Git asks about a checkout by its folder, and as a remote by the folder `.git` in it: who trusts one trusts both. */
function bothNames(value: string): readonly string[] {
  if (!value.startsWith('/') || value.endsWith('*')) return [value];
  const folder = value.replace(/(?<=.)\/+$/, '').replace(/\/\.git$/, '');
  return [value, folder, `${folder}/.git`];
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function withTrust(command: Command, directories: readonly string[]): Command {
  if (directories.length === 0) return command;
  const { verb, args } = command;
  const git = `git ${directories.map((directory) => `-c safe.directory=${quoted(directory)} `).join('')}`;
  if (verb === 'ls-remote' || verb === 'fetch')
    return { ...command, args: [`--upload-pack=${git}upload-pack`, ...args] };
  if (verb === 'push')
    return {
      ...command,
      args: args.map((arg) => arg.replace(/^--receive-pack=git /, () => `--receive-pack=${git}`)),
    };
  if (command.gitDir !== null) return command;
  return { ...command, config: directories.map((directory) => `safe.directory=${directory}`) };
}

function refused(path: string, cause: unknown): PortError {
  const folder = path.replace(/\/\.git$/, '');
  return new PortError('RepositoryNotFound', notTrusted(folder, userInfo().username), { cause });
}
