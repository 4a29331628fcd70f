/** What the git adapter of one namespace leaves to another: worktrees of the same data folder, and the fence of the same remote. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { createWorld, git, noFence, type World } from './support.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.remove());

const branch = 'project/demo/integration';
const gitOf = (name: string, dataDir = world.dataDir) =>
  createSimpleGit({ dataDir, hostId: 'host-1', env: process.env, namespace: { id: `id-of-${name}`, name } });
const remoteRefs = () => git(world.repository, 'for-each-ref', '--format=%(refname)', 'refs/phasewright');

async function openProject(port: ReturnType<typeof gitOf>) {
  const { workspace, base } = world;
  await port.fetch(workspace.repository);
  const ref = `refs/heads/${branch}`;
  const pushed = await port.push(workspace, [{ ref, expected: null, sha: base }], noFence);
  if (pushed.kind !== 'pushed') throw new Error(pushed.kind);
  await port.prepare(workspace, { branch, startSha: base, keepChanges: false });
  return pushed.fence;
}

it('says whose a worktree is, and keeps it and its fence when another namespace closes a workspace of that name', async () => {
  const { workspace } = world;
  const first = gitOf('first');
  const fence = await openProject(first);
  const second = gitOf('second');

  expect(await second.workspaces()).toEqual([{ workspace, namespace: { id: 'id-of-first', name: 'first' } }]);
  expect(await second.otherOwner(workspace)).toEqual({ id: 'id-of-first', name: 'first' });
  expect(await first.otherOwner(workspace)).toBeNull();
  await second.close(workspace, fence);

  expect(await first.workspaces()).toHaveLength(1);
  expect(remoteRefs()).toBe('refs/phasewright/demo/epoch');
  await first.close(workspace, fence);
  expect(await first.workspaces()).toEqual([]);
  expect(remoteRefs()).toBe('');
});

it('refuses a worktree to a project of the same name in another namespace, by name and with the way out', async () => {
  await openProject(gitOf('first'));

  const refused = gitOf('second').prepare(world.workspace, {
    branch,
    startSha: world.base,
    keepChanges: false,
  });

  await expect(refused).rejects.toMatchObject({
    code: 'SlugTaken',
    message: expect.stringMatching(/'demo' .* belongs to another namespace .* 'first' \(id id-of-first\)/),
  });
});

it('removes the fence of its own project whatever it holds by now, and never that of another namespace', async () => {
  const { workspace } = world;
  const whatever = { epoch: Number.POSITIVE_INFINITY, sha: null };
  const away = join(world.root, 'another data folder');
  await openProject(gitOf('first', away));
  await gitOf('second').close(workspace, whatever);
  expect(remoteRefs()).toBe('refs/phasewright/demo/epoch');

  await gitOf('first').close(workspace, whatever);
  expect(remoteRefs()).toBe('');
});

it('keeps the fence of another namespace from a project that was refused, though it knows the value that it read', async () => {
  const { workspace } = world;
  const fence = await openProject(gitOf('first', join(world.root, 'another data folder')));

  await gitOf('second').close(workspace, fence);
  expect(remoteRefs()).toBe('refs/phasewright/demo/epoch');

  await gitOf('first').close(workspace, fence);
  expect(remoteRefs()).toBe('');
});
