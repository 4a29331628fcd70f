import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type BranchConflictQuestion,
  branchConflictMessage,
  branchNameProblem,
  branchPrefixProblem,
  findBranchConflict,
  integrationBranch,
  phaseBranch,
  standaloneBranch,
} from '../../../domain/names/branches.ts';
import { git } from '../../support/git.ts';
import { anyName } from '../../support/hostile-names.ts';

const env = { PATH: process.env['PATH'] ?? '', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const gitAccepts = (name: string): boolean =>
  spawnSync('git', ['check-ref-format', '--branch', name], { env }).status === 0;

describe("a branch's name", () => {
  it.each(['main', 'feature/x', 'release-1.2', 'näme', '🚀', 'a-/b', "it's"])('may be %s', (name) => {
    expect(branchNameProblem(name)).toBeUndefined();
    expect(gitAccepts(name)).toBe(true);
  });

  it.each([
    ['', 'empty'],
    ['-rf', "starts with '-'"],
    ['@', "'@' alone"],
    ['@{-1}', "'@{'"],
    ['x@{y', "'@{'"],
    ['HEAD', 'for itself'],
    ['head', 'for itself'],
    ['FETCH_HEAD', 'for itself'],
    ['refs/heads/main', 'full name'],
    ['heads/main', 'full name'],
    ['a'.repeat(40), 'commit'],
    ['a b', 'a space'],
    ['a\u0000b', 'control character'],
    ['a\u202eb', 'invisible'],
    ['a~1', '~ ^'],
    ['a..b', "'..'"],
    ['/a', 'empty part'],
    ['a/', 'empty part'],
    ['a//b', 'empty part'],
    ['.a', "starts with '.'"],
    ['a/.b', "starts with '.'"],
    ['a.', "ends with '.'"],
    ['a./b', "ends with '.'"],
    ['a.lock', '.lock'],
    ['a.lock/b', '.lock'],
    ['x'.repeat(201), '200 bytes'],
    ['🚀'.repeat(51), '200 bytes'],
  ])('cannot be %j', (name, said) => {
    expect(branchNameProblem(name)).toContain(said);
  });

  it('that we accept, git accepts as well', () => {
    const likely = fc.string({
      unit: fc.constantFrom(...'ab/.-@{}~^:?*[\\ \tHEAD_lock🚀é\u0301\u200b'),
      minLength: 1,
      maxLength: 12,
    });
    const accepted = fc.oneof(anyName, likely).filter((name) => branchNameProblem(name) === undefined);
    fc.assert(
      fc.property(accepted, (name) => gitAccepts(name)),
      { numRuns: 150 },
    );
  });

  it('that we accept can be made, and means that branch', () => {
    const folder = mkdtempSync(join(tmpdir(), 'phasewright-branches-'));
    try {
      git(folder, 'init', '-q', '-b', 'main');
      const tree = git(folder, 'mktree', '--missing');
      const commit = git(folder, 'commit-tree', tree, '-m', 'x');
      for (const name of ['feature/x', '🚀', 'näme', "it's", 'a-/b', '$(x)']) {
        expect(branchNameProblem(name)).toBeUndefined();
        git(folder, 'branch', name, commit);
        expect(git(folder, 'for-each-ref', '--format=%(objectname)', `refs/heads/${name}`)).toBe(commit);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('a branch conflict', () => {
  const question = (wanted: string, more: Partial<BranchConflictQuestion> = {}): BranchConflictQuestion => ({
    wanted,
    siblings: [],
    remote: [],
    own: false,
    foldCase: false,
    ...more,
  });

  it.each([
    ['a/b', 'a/b'],
    ['a', 'a/b'],
    ['a/b/c', 'a/b'],
  ])('is %s beside %s', (wanted, other) => {
    expect(findBranchConflict(question(wanted, { siblings: ['z', other] }))).toEqual({
      kind: 'sibling',
      other,
    });
    expect(findBranchConflict(question(wanted, { remote: ['z', other] }))).toEqual({ kind: 'remote', other });
  });

  it.each([
    ['a/b', 'a/bc'],
    ['a', 'ab'],
    ['a/b', 'a/c'],
    ['a/B', 'a/b'],
  ])('is not %s beside %s', (wanted, other) => {
    expect(findBranchConflict(question(wanted, { siblings: [other], remote: [other] }))).toBeUndefined();
  });

  it('is a matter of case where the file system folds it', () => {
    expect(findBranchConflict(question('A/b', { remote: ['a'], foldCase: true }))).toEqual({
      kind: 'remote',
      other: 'a',
    });
    expect(findBranchConflict(question('caf\u00e9', { remote: ['cafe\u0301'], foldCase: true }))).toEqual({
      kind: 'remote',
      other: 'cafe\u0301',
    });
  });

  it('is not the branch that this phase made itself, but is another one above or below it, or in another case', () => {
    expect(findBranchConflict(question('a/b', { remote: ['a/b'], own: true }))).toBeUndefined();
    expect(findBranchConflict(question('a/b', { remote: ['a/b', 'a/b/c'], own: true }))).toEqual({
      kind: 'remote',
      other: 'a/b/c',
    });
    expect(
      findBranchConflict(question('a/b', { remote: ['a/b', 'A/b'], own: true, foldCase: true })),
    ).toEqual({ kind: 'remote', other: 'A/b' });
    expect(findBranchConflict(question('a/b', { siblings: ['a/b'], own: true }))).toEqual({
      kind: 'sibling',
      other: 'a/b',
    });
  });

  it('is found from both sides, and exactly when git could not hold both', () => {
    const name = fc
      .array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('/'));
    fc.assert(
      fc.property(name, name, (one, other) => {
        const found = findBranchConflict(question(one, { remote: [other] })) !== undefined;
        expect(findBranchConflict(question(other, { remote: [one] })) !== undefined).toBe(found);
        expect(found).toBe(`${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`));
      }),
    );
  });

  it('with a sibling is said in the promised words', () => {
    expect(branchConflictMessage('X', { kind: 'sibling', other: 'Y' }, 'shop')).toBe(
      "Branch conflict: cannot create 'X' because 'Y' exists as a sibling branch in the same project. To fix: update the branch name of the conflicting phase in the project file, or rename the conflicting remote branch before continuing.",
    );
  });

  it('with the remote says whose it may be, how to look and how to fix it', () => {
    expect(branchConflictMessage('a/b', { kind: 'remote', other: "a'; rm" }, 'shop')).toMatchInlineSnapshot(
      `"Branch conflict: cannot create 'a/b' because 'a'; rm' is on the remote, and git can't hold both names. It may be left from an earlier run of this project, or belong to someone else. To look: git log -3 'a'\\''; rm' after git fetch, or git ls-remote --heads origin 'refs/heads/a'\\''; rm'. To fix: rename or delete that remote branch if nobody needs it, or give the phase another name with \`branch:\` in the project file."`,
    );
    expect(branchConflictMessage('a', { kind: 'remote', other: 'a' }, 'shop')).toContain(
      "because 'a' is already on the remote",
    );
  });

  it.each([
    ['project/shop/integration', 'project', 'branch_prefix'],
    ['bots/ai/shop/integration', 'bots', 'branch_prefix'],
    ['bots/ai/shop/phase/1/data', 'bots/ai', 'branch_prefix'],
    ['task/shop', 'task', 'branch_prefix'],
    ['project/project/integration', 'project', 'branch_prefix'],
    ['project/shop/integration', 'project/shop', 'slug'],
    ['project/shop/integration', 'project/shop/integration', 'slug'],
    ['task/shop', 'task/shop/more', 'slug'],
    ['project/shop/phase/1/shop', 'project/shop/phase', 'branch` slug'],
    ['feature/data', 'feature', 'branch'],
  ])('of %s with %s advises nothing but what helps', (wanted, other, keys) => {
    const slug = wanted.includes('project/project') ? 'project' : 'shop';
    const said = branchConflictMessage(wanted, { kind: 'remote', other }, slug);
    const advised = [...said.matchAll(/`(\w+):`/g)].map(([, key]) => key);
    expect(advised).toEqual(keys.split(/\W+/));
  });
});

it('all branches of ours begin with what a file says', () => {
  expect([
    integrationBranch('shop', 'bots/ai'),
    phaseBranch('shop', 2, 'data', 'bots/ai'),
    standaloneBranch('fix', 'bots'),
  ]).toEqual(['bots/ai/shop/integration', 'bots/ai/shop/phase/2/data', 'bots/fix']);
  expect(branchPrefixProblem('bots/')).toContain('cannot be a branch name');
  expect(branchPrefixProblem('b'.repeat(61))).toBe('A branch prefix has at most 60 bytes; this one has 61.');
});
