/** Filters that an operator allows, read from the git configuration of the worker's user. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createRunner } from '../../../activities/git/simple-git/command.ts';
import { allowedFilters, undefinedFilters } from '../../../activities/git/simple-git/filters.ts';
import { git, write } from './support.ts';

let home: string;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'phasewright-filters-')));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function read(gitConfig: string, names: readonly string[]) {
  writeFileSync(join(home, '.gitconfig'), gitConfig);
  const env = { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
  return allowedFilters(createRunner({ env, onCommand: undefined }), names);
}

const rot = '[filter "rot"]\n\tclean = tr a-y b-z\n\tsmudge = tr b-z a-y\n\trequired\n';

it('gives the programs of the allowed ones only, as last written', async () => {
  const other = '[filter "Rot"]\n\tclean = cat\n[filter "big.data"]\n\tprocess = big data\n\tcomment = no\n';
  expect(await read(`${rot}${other}[filter "rot"]\n\tsmudge = cat\n`, ['rot', 'big.data', 'none'])).toEqual([
    ['filter.rot.clean', 'tr a-y b-z'],
    ['filter.rot.smudge', 'cat'],
    ['filter.rot.required', 'true'],
    ['filter.big.data.process', 'big data'],
  ]);
  expect(await read(rot, [])).toEqual([]);
  expect(await read('', ['rot'])).toEqual([]);
});

it('is ready for a git command, which then stores what the filter makes', async () => {
  const settings = await read(rot, ['rot']);
  git(home, 'init', '-q', 'repository');
  const folder = join(home, 'repository');
  write(folder, { '.gitattributes': '*.env filter=rot\n', 'one.env': 'aaaa\n' });
  git(folder, ...settings.flatMap(([key, value]) => ['-c', `${key}=${value}`]), 'add', '-A');
  expect(git(folder, 'cat-file', '-p', ':one.env')).toBe('bbbb');
});

it('knows which of them nothing runs for', async () => {
  const settings = await read(`${rot}[filter "half"]\n\trequired = true\n[filter "empty"]\n\tclean =\n`, [
    'rot',
    'half',
    'empty',
  ]);
  expect(undefinedFilters(settings, ['rot', 'half', 'empty', 'none'])).toEqual(['half', 'empty', 'none']);
});
