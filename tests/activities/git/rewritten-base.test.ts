/** People may take commits from their base. What a branch is built on is then asked about, and never brought back by a merge. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BringUpToDateRequest } from '../../../activities/git/contract.ts';
import { commit, createWorld, git, landTasks, makeBranch, noFence, stampOf, type World } from './support.ts';

const branch = 'project/demo/integration';
let world: World;
/** Main is at a commit with a secret; the branch has two tasks on top of it. */
let secret: string;
let tip: string;

beforeEach(async () => {
  world = createWorld();
  secret = commit(world.repository, { 'secret.txt': 'hush' }, 'Add a key by mistake\n\nAt length.');
  git(world.repository, 'switch', '-q', '--detach');
  await world.port.fetch(world.workspace.repository);
  const fence = await makeBranch(world, branch, secret, noFence);
  ({ tip } = await landTasks(world, branch, secret, fence, { 'one.txt': '1' }, { 'two.txt': '2' }));
});
afterEach(() => world.remove());

const bring = (change: Partial<BringUpToDateRequest> = {}) =>
  world.activities.bringUpToDate({
    workspace: world.workspace,
    branch,
    headSha: tip,
    startSha: secret,
    baseBranch: 'main',
    baseSha: secret,
    landedSha: null,
    how: 'merge',
    withoutSha: null,
    metadata: stampOf('Update'),
    ...change,
  });

async function updated(change: Partial<BringUpToDateRequest> = {}) {
  const result = await bring(change);
  if (result.kind !== 'updated') throw new Error(JSON.stringify(result));
  return result;
}
const files = (sha: string) => world.port.listFiles(world.workspace.repository, sha, '');
const holds = (sha: string, ancestor: string) =>
  world.port.isAncestor(world.workspace.repository, ancestor, sha);
const main = (sha: string) => git(world.repository, 'update-ref', 'refs/heads/main', sha);

/** Another first commit, on no history that was there before. */
function orphan(contents: Readonly<Record<string, string>>): string {
  git(world.repository, 'switch', '-q', '--orphan', 'clean');
  const sha = commit(world.repository, contents, 'Clean');
  git(world.repository, 'switch', '-q', '--detach');
  main(sha);
  return sha;
}

describe('a base that lost what a branch is built on', () => {
  it('is asked about when it was rewound, by the names of commits and files', async () => {
    main(world.base);
    expect(await bring()).toEqual({
      kind: 'base_rewritten',
      baseSha: world.base,
      lostSha: secret,
      lost: [`${secret.slice(0, 10)} 'Add a key by mistake'`],
      lostCount: 1,
      files: ['secret.txt'],
      conflicts: [],
      elapsedMs: 0,
    });
  });

  it('is asked about when somebody replaced its whole history, or put other commits in the place', async () => {
    const clean = orphan({ 'README.md': 'Hello\n' });
    expect(await bring()).toMatchObject({ kind: 'base_rewritten', baseSha: clean, lostCount: 2 });
    git(world.repository, 'switch', '-q', '--detach', world.base);
    const amended = commit(world.repository, { 'other.txt': 'x' }, 'Amended');
    main(amended);
    expect(await bring()).toMatchObject({ kind: 'base_rewritten', baseSha: amended, lostCount: 1 });
  });

  it('gets the work of the branch alone when a person says to go on, whatever became of its history', async () => {
    main(world.base);
    const rewound = await updated({ withoutSha: secret });
    expect(rewound).toMatchObject({ how: 'rebase', baseSha: world.base, samePatches: false });
    expect(rewound.commits).toEqual([
      { task: 1, sha: expect.any(String) },
      { task: 2, sha: rewound.headSha },
    ]);
    expect(await files(rewound.headSha)).toEqual(['README.md', 'one.txt', 'two.txt']);
    expect(await holds(rewound.headSha, secret)).toBe(false);
    expect(await updated({ withoutSha: secret })).toEqual(rewound);

    const clean = orphan({ 'README.md': 'Hello\n', 'new.txt': 'new' });
    const replaced = await updated({ withoutSha: secret });
    expect(await files(replaced.headSha)).toEqual(['README.md', 'new.txt', 'one.txt', 'two.txt']);
    expect(await holds(replaced.headSha, world.base)).toBe(false);
    expect(await holds(replaced.headSha, clean)).toBe(true);
  });

  it('takes the word of a person for the loss that they were told of, and for no other', async () => {
    main(world.base);
    expect(await bring({ withoutSha: world.base })).toMatchObject({ kind: 'base_rewritten' });
  });

  it('gets one commit of the work where the branch had merged base in since', async () => {
    git(world.repository, 'switch', '-q', '--detach', secret);
    const later = commit(world.repository, { 'later.txt': 'x' }, 'Later');
    main(later);
    const merged = await updated();
    expect(await files(merged.headSha)).toContain('later.txt');
    main(secret);
    const rebased = await updated({ headSha: merged.headSha, baseSha: later, withoutSha: later });
    expect(await files(rebased.headSha)).toEqual(['README.md', 'one.txt', 'secret.txt', 'two.txt']);
    expect(await holds(rebased.headSha, later)).toBe(false);
    expect(new Set(rebased.commits.map(({ task }) => task))).toEqual(new Set([1, 2]));
    const { repository } = world.workspace;
    expect(
      await world.port.log(repository, { sinceSha: secret, tipSha: rebased.headSha, most: 9 }),
    ).toMatchObject([{ message: expect.stringMatching(/^Rebase 'project\/demo\/integration' on 'main'\n/) }]);
  });

  it('says where the work conflicts with what is there now', async () => {
    git(world.repository, 'switch', '-q', '--detach', world.base);
    main(commit(world.repository, { 'one.txt': 'another' }, 'Another one'));
    expect(await bring({ withoutSha: secret })).toMatchObject({
      kind: 'base_rewritten',
      conflicts: ['one.txt'],
    });
  });

  it('never keeps what a branch that is rebased anyway had taken up', async () => {
    main(world.base);
    const rebased = await updated({ how: 'rebase' });
    expect(await files(rebased.headSha)).not.toContain('secret.txt');
    expect(rebased.samePatches).toBe(false);
  });
});
