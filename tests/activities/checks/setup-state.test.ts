/** Looking for manifests in a worktree that somebody filled on purpose. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { setupState } from '../../../activities/checks/setup-state.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const commands = ['npm ci'];
const digestOf = async (worktree: string): Promise<string> => (await setupState(worktree, commands)).digest;

describe('what setup depends on', () => {
  it('is told without reading manifests of many gigabytes that hold nothing', async () => {
    const worktree = temporaryFolder();
    writeFileSync(join(worktree, 'package.json'), '{}\n');
    for (let number = 0; number < 20; number += 1) {
      mkdirSync(join(worktree, `workspace-${number}`));
      const sparse = join(worktree, `workspace-${number}`, 'package-lock.json');
      writeFileSync(sparse, '');
      truncateSync(sparse, 1_900_000_000);
    }
    const before = await digestOf(worktree);
    expect(await digestOf(worktree)).toBe(before);
    writeFileSync(join(worktree, 'package.json'), '{"name":"shop"}\n');
    expect(await digestOf(worktree)).not.toBe(before);
  });

  it('is told at once beside FIFOs, links and folders that are called like manifests', async () => {
    const worktree = temporaryFolder();
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'go.mod'), 'module theirs\n');
    execFileSync('mkfifo', [join(worktree, 'package.json')]);
    symlinkSync('/dev/zero', join(worktree, 'yarn.lock'));
    symlinkSync(join(outside, 'go.mod'), join(worktree, 'go.mod'));
    symlinkSync(outside, join(worktree, 'workspace'));
    mkdirSync(join(worktree, 'Cargo.lock'));
    const before = await digestOf(worktree);
    writeFileSync(join(outside, 'go.mod'), 'module others\n');
    expect(await digestOf(worktree)).toBe(before);
  });

  it('is looked for in no worktree that was replaced by a link', async () => {
    const worktree = join(temporaryFolder(), 'worktree');
    const moved = `${worktree}-moved`;
    mkdirSync(worktree);
    writeFileSync(join(worktree, 'package.json'), '{}\n');
    const before = await digestOf(worktree);
    renameSync(worktree, moved);
    symlinkSync(moved, worktree);
    expect(await digestOf(worktree)).not.toBe(before);
  });
});
