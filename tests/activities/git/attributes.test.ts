/** A merge in the mirror ends as `git merge` does in a checkout of ours: what .gitattributes say about merging counts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { commit, createWorld, git, type World, write } from './support.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.remove());

type Files = Readonly<Record<string, string>>;
const lines = (change: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: 20 }, (_each, index) => `${change[index + 1] ?? index + 1}\n`).join('');

/** What we make of two sides, and what git itself makes of them where ours is checked out. */
async function bothWays(before: Files, ours: Files, theirs: Files) {
  const { repository } = world;
  const start = commit(repository, before, 'Before');
  git(repository, 'switch', '-q', '-c', 'theirs');
  const theirSha = commit(repository, theirs, 'Theirs');
  git(repository, 'switch', '-q', '-C', 'ours', start);
  const ourSha = commit(repository, ours, 'Ours');
  await world.port.fetch(world.workspace.repository);
  const made = await world.port.mergeTree(world.workspace.repository, ourSha, theirSha);
  try {
    git(repository, 'merge', '--no-commit', '--no-ff', 'theirs');
  } catch {
    // In conflict: what is unmerged says where.
  }
  const unmerged = git(repository, 'diff', '--name-only', '--diff-filter=U', '-z')
    .split('\0')
    .filter(Boolean);
  const read = async (path: string) =>
    (await world.port.readFile(world.workspace.repository, made.tree, path, 10_000))?.text;
  return { made, unmerged, read, paths: made.kind === 'conflict' ? made.files.map(({ path }) => path) : [] };
}

it('keeps the lines of both sides where an attribute says union, and nobody is asked', async () => {
  const { made, unmerged, read } = await bothWays(
    { '.gitattributes': 'LOG.md merge=union\n', 'LOG.md': '# Log\n- start\n' },
    { 'LOG.md': '# Log\n- start\n- ours\n' },
    { 'LOG.md': '# Log\n- start\n- theirs\n' },
  );
  expect(made.kind).toBe('clean');
  expect(unmerged).toEqual([]);
  expect(await read('LOG.md')).toBe('# Log\n- start\n- ours\n- theirs\n');
});

it('merges no lines of a file that an attribute keeps whole, by -merge, binary or a macro', async () => {
  const change = (at: number) => ({
    'gen.lock': lines({ [at]: 'x' }),
    'data.raw': lines({ [at]: 'x' }),
    'own.gen': lines({ [at]: 'x' }),
    'plain.txt': lines({ [at]: 'x' }),
  });
  const attributes = '[attr]generated -merge\n*.lock -merge\n*.raw binary\n*.gen generated\n';
  const { made, unmerged, paths } = await bothWays(
    { '.gitattributes': attributes, ...change(20) },
    change(2),
    {
      ...change(20),
      'gen.lock': lines({ 19: 'y' }),
      'data.raw': lines({ 19: 'y' }),
      'own.gen': lines({ 19: 'y' }),
      'plain.txt': lines({ 19: 'y' }),
    },
  );
  expect(paths).toEqual(expect.arrayContaining(['data.raw', 'gen.lock', 'own.gen']));
  expect(new Set(unmerged)).toEqual(new Set(paths));
  expect(made).toMatchObject({
    files: expect.arrayContaining([
      { path: 'gen.lock', kind: 'binary', says: 'changed on both sides', others: [] },
    ]),
  });
});

it('reads the files of folders for what is below them, the deepest last, odd names and patterns included', async () => {
  const files = (text: string): Files => ({
    'top.log': text,
    'a b [x]/deep/one.log': text,
    'a b [x]/not/one.log': text,
    'a b [x]/two.log': text,
    'a b [x]/deep/two words.log': text,
    'elsewhere/a.txt': text,
  });
  const before: Files = {
    '.gitattributes': '# logs\n*.log merge=union\n',
    'a b [x]/.gitattributes': '/two.log -merge\nnot/*.log merge=text\n!bad merge=union\n',
    'a b [x]/deep/.gitattributes': '"two words.log" !merge\n',
    'elsewhere/.gitattributes': '*.txt merge=a-driver-that-nobody-has\n',
  };
  const { unmerged, paths } = await bothWays(
    { ...before, ...files('start\n') },
    files('start\nours\n'),
    files('start\ntheirs\n'),
  );
  expect(new Set(unmerged)).toEqual(new Set(paths));
  expect(paths.toSorted((a, b) => a.localeCompare(b))).toEqual([
    'a b [x]/deep/two words.log',
    'a b [x]/not/one.log',
    'a b [x]/two.log',
    'elsewhere/a.txt',
  ]);
});

it('goes by the attributes of ours, not of theirs', async () => {
  const { made, unmerged } = await bothWays(
    { 'LOG.md': 'start\n' },
    { 'LOG.md': 'start\nours\n' },
    { 'LOG.md': 'start\ntheirs\n', '.gitattributes': '*.md merge=union\n' },
  );
  expect(made.kind).toBe('conflict');
  expect(unmerged).toEqual(['LOG.md']);
});

it('runs no program that a repository names for merging', async () => {
  const { repository } = world;
  const mark = join(world.root, 'ran');
  git(repository, 'config', 'merge.mine.driver', `touch '${mark}'`);
  mkdirSync(join(repository, '.git/info'), { recursive: true });
  writeFileSync(join(repository, '.git/info/attributes'), '');
  write(repository, { '.gitattributes': '*.md merge=mine\n' });
  const start = commit(repository, { 'LOG.md': 'start\n' });
  const theirs = commit(repository, { 'LOG.md': 'theirs\n' });
  git(repository, 'switch', '-q', '-C', 'ours', start);
  const ours = commit(repository, { 'LOG.md': 'ours\n' });
  await world.port.fetch(world.workspace.repository);
  const made = await world.port.mergeTree(world.workspace.repository, ours, theirs);
  expect(made.kind).toBe('conflict');
  expect(() => git(world.root, 'hash-object', mark)).toThrow();
});

it('looks for attributes only where git merged lines', async () => {
  const { repository } = world;
  const start = commit(repository, { '.gitattributes': '* merge=union\n', 'a.txt': 'a\n', 'b.txt': 'b\n' });
  const theirs = commit(repository, { 'a.txt': 'theirs\n' });
  git(repository, 'switch', '-q', '-C', 'ours', start);
  const ours = commit(repository, { 'b.txt': 'ours\n' });
  await world.port.fetch(world.workspace.repository);
  world.verbs.length = 0;
  await world.port.mergeTree(world.workspace.repository, ours, theirs);
  expect(world.verbs).toEqual(['merge-tree']);
});
