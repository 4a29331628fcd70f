import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { commit, createWorld, git, type World, write } from './support.ts';

const branch = 'project/demo/phase/1/step';

let world: World;
let path: string;
let next: string;
beforeEach(async () => {
  world = createWorld({ files: { 'README.md': 'Hello\n', 'src/a.txt': 'a\n', 'src/b.txt': 'b\n' } });
  await world.port.resolveBase(world.workspace.repository, null);
  next = commit(world.repository, { 'README.md': 'Hello again\n', 'new.txt': 'n\n' });
  path = world.port.checksPath(world.workspace);
  await checkOut(world.base);
});
afterEach(() => world.remove());

const checkOut = (sha: string) => world.port.checkOut(world.workspace, { branch, sha });
const changed = (sha: string) => world.port.changedSince(world.workspace, sha);

describe("the checks' checkout, when a run has left every file as it was", () => {
  beforeEach(async () => {
    expect(await changed(world.base)).toEqual([]);
  });

  it('gets the files that differ in the next commit, and keeps the others', async () => {
    const { ino } = statSync(join(path, 'src/a.txt'));
    await checkOut(next);
    expect(git(path, 'status', '--porcelain')).toBe('');
    expect(git(path, 'rev-parse', 'HEAD')).toBe(next);
    expect(statSync(join(path, 'src/a.txt')).ino).toBe(ino);
    expect(await changed(next)).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['changes a file that differs', () => writeFileSync(join(path, 'README.md'), 'Other\n')],
    ['removes a file that differs', () => rmSync(join(path, 'README.md'))],
    ['changes a file that is the same in both', () => write(path, { 'src/a.txt': 'z\n' })],
    ['lies where a new file comes', () => write(path, { 'new.txt/inside': 'x' })],
  ])('is put right when what somebody does afterwards %s', async (_what, act) => {
    act();
    await checkOut(next);
    expect(git(path, 'status', '--porcelain')).toBe('');
    expect(await changed(next)).toEqual([]);
  });
});
