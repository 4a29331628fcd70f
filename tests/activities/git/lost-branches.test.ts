/** Branches that people deleted, rewound or replaced on the remote: what is called done is put back, or its loss is said. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BringUpToDateRequest, CreateBranchRequest } from '../../../activities/git/contract.ts';
import { armFaults } from '../../../activities/support/fault-points.ts';
import type { Fence } from '../../../domain/model/git.ts';
import { epochRef } from '../../../domain/names/git-refs.ts';
import {
  commit,
  createWorld,
  git,
  type Landed,
  landTasks,
  makeBranch,
  personCommits,
  type World,
} from './support.ts';

const integration = 'project/demo/integration';
const branch = 'project/demo/phase/1/step';

let world: World;
let landed: Landed;
beforeEach(async () => {
  world = createWorld();
  const fence = await makeBranch(world, integration, world.base, { epoch: 1, sha: null });
  const made = await makeBranch(world, branch, world.base, fence);
  landed = await landTasks(world, branch, world.base, made, { 'one.txt': '1' }, { 'two.txt': '2' });
});
afterEach(() => {
  armFaults('');
  world.remove();
});

const tipOf = (name = branch) => git(world.repository, 'rev-parse', `refs/heads/${name}`);
const remoteFence = (): Fence => ({
  epoch: 1,
  sha: git(world.repository, 'rev-parse', epochRef('demo')),
});
const takeUp = (change: Partial<CreateBranchRequest> = {}) =>
  world.activities.createBranch({
    workspace: world.workspace,
    branch,
    from: { kind: 'tip', branch: integration, landedSha: world.base },
    siblings: [integration],
    own: { headSha: landed.tip },
    fence: landed.fence,
    ...change,
  });
const restore = (fence = landed.fence) =>
  world.activities.restoreBranch({ workspace: world.workspace, branch, headSha: landed.tip, fence });
const findHead = (required: readonly string[] = landed.commits.map(({ sha }) => sha)) =>
  world.activities.findHead({ workspace: world.workspace, branch, headSha: landed.tip, required });
const deleteBranch = (name = branch) => git(world.repository, 'update-ref', '-d', `refs/heads/${name}`);
const moveBranch = (sha: string) => git(world.repository, 'update-ref', `refs/heads/${branch}`, sha);

describe('making branches', () => {
  it('asks the remote once for branches that are made one after another', async () => {
    const { activities, workspace, base, verbs } = world;
    const begin = { workspace, siblings: [], own: null };
    verbs.length = 0;
    const from = { kind: 'sha', sha: base } as const;
    const first = await activities.createBranch({
      ...begin,
      branch: 'project/x/integration',
      from,
      fence: null,
    });
    if (first.kind !== 'ready') throw new Error(first.kind);
    const tip = { kind: 'tip', branch: 'project/x/integration', landedSha: base } as const;
    const next = { ...begin, branch: 'project/x/phase/1/a', from: tip, fence: first.fence };
    expect(await activities.createBranch(next)).toMatchObject({ kind: 'ready', headSha: base });
    expect(verbs.filter((verb) => verb === 'ls-remote')).toHaveLength(1);
  });

  it.each([
    ['of its name', 'project/x/phase/1/a'],
    ['below it', 'project/x/phase/1/a/theirs'],
    ['above it', 'project/x/phase/1'],
  ])('asks it again where a branch %s came meanwhile, and takes nothing of it', async (_place, theirs) => {
    const { activities, workspace, base, repository } = world;
    const begin = { workspace, siblings: [], own: null };
    const from = { kind: 'sha', sha: base } as const;
    const first = await activities.createBranch({
      ...begin,
      branch: 'project/x/integration',
      from,
      fence: null,
    });
    if (first.kind !== 'ready') throw new Error(first.kind);
    git(repository, 'branch', theirs, commit(repository, { 'theirs.txt': 't' }));
    const next = { ...begin, branch: 'project/x/phase/1/a', from, fence: first.fence };
    expect((await activities.createBranch(next)).kind).toBe('conflict');
    git(repository, 'branch', '-D', theirs);
    expect((await activities.createBranch(next)).kind).toBe('ready');
  });
});

describe('taking up a branch of our own', () => {
  it('takes it where we left it', async () => {
    expect(await takeUp()).toEqual({
      kind: 'ready',
      headSha: landed.tip,
      fromSha: world.base,
      fence: landed.fence,
      restored: false,
    });
  });

  it('puts a deleted one back at the recorded head, never at the branch it came from', async () => {
    deleteBranch();
    const ready = await takeUp();
    expect(ready).toMatchObject({ kind: 'ready', headSha: landed.tip, fromSha: world.base, restored: true });
    expect(tipOf()).toBe(landed.tip);
    expect(ready).toMatchObject({ fence: remoteFence() });
  });

  it('puts a rewound one back', async () => {
    moveBranch(world.base);
    expect(await takeUp()).toMatchObject({ kind: 'ready', headSha: landed.tip, restored: true });
    expect(tipOf()).toBe(landed.tip);
  });

  it("takes somebody's commits on top along", async () => {
    const theirs = personCommits(world, branch, { 'theirs.txt': 'x' });
    expect(await takeUp()).toMatchObject({ kind: 'ready', headSha: theirs, restored: false });
    expect(tipOf()).toBe(theirs);
  });

  it('says what is lost, and how to put it back, when it was replaced', async () => {
    moveBranch(world.base);
    const theirs = personCommits(world, branch, { 'theirs.txt': 'x' });
    expect(await takeUp()).toEqual({
      kind: 'lost',
      headSha: theirs,
      message: expect.stringMatching(
        new RegExp(
          `is at ${theirs} .* does not hold ${landed.tip}.*git push --force-with-lease=.*:${theirs} origin`,
        ),
      ),
    });
    expect(tipOf()).toBe(theirs);
  });

  it('says that it is gone when the recorded commit is not to be had any more', async () => {
    deleteBranch();
    const nowhere = 'd'.repeat(40);
    expect(await takeUp({ own: { headSha: nowhere } })).toEqual({
      kind: 'lost',
      headSha: null,
      message: expect.stringContaining(`git push origin ${nowhere}:refs/heads/${branch}`),
    });
  });

  it.each([
    ['deleted', deleteBranch],
    ['rewound', () => moveBranch(world.base)],
  ])('goes on with the fence of a lost answer when it was %s', async (_how, lose) => {
    lose();
    armFaults('createBranch:effect=throw');
    await expect(takeUp()).rejects.toThrow('Fault injected');
    expect(await takeUp()).toMatchObject({
      kind: 'ready',
      headSha: landed.tip,
      restored: true,
      fence: remoteFence(),
    });
  });

  it('starts from no branch that is gone or lacks what had landed there', async () => {
    const from = { kind: 'tip', branch: integration, landedSha: landed.tip } as const;
    expect(await takeUp({ from })).toMatchObject({
      kind: 'base_lost',
      message: expect.stringContaining(`does not hold ${landed.tip}`),
    });
    deleteBranch(integration);
    expect(await takeUp()).toMatchObject({ kind: 'base_lost' });
  });

  it('reads the fence of a workspace that begins, and knows its own lost push', async () => {
    armFaults('createBranch:effect=throw');
    const begin = () => takeUp({ branch: 'project/demo/other', own: null, fence: null });
    await expect(begin()).rejects.toThrow('Fault injected');
    expect(await begin()).toEqual({
      kind: 'ready',
      headSha: world.base,
      fromSha: world.base,
      restored: false,
      fence: remoteFence(),
    });
  });

  it("takes nobody else's branch when it begins, even at the same commit", async () => {
    git(world.repository, 'branch', 'theirs', world.base);
    expect(await takeUp({ branch: 'theirs', own: null, fence: null })).toMatchObject({ kind: 'conflict' });
  });
});

describe('restoring a branch', () => {
  it('pushes the recorded head where it is gone or rewound, once, whatever gets lost', async () => {
    deleteBranch();
    armFaults('restoreBranch:effect=throw');
    await expect(restore()).rejects.toThrow('Fault injected');
    expect(await restore()).toEqual({ kind: 'landed', sha: landed.tip, fence: remoteFence() });
    moveBranch(world.base);
    expect(await restore(remoteFence())).toMatchObject({ kind: 'landed', sha: landed.tip });
    expect(tipOf()).toBe(landed.tip);
  });

  it("forces nothing over somebody's commits", async () => {
    const theirs = personCommits(world, branch, { 'theirs.txt': 'x' });
    expect(await restore()).toEqual({ kind: 'moved', remote: theirs });
    moveBranch(world.base);
    const others = personCommits(world, branch, { 'others.txt': 'x' });
    expect(await restore()).toEqual({ kind: 'lost', remote: others });
  });

  it('is fenced out on a host that lost the workspace', async () => {
    const other = world.otherHost();
    const update = { ref: 'refs/heads/elsewhere', expected: null, sha: world.base };
    await other.push(world.workspace, [update], landed.fence);
    await expect(restore()).rejects.toMatchObject({ type: 'FencedOut' });
  });
});

describe('finding the head', () => {
  it('tells same, gone, behind, ahead and lost apart, with one look at the remote', async () => {
    world.verbs.length = 0;
    expect(await findHead()).toEqual({ kind: 'same' });
    expect(world.verbs).toEqual(['ls-remote']);
    const [first = ''] = landed.commits.map(({ sha }) => sha);
    const theirs = personCommits(world, branch, { 'theirs.txt': 'x' });
    expect(await findHead()).toEqual({
      kind: 'ahead',
      headSha: theirs,
      tree: git(world.repository, 'rev-parse', `${theirs}^{tree}`),
    });
    moveBranch(first);
    expect(await findHead()).toEqual({ kind: 'behind', headSha: first });
    const replaced = personCommits(world, branch, { 'replaced.txt': 'x' });
    expect(await findHead()).toEqual({ kind: 'lost', headSha: replaced, missing: [landed.tip] });
    deleteBranch();
    expect(await findHead()).toEqual({ kind: 'gone' });
  });

  it('names what is required and nowhere to be had', async () => {
    const nowhere = 'd'.repeat(40);
    expect(await findHead([nowhere])).toEqual({ kind: 'lost', headSha: landed.tip, missing: [nowhere] });
  });
});

describe('finding what landed', () => {
  const findLanded = (change = {}) =>
    world.activities.findLanded({
      workspace: world.workspace,
      branches: [branch, 'project/demo/phase/2/none', integration],
      sinceSha: world.base,
      owner: 'demo',
      phase: 1,
      ...change,
    });

  it('names each task that landed, by its trailers, and passes over branches that are not there', async () => {
    const [first, second] = landed.commits;
    expect(await findLanded()).toEqual({
      commits: [
        { branch, task: 2, sha: second?.sha },
        { branch, task: 1, sha: first?.sha },
      ],
    });
    expect(await findLanded({ phase: 2 })).toEqual({ commits: [] });
    expect(await findLanded({ owner: 'other' })).toEqual({ commits: [] });
    expect(await findLanded({ sinceSha: first?.sha })).toMatchObject({ commits: [{ task: 2 }] });
  });

  it('keeps the newest of a task, and takes no trailer out of the middle of a message', async () => {
    const again = await landTasks(world, branch, landed.tip, landed.fence, { 'again.txt': '1' });
    const quoted =
      'Quote\n\nPhasewright-Project: demo\nPhasewright-Phase: 1\nPhasewright-Task: 7\n\nThe end.';
    personCommits(world, branch, { 'quote.txt': 'x' }, quoted);
    expect(await findLanded()).toEqual({
      commits: [
        { branch, task: 1, sha: again.tip },
        { branch, task: 2, sha: landed.commits[1]?.sha },
      ],
    });
  });
});

describe('bringing a branch up to date', () => {
  const bring = (
    how: 'rebase' | 'merge',
    headSha = landed.tip,
    base: Partial<Pick<BringUpToDateRequest, 'baseSha' | 'landedSha'>> = {},
  ) =>
    world.activities.bringUpToDate({
      workspace: world.workspace,
      branch,
      headSha,
      startSha: world.base,
      baseBranch: integration,
      baseSha: world.base,
      landedSha: world.base,
      ...base,
      how,
      withoutSha: null,
      metadata: { date: '2026-03-04T05:06:07.000Z', subject: 'Merge', body: '', trailers: [] },
    });
  const treeOf = (sha: string) => {
    const mirror = world.port.worktreePath(world.workspace);
    return git(mirror, 'rev-parse', `${sha}^{tree}`);
  };

  it('says that it holds its base, or that its base holds all of it, with one look at the remote', async () => {
    world.verbs.length = 0;
    expect(await bring('rebase')).toEqual({
      kind: 'current',
      baseSha: world.base,
      elapsedMs: 0,
    });
    expect(await bring('merge', world.base)).toEqual({
      kind: 'nothing',
      baseSha: world.base,
      elapsedMs: 0,
    });
    expect(world.verbs).toEqual(['ls-remote', 'ls-remote']);
  });

  it('rebases each commit, or merges the base in, and says which tree that made', async () => {
    const baseSha = personCommits(world, integration, { 'theirs.txt': 'x' });
    const rebased = await bring('rebase');
    if (rebased.kind !== 'updated') throw new Error(rebased.kind);
    expect(rebased).toMatchObject({
      baseSha,
      samePatches: true,
      commits: [{ task: 1 }, { task: 2, sha: rebased.headSha }],
      tree: treeOf(rebased.headSha),
    });
    const merged = await bring('merge');
    expect(merged).toMatchObject({
      kind: 'updated',
      baseSha,
      commits: [],
      samePatches: true,
      tree: rebased.tree,
    });
    expect(await bring('merge')).toEqual(merged);
    expect(tipOf()).toBe(landed.tip);
  });

  it('hands a conflict over as a merge to finish', async () => {
    const baseSha = personCommits(world, integration, { 'one.txt': 'theirs' });
    for (const how of ['rebase', 'merge'] as const)
      expect(await bring(how)).toEqual({
        elapsedMs: 0,
        kind: 'conflict',
        baseSha,
        merge: {
          parentSha: baseSha,
          startSha: expect.stringMatching(/^[0-9a-f]{40}$/),
          files: [{ path: 'one.txt', kind: 'content', says: 'added on both sides', others: [] }],
        },
      });
  });

  it('touches no base that is gone or lacks what had landed there', async () => {
    const lacking = { landedSha: landed.tip };
    expect(await bring('rebase', landed.tip, lacking)).toEqual({ kind: 'base_lost', elapsedMs: 0 });
    deleteBranch(integration);
    expect(await bring('rebase')).toEqual({ kind: 'base_lost', elapsedMs: 0 });
    await expect(bring('rebase', landed.tip, { landedSha: null })).rejects.toMatchObject({
      type: 'BaseNotFound',
      nonRetryable: true,
    });
  });
});
