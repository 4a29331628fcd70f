/** Base moved, and the branch was brought up to it without a conflict: whether what the branch changes is still what people saw. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { commit, createWorld, git, stampOf, type World } from './support.ts';

const lines = (change: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: 14 }, (_, index) => change[index + 1] ?? `line ${index + 1}`)
    .map((line) => `${line}\n`)
    .join('');

const start = {
  'text.txt': lines(),
  'returns.txt': lines({ 5: 'line 5\r@@ five' }),
  'picture.bin': 'old\0picture',
  'run.sh': 'true\n',
  'other.txt': 'other\n',
};
const own = [
  { 'text.txt': lines({ 7: 'line SEVEN' }), 'picture.bin': 'new\0picture' },
  { 'added.txt': 'added\n', 'returns.txt': lines({ 5: 'line 5\r@@ five', 7: 'line SEVEN' }) },
] as const;

let world: World;
let headSha: string;

beforeAll(async () => {
  world = createWorld({ files: start });
  git(world.repository, 'switch', '-q', '-c', 'work');
  for (const files of own) headSha = commit(world.repository, files);
});
afterAll(() => world.remove());

/** Base moves by this commit, and the branch is brought up to it. */
async function bringUp(how: 'merge' | 'rebase', move: () => string) {
  git(world.repository, 'switch', '-q', '-C', 'main', world.base);
  const baseSha = move();
  await world.port.fetch(world.workspace.repository);
  const result = await world.activities.bringUpToDate({
    workspace: world.workspace,
    branch: 'work',
    headSha,
    startSha: world.base,
    baseBranch: 'main',
    baseSha: world.base,
    landedSha: null,
    how,
    withoutSha: null,
    metadata: stampOf('Update'),
  });
  if (result.kind !== 'updated') throw new Error(JSON.stringify(result));
  expect(result.baseSha).toBe(baseSha);
  return result;
}
const moves = (files: Readonly<Record<string, string>>) => () => commit(world.repository, files);

const unchanged: readonly (readonly [string, () => string])[] = [
  ['base got another file', moves({ 'theirs.txt': 'x' })],
  ['base changed the same file far away', moves({ 'text.txt': lines({ 1: 'LINE', 13: 'LINE' }) })],
  ['base got lines above it', moves({ 'text.txt': `above\nabove\n${lines()}` })],
  [
    'base changed what only git and the system look at',
    () => {
      chmodSync(join(world.repository, 'run.sh'), 0o755);
      git(world.repository, 'mv', 'other.txt', 'elsewhere.txt');
      return commit(world.repository, {});
    },
  ],
];
const changed: readonly (readonly [string, () => string])[] = [
  ['base changed a line that people saw around it', moves({ 'text.txt': lines({ 5: 'line FIVE' }) })],
  ['base only indented a line around it', moves({ 'text.txt': lines({ 5: '  line 5' }) })],
  [
    'base changed what follows a carriage return around it',
    moves({ 'returns.txt': lines({ 5: 'line 5\r@@ FIVE' }) }),
  ],
  ['base has made some of it itself', moves({ 'added.txt': 'added\n' })],
  ['base has got the same picture', moves({ 'picture.bin': 'new\0picture' })],
  [
    'base moved the file that it changes',
    () => {
      git(world.repository, 'mv', 'text.txt', 'moved.txt');
      return commit(world.repository, {});
    },
  ],
];

for (const how of ['merge', 'rebase'] as const) {
  it.each(unchanged)(`keeps the patches of a ${how} when %s`, async (_, move) => {
    expect(await bringUp(how, move)).toMatchObject({ how, samePatches: true });
  });

  it.each(changed)(`does not call the patches of a ${how} the same when %s`, async (_, move) => {
    expect(await bringUp(how, move)).toMatchObject({ how, samePatches: false });
  });
}
