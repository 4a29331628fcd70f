import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { VerifyLandedRequest } from '../../../activities/git/contract.ts';
import {
  commit,
  createWorld,
  git,
  landTasks,
  makeBranch,
  noFence,
  personCommits,
  stampOf,
  type World,
  write,
} from './support.ts';

const integration = 'project/demo/integration';
const branch = 'project/demo/phase/1/step';

let world: World;
beforeEach(() => {
  world = createWorld({ files: { 'README.md': 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n' } });
});
afterEach(() => world.remove());

describe('the base', () => {
  it('is the default branch unless one is named', async () => {
    git(world.repository, 'branch', 'release');
    expect(await world.port.resolveBase(world.workspace.repository, null)).toEqual({
      branch: 'main',
      sha: world.base,
    });
    expect(await world.port.resolveBase(world.workspace.repository, 'release')).toEqual({
      branch: 'release',
      sha: world.base,
    });
  });

  it('that is missing is answered with the branches that exist', async () => {
    git(world.repository, 'branch', 'release');
    await expect(world.port.resolveBase(world.workspace.repository, 'mian')).rejects.toMatchObject({
      code: 'BaseNotFound',
      message: `${world.repository} has no branch 'mian'. It has: main, release. Correct 'base:', or push the branch first.`,
    });
  });

  it('of an empty repository is an error that says what to do', async () => {
    git(world.root, 'init', '-q', 'empty');
    const repository = { kind: 'path', path: join(world.root, 'empty') } as const;
    await expect(world.port.resolveBase(repository, null)).rejects.toMatchObject({
      code: 'BaseNotFound',
      message: expect.stringContaining('is empty'),
    });
    await world.port.fetch(repository);
  });

  it('of no repository is an error of its own', async () => {
    for (const path of ['/nowhere/at/all', world.root]) {
      await expect(world.port.resolveBase({ kind: 'path', path }, null)).rejects.toMatchObject({
        code: 'RepositoryNotFound',
      });
    }
  });
});

describe('creating a branch', () => {
  it('can be repeated after its answer was lost', async () => {
    const request = {
      workspace: world.workspace,
      branch,
      from: { kind: 'sha', sha: world.base } as const,
      siblings: [],
      own: null,
      fence: noFence,
    };
    const first = await world.activities.createBranch(request);
    expect(first.kind).toBe('ready');
    expect(await world.activities.createBranch(request)).toEqual(first);
    expect(await world.activities.createBranch({ ...request, own: { headSha: null } })).toEqual(first);
  });

  it('finds a conflict with a sibling, with the remote, and with a branch to be made later, before anything is made', async () => {
    git(world.repository, 'branch', 'project/demo');
    const request = {
      workspace: world.workspace,
      branch,
      from: { kind: 'sha', sha: world.base } as const,
      siblings: [],
      own: null,
      fence: noFence,
    };
    expect(await world.activities.createBranch({ ...request, siblings: ['project/demo/phase/1'] })).toEqual({
      kind: 'conflict',
      message: expect.stringContaining(
        "cannot create 'project/demo/phase/1/step' because 'project/demo/phase/1' exists as a sibling branch",
      ),
    });
    expect(await world.activities.createBranch(request)).toEqual({
      kind: 'conflict',
      message: expect.stringContaining("because 'project/demo' is on the remote"),
    });
    expect(
      await world.activities.createBranch({ ...request, branch: 'fine', reserve: ['project/demo/x'] }),
    ).toEqual({
      kind: 'conflict',
      message: expect.stringContaining(
        "cannot create 'project/demo/x' because 'project/demo' is on the remote",
      ),
    });
    expect(git(world.repository, 'for-each-ref', '--format=%(refname)')).toBe(
      'refs/heads/main\nrefs/heads/project/demo',
    );
  });

  it("does not take somebody else's branch, even at the same commit", async () => {
    git(world.repository, 'branch', branch);
    const request = {
      workspace: world.workspace,
      branch,
      from: { kind: 'sha', sha: world.base } as const,
      siblings: [],
      own: null,
      fence: noFence,
    };
    expect((await world.activities.createBranch(request)).kind).toBe('conflict');
    expect(await world.activities.createBranch({ ...request, own: { headSha: null } })).toEqual({
      kind: 'ready',
      headSha: world.base,
      fromSha: world.base,
      fence: noFence,
      restored: false,
    });
  });

  it('adopts its own branch where it stands', async () => {
    const fence = await makeBranch(world, branch, world.base, noFence);
    const { tip, fence: later } = await landTasks(world, branch, world.base, fence, { 'one.txt': '1' });
    expect(
      await world.activities.createBranch({
        workspace: world.workspace,
        branch,
        from: { kind: 'sha', sha: world.base },
        siblings: [],
        own: { headSha: null },
        fence: later,
      }),
    ).toEqual({ kind: 'ready', headSha: tip, fromSha: world.base, fence: later, restored: false });
    expect(await world.activities.readFence({ workspace: world.workspace, epoch: 1 })).toEqual(later);
  });
});

describe('landing', () => {
  it("stops at somebody else's commit", async () => {
    const fence = await makeBranch(world, branch, world.base, noFence);
    const theirs = personCommits(world, branch, { 'theirs.txt': 'x' });
    const key = { owner: 'demo', phase: 1, task: 1, attempt: 1 };
    await world.activities.prepareWorktree({
      key,
      workspace: world.workspace,
      branch,
      startSha: world.base,
      keepChanges: false,
    });
    write(world.port.worktreePath(world.workspace), { 'ours.txt': 'x' });
    const made = await world.activities.commitCandidate({
      key,
      workspace: world.workspace,
      branch,
      headSha: world.base,
      startSha: world.base,
      baseSha: world.base,
      merge: null,
      metadata: stampOf('Ours'),
      checks: null,
    });
    if (made.kind !== 'candidate') throw new Error(made.kind);
    const land = () =>
      world.activities.land({
        workspace: world.workspace,
        branch,
        expected: world.base,
        sha: made.sha,
        fence,
      });
    expect(await land()).toEqual({ kind: 'moved', remote: theirs, elapsedMs: 0 });
    git(world.repository, 'branch', '-D', branch);
    expect(await land()).toEqual({ kind: 'moved', remote: null, elapsedMs: 0 });
  });
});

describe('rebasing', () => {
  const rebase = (head: string) =>
    world.activities.bringUpToDate({
      workspace: world.workspace,
      branch,
      headSha: head,
      startSha: world.base,
      baseBranch: integration,
      baseSha: world.base,
      landedSha: world.base,
      how: 'rebase',
      withoutSha: null,
      metadata: stampOf('Merge'),
    });

  it('replays each task on what others integrated, and says that the patches are the same', async () => {
    const fence = await makeBranch(
      world,
      branch,
      world.base,
      await makeBranch(world, integration, world.base, noFence),
    );
    const { tip } = await landTasks(
      world,
      branch,
      world.base,
      fence,
      { 'one.txt': '1' },
      { 'README.md': 'one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n' },
    );
    expect(await rebase(tip)).toEqual({
      kind: 'current',
      baseSha: world.base,
      elapsedMs: 0,
    });
    const onto = personCommits(world, integration, {
      'README.md': 'ONE\ntwo\nthree\nfour\nfive\nsix\nseven\n',
    });

    const result = await rebase(tip);

    if (result.kind !== 'updated') throw new Error(result.kind);
    expect(result).toMatchObject({
      baseSha: onto,
      samePatches: true,
      commits: [{ task: 1 }, { task: 2, sha: result.headSha }],
    });
    const mirror = world.port.worktreePath(world.workspace);
    expect(git(mirror, 'show', `${result.headSha}:README.md`)).toBe(
      'ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN',
    );
    expect(git(mirror, 'log', '--reverse', '--format=%s %an %cI', `${onto}..${result.headSha}`)).toBe(
      'Task 1 Phasewright 2026-03-04T05:06:07+00:00\nTask 2 Phasewright 2026-03-04T05:06:07+00:00',
    );
    expect(await rebase(tip)).toEqual(result);
    expect(await rebase(result.headSha)).toMatchObject({ kind: 'current', baseSha: onto });
  });

  it('says which files conflict', async () => {
    const fence = await makeBranch(
      world,
      branch,
      world.base,
      await makeBranch(world, integration, world.base, noFence),
    );
    const { tip } = await landTasks(
      world,
      branch,
      world.base,
      fence,
      { 'one.txt': '1' },
      { 'README.md': 'ours\n', 'naïve file.txt': 'ours' },
    );
    const onto = personCommits(world, integration, { 'README.md': 'theirs\n', 'naïve file.txt': 'theirs' });
    expect(await rebase(tip)).toEqual({
      elapsedMs: 0,
      kind: 'conflict',
      baseSha: onto,
      merge: {
        parentSha: onto,
        startSha: expect.stringMatching(/^[0-9a-f]{40}$/),
        files: [
          { path: 'README.md', kind: 'content', says: 'changed on both sides', others: [] },
          { path: 'naïve file.txt', kind: 'content', says: 'added on both sides', others: [] },
        ],
      },
    });
  });

  it('leaves out a task whose change is already there, and then the patches are not the same', async () => {
    const fence = await makeBranch(
      world,
      branch,
      world.base,
      await makeBranch(world, integration, world.base, noFence),
    );
    const { tip } = await landTasks(world, branch, world.base, fence, { 'one.txt': '1' }, { 'two.txt': '2' });
    const onto = personCommits(world, integration, { 'one.txt': '1', 'more.txt': 'm' });
    const result = await rebase(tip);
    expect(result).toMatchObject({
      kind: 'updated',
      samePatches: false,
      commits: [{ task: 1, sha: onto }, { task: 2 }],
    });
  });
});

describe('merging', () => {
  it('lands the tested tree, once, however often it is asked', async () => {
    const fence = await makeBranch(
      world,
      branch,
      world.base,
      await makeBranch(world, integration, world.base, noFence),
    );
    const { tip, fence: later } = await landTasks(world, branch, world.base, fence, { 'one.txt': '1' });
    const request = {
      workspace: world.workspace,
      headBranch: branch,
      required: [],
      baseBranch: integration,
      baseSha: world.base,
      headSha: tip,
      metadata: stampOf('Phase 1'),
      fence: later,
    };

    const merged = await world.activities.mergeBranch(request);

    if (merged.kind !== 'merged') throw new Error(merged.kind);
    expect(await world.activities.mergeBranch(request)).toEqual(merged);
    expect(git(world.repository, 'log', '-1', '--format=%P', integration)).toBe(`${world.base} ${tip}`);
    expect(git(world.repository, 'rev-parse', `${integration}^{tree}`)).toBe(
      git(world.repository, 'rev-parse', `${tip}^{tree}`),
    );
  });

  it('says when the base moved or the merge conflicts', async () => {
    const fence = await makeBranch(
      world,
      branch,
      world.base,
      await makeBranch(world, integration, world.base, noFence),
    );
    const { tip, fence: later } = await landTasks(world, branch, world.base, fence, {
      'README.md': 'ours\n',
    });
    const moved = personCommits(world, integration, { 'README.md': 'theirs\n' });
    const request = {
      workspace: world.workspace,
      headBranch: branch,
      required: [],
      baseBranch: integration,
      baseSha: world.base,
      headSha: tip,
      metadata: stampOf('Phase 1'),
      fence: later,
    };
    expect(await world.activities.mergeBranch(request)).toEqual({
      kind: 'base_moved',
      baseSha: moved,
      elapsedMs: 0,
    });
    expect(await world.activities.mergeBranch({ ...request, baseSha: moved })).toEqual({
      kind: 'conflict',
      files: ['README.md'],
      elapsedMs: 0,
    });
    git(world.repository, 'branch', '-D', integration);
    await expect(world.activities.mergeBranch(request)).rejects.toMatchObject({
      type: 'BaseNotFound',
      nonRetryable: true,
    });
  });

  it('brings a moved base into the integration branch', async () => {
    const fence = await makeBranch(world, branch, world.base, noFence);
    const { tip } = await landTasks(world, branch, world.base, fence, { 'one.txt': '1' });
    const request = {
      workspace: world.workspace,
      branch,
      headSha: tip,
      startSha: world.base,
      baseBranch: 'main',
      baseSha: world.base,
      landedSha: null,
      how: 'merge' as const,
      withoutSha: null,
      metadata: stampOf('Update'),
    };
    expect(await world.activities.bringUpToDate(request)).toMatchObject({
      kind: 'current',
      baseSha: world.base,
    });
    const baseSha = commit(world.repository, { 'theirs.txt': 'x' });
    const updated = await world.activities.bringUpToDate(request);
    if (updated.kind !== 'updated') throw new Error(updated.kind);
    expect(await world.port.listFiles(world.workspace.repository, updated.headSha, '')).toEqual([
      'README.md',
      'one.txt',
      'theirs.txt',
    ]);
    expect(await world.activities.bringUpToDate({ ...request, headSha: updated.headSha })).toMatchObject({
      kind: 'current',
      baseSha,
    });
    const conflicting = commit(world.repository, { 'one.txt': 'theirs' });
    expect(await world.activities.bringUpToDate(request)).toMatchObject({
      kind: 'conflict',
      baseSha: conflicting,
      merge: {
        parentSha: conflicting,
        startSha: expect.stringMatching(/^[0-9a-f]{40}$/),
        files: [{ path: 'one.txt', kind: 'content' }],
      },
    });
  });
});

describe('watching for a landing', () => {
  const awaitLanded = (request: VerifyLandedRequest) => world.activities.awaitLanded(request);

  it('ends when a person has merged the head', async () => {
    const fence = await makeBranch(world, branch, world.base, noFence);
    const { tip } = await landTasks(world, branch, world.base, fence, { 'one.txt': '1' });
    const request = { workspace: world.workspace, branch: 'main', headSha: tip, method: 'merge' } as const;
    const watching = new MockActivityEnvironment().run(awaitLanded, request);
    expect(await world.activities.verifyLanded(request)).toEqual({ landed: false, tip: world.base });
    git(world.repository, 'merge', '-q', '--no-ff', '-m', 'By hand', branch);
    expect(await watching).toEqual({
      tip: git(world.repository, 'rev-parse', 'main'),
      tree: git(world.repository, 'rev-parse', 'main^{tree}'),
    });
  });

  it('ends at once when it is cancelled', async () => {
    const environment = new MockActivityEnvironment();
    const watching = environment.run(awaitLanded, {
      workspace: world.workspace,
      branch: 'gone',
      headSha: world.base,
      method: 'merge' as const,
    });
    const ended = expect(watching).rejects.toThrow(/CANCEL/i);
    await new Promise((resolve) => environment.once('heartbeat', resolve));
    environment.cancel();
    await ended;
  });

  it('knows a squash by its tree, also when the base went on, and a rewound branch as not landed', async () => {
    const fence = await makeBranch(world, branch, world.base, noFence);
    const { tip } = await landTasks(world, branch, world.base, fence, { 'one.txt': '1' }, { 'two.txt': '2' });
    const landed = (method: 'merge' | 'squash') =>
      world.activities.verifyLanded({ workspace: world.workspace, branch: 'main', headSha: tip, method });
    git(world.repository, 'merge', '-q', '--squash', branch);
    git(world.repository, 'commit', '-q', '-m', 'Squashed');
    const later = commit(world.repository, { 'later.txt': 'x' });
    expect(await landed('squash')).toEqual({ landed: true, tip: later });
    expect(await landed('merge')).toEqual({ landed: false, tip: later });
    git(world.repository, 'reset', '-q', '--hard', world.base);
    expect(await landed('squash')).toEqual({ landed: false, tip: world.base });
  });
});

describe('reading', () => {
  it('answers with files, trees and differences of any size in bounds', async () => {
    const { port, workspace } = world;
    const { repository } = workspace;
    const big = `${'ü'.repeat(200_000)}\n`;
    const head = commit(world.repository, {
      'docs/a.md': 'a\n',
      'docs/sub/b.md': 'b\n',
      'big.txt': big,
      ' space ü.txt': 's\n',
    });
    git(world.repository, 'mv', 'README.md', 'READ ME.md');
    git(world.repository, 'commit', '-q', '-m', 'Renamed');
    const renamed = git(world.repository, 'rev-parse', 'HEAD');

    expect(await port.readFile(repository, head, 'docs/a.md', 100)).toEqual({
      text: 'a\n',
      truncated: false,
    });
    expect(await port.readFile(repository, head, 'big.txt', 101)).toEqual({
      text: 'ü'.repeat(50),
      truncated: true,
    });
    for (const missing of ['nope', 'docs', '../x', '/etc/passwd', ''])
      expect(await port.readFile(repository, head, missing, 100)).toBeNull();
    expect(await port.listFiles(repository, head, 'docs')).toEqual(['docs/a.md']);
    expect(await port.listFiles(repository, head, 'nothing')).toEqual([]);
    expect(await port.changedFiles(repository, world.base, head)).toMatchObject({
      files: [' space ü.txt', 'big.txt', 'docs/a.md', 'docs/sub/b.md'],
      insertions: 4,
      deletions: 0,
    });
    expect(await port.changedFiles(repository, head, renamed)).toMatchObject({
      files: ['READ ME.md'],
      insertions: 0,
      deletions: 0,
    });
    const diff = await port.diff(repository, world.base, head, 300);
    expect(diff).toMatchObject({ truncated: true, stat: expect.stringContaining('4 files changed') });
    expect((await port.diff(repository, head, renamed, 10_000)).patch).toMatch(
      /^diff --git .*\nsimilarity index 100%/,
    );
    expect(await world.activities.readTips({ workspace, branches: ['main', 'nope'] })).toEqual({
      main: renamed,
      nope: null,
    });
    expect(await port.remoteRef(repository, 'refs/heads/main')).toBe(renamed);
  });

  it('names a commit that is nowhere', async () => {
    await expect(world.port.tree(world.workspace.repository, 'd'.repeat(40))).rejects.toMatchObject({
      code: 'GitFailed',
      message: expect.stringContaining('d'.repeat(40)),
    });
  });

  it('says when the repository disappeared', async () => {
    await world.port.fetch(world.workspace.repository);
    rmSync(world.repository, { recursive: true });
    await expect(
      world.activities.readTips({ workspace: world.workspace, branches: ['main'] }),
    ).rejects.toMatchObject({ type: 'RepositoryNotFound', nonRetryable: true });
    await world.activities.closeWorkspace({ workspace: world.workspace, fence: noFence });
  });
});
