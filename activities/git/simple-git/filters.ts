/**
 * Filters that the worker's operator allows by name (`--filters lfs`). What must stay true: which program runs for a name is said by
 * the git configuration of the worker's user and system alone; a repository only ever says where a name is used.
 */
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Run } from './command.ts';

/** A line of git's configuration, ready for `-c key=value`. */
export type Setting = readonly [key: string, value: string];

/** Which of the allowed filters are defined, and how: `clean`, `smudge`, `process` and `required` of each, as last written. */
export async function allowedFilters(run: Run, names: readonly string[]): Promise<readonly Setting[]> {
  if (names.length === 0) return [];
  const { text } = await run({
    verb: 'config',
    args: ['--null', '--get-regexp', String.raw`^filter\..*\.(clean|smudge|process|required)$`],
    // No repository is around it: only what is the user's and the system's is read.
    cwd: tmpdir(),
    gitDir: null,
    env: { GIT_CEILING_DIRECTORIES: dirname(tmpdir()) },
    network: true,
    codes: [1],
  });
  const found = new Map<string, string>();
  for (const entry of text.split('\0')) {
    const end = entry.indexOf('\n');
    // A key without a value is a switch that is on.
    const [key, value] = end < 0 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
    if (names.includes(filterOf(key))) found.set(key, value);
  }
  return [...found];
}

/** Of these names, those that nothing runs for. */
export const undefinedFilters = (settings: readonly Setting[], names: readonly string[]): readonly string[] =>
  names.filter(
    (name) =>
      !settings.some(([key, value]) => filterOf(key) === name && !key.endsWith('.required') && value !== ''),
  );

const filterOf = (key: string): string => /^filter\.(.*)\.[a-z]+$/.exec(key)?.[1] ?? '';
