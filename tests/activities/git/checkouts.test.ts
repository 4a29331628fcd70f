/** Where a branch is checked out, as we read it, against what git itself says. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { findCheckout } from '../../../activities/git/simple-git/checkouts.ts';
import { createWorld, git, type World } from './support.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.remove());

it('is the checkout itself, or one of its worktrees, or nowhere', async () => {
  const second = join(world.root, 'a second ü');
  git(world.repository, 'worktree', 'add', '-q', '-b', 'feature/two', second);
  git(world.repository, 'branch', 'resting');
  expect(await findCheckout(world.repository, 'main')).toBe(world.repository);
  expect(await findCheckout(world.repository, 'feature/two')).toBe(second);
  expect(git(world.repository, 'worktree', 'list', '--porcelain')).toContain(`worktree ${second}\n`);
  expect(await findCheckout(world.repository, 'resting')).toBeNull();
  git(world.repository, 'switch', '-q', '--detach');
  expect(await findCheckout(world.repository, 'main')).toBeNull();
});

it('is nowhere in a bare repository, except in its worktrees', async () => {
  const bare = join(world.root, 'bare.git');
  git(world.root, 'clone', '-q', '--bare', world.repository, bare);
  expect(await findCheckout(bare, 'main')).toBeNull();
  const beside = join(world.root, 'beside');
  git(bare, 'worktree', 'add', '-q', beside, 'main');
  expect(await findCheckout(bare, 'main')).toBe(beside);
});

it('is left to git where a worktree is given, or the configuration is out of the ordinary', async () => {
  const second = join(world.root, 'second');
  git(world.repository, 'worktree', 'add', '-q', '-b', 'two', second);
  expect(await findCheckout(second, 'main')).toBeUndefined();
  git(world.repository, 'config', 'include.path', 'more');
  expect(await findCheckout(world.repository, 'main')).toBeUndefined();
  expect(await world.port.checkedOutAt(world.workspace.repository, 'main')).toBe(world.repository);
});
