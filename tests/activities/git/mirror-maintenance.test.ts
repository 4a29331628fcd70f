import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createGitActivities } from '../../../activities/git/activities.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { Fence } from '../../../domain/model/git.ts';
import { createWorld, git, makeBranch, noFence, stampOf, type World, write } from './support.ts';

const branch = 'project/demo/phase/1/step';

let world: World;
let fence: Fence;
beforeEach(async () => {
  const made = createWorld({ files: { 'README.md': 'Hello\n', 'src/a.txt': 'a\n' } });
  const port = createSimpleGit({
    ...{ dataDir: made.dataDir, hostId: 'host-1', env: process.env },
    maintainAt: { loose: 1, packs: 2 },
  });
  const runChecks = () => Promise.reject(new Error('No checks are asked for.'));
  world = { ...made, port, activities: createGitActivities({ git: port, runChecks }) };
  await port.resolveBase(world.workspace.repository, null);
  fence = await makeBranch(world, branch, world.base, noFence);
});
afterEach(() => world.remove());

const objects = (): string => {
  const [key = ''] = readdirSync(join(world.dataDir, 'mirrors'));
  return join(world.dataDir, 'mirrors', key, 'mirror.git', 'objects');
};
/** A folder that is left empty goes, too. */
const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
const looseFiles = (): readonly string[] =>
  readdirSync(objects())
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .flatMap((name) => namesIn(join(objects(), name)).map((rest) => join(objects(), name, rest)));
const packFiles = (): readonly string[] =>
  readdirSync(join(objects(), 'pack')).filter((name) => name.endsWith('.pack'));
const idsThere = (): readonly string[] => {
  const format = '--batch-check=%(objectname) %(objecttype) %(objectsize)';
  return git(objects(), 'cat-file', '--batch-all-objects', format).split('\n').sort();
};
const closeAnother = async (): Promise<void> => {
  const workspace = world.workspaceOf('other');
  await world.port.prepare(workspace, { branch, startSha: world.base, keepChanges: false });
  await world.port.close(workspace, noFence);
};
/** An attempt whose commit no ref knows, in a workspace that stays open. */
async function makeCandidate(task: number, startSha: string): Promise<string> {
  const { activities, workspace, port } = world;
  const key = { owner: 'demo', phase: 1, task, attempt: 1 };
  await activities.prepareWorktree({ key, workspace, branch, startSha, keepChanges: false });
  write(port.worktreePath(workspace), { [`${task}.txt`]: `${task}\n` });
  const made = await activities.commitCandidate({
    ...{ key, workspace, branch, startSha, headSha: startSha, baseSha: world.base },
    ...{ merge: null, metadata: stampOf('A task', task), checks: null },
  });
  if (made.kind !== 'candidate') throw new Error(made.kind);
  return made.sha;
}

it("packs a mirror's objects when a workspace closes, and none is lost that only an open workspace needs", async () => {
  const sha = await makeCandidate(1, world.base);
  const before = idsThere();
  expect(looseFiles().length).toBeGreaterThan(3);
  await closeAnother();
  while (looseFiles().length > 0) await sleep(20);

  expect(idsThere()).toEqual(expect.arrayContaining([...before]));
  const clone = world.port.worktreePath(world.workspace);
  expect(git(clone, 'log', '--format=%H')).toContain(sha);
  git(clone, 'fsck', '--strict');
  const landed = await world.activities.land({
    ...{ workspace: world.workspace, branch, expected: world.base, sha, fence },
  });
  expect(landed.kind).toBe('landed');
  const next = await makeCandidate(2, sha);
  expect(git(clone, 'show', '--stat', '--format=%s', next)).toContain('2.txt');
});

it('makes one pack of many, and leaves nothing that would be believed without a look', async () => {
  for (let round = 1; round <= 4; round += 1) {
    await makeCandidate(round, world.base);
    await closeAnother();
    while (looseFiles().length > 0) await sleep(20);
  }
  const before = idsThere();
  while (packFiles().length > 2) {
    await closeAnother();
    await sleep(50);
  }
  expect(idsThere()).toEqual(expect.arrayContaining([...before]));
  while (readdirSync(join(objects(), 'pack')).some((name) => name.startsWith('multi'))) await sleep(20);
});

it('packs nothing that is not what it is named for, and goes on where one before was killed', async () => {
  const blob = git(world.repository, 'rev-parse', 'HEAD:README.md');
  const path = join(objects(), blob.slice(0, 2), blob.slice(2));
  writeFileSync(join(objects(), 'maintenance.lock'), '');
  await makeCandidate(1, world.base);
  chmodSync(path, 0o644);
  writeFileSync(path, deflateSync(Buffer.from('blob 6\0Howdy\n')));
  await closeAnother();
  await makeCandidate(2, world.base);
  await closeAnother();
  while (looseFiles().length > 0) await sleep(20);
  expect(git(objects(), 'cat-file', 'blob', blob)).toBe('Hello');
  for (const name of packFiles()) {
    git(join(objects(), 'pack'), 'verify-pack', name);
    expect(statSync(join(objects(), 'pack', name)).isFile()).toBe(true);
  }
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(join(world.port.worktreePath(world.workspace), 'README.md'), 'utf8')).toBe('Hello\n');
});
