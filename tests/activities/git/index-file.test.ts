/** Git's index as we read it, against what git itself says of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  differingPaths,
  hasMarks,
  type IndexEntry,
  readIndex,
} from '../../../activities/git/simple-git/grounds/index-file.ts';
import { createWorld, git, type World, write } from './support.ts';

let world: World;
beforeEach(() => {
  world = createWorld({
    files: {
      'a.txt': 'a\n',
      'naïve/über file.txt': 'ü\n',
      [`${'long-'.repeat(40)}name`]: 'x\n',
      'b.sh': '#!\n',
    },
  });
});
afterEach(() => world.remove());

const read = () => readIndex(join(world.repository, '.git', 'index'));
const asGitSays = (): ReadonlyMap<string, Pick<IndexEntry, 'mode' | 'object'>> =>
  new Map(
    git(world.repository, 'ls-files', '--stage', '-z')
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const [, mode = '', object = '', name = ''] = /^(\d+) (\w+) 0\t([\s\S]*)$/.exec(line) ?? [];
        const raw = Buffer.from(name).toString('latin1');
        return [raw, { mode: Number.parseInt(mode, 8), object }];
      }),
  );

it('holds what git says, whatever names and modes there are', async () => {
  git(world.repository, 'update-index', '--chmod=+x', 'b.sh');
  const entries = (await read()) ?? new Map<string, IndexEntry>();
  expect(new Map([...entries].map(([name, { mode, object }]) => [name, { mode, object }]))).toEqual(
    asGitSays(),
  );
  expect(entries.size).toBe(4);
});

it('tells what was added, changed, renamed and removed since', async () => {
  const before = (await read()) ?? new Map<string, IndexEntry>();
  write(world.repository, { 'a.txt': 'changed\n', 'new.txt': 'n\n' });
  git(world.repository, 'rm', '-q', 'b.sh');
  git(world.repository, 'add', '--all');
  const after = (await read()) ?? new Map<string, IndexEntry>();
  expect(differingPaths(before, after)).toEqual(['a.txt', 'b.sh', 'new.txt']);
  expect(differingPaths(after, after)).toEqual([]);
});

it('tells which files are not meant to lie there', async () => {
  const index = join(world.repository, '.git', 'index');
  expect(await hasMarks(index)).toBe(false);
  git(world.repository, 'update-index', '--skip-worktree', 'a.txt');
  write(world.repository, { 'later.txt': 'l\n' });
  git(world.repository, 'add', '--intent-to-add', 'later.txt');
  const entries = (await read()) ?? new Map<string, IndexEntry>();
  expect([...entries].filter(([, { isLeftOut }]) => isLeftOut).map(([path]) => path)).toEqual(['a.txt']);
  expect(await hasMarks(index)).toBe(true);
});

it('leaves other forms to git', async () => {
  const index = join(world.repository, '.git', 'index');
  git(world.repository, 'update-index', '--index-version', '4');
  expect(await read()).toBeUndefined();
  git(world.repository, 'update-index', '--index-version', '2');
  git(world.repository, 'update-index', '--split-index');
  expect(await read()).toBeUndefined();
  writeFileSync(index, 'DIRC');
  expect(await read()).toBeUndefined();
  expect(await readIndex(join(world.root, 'none'))).toBeUndefined();
});
