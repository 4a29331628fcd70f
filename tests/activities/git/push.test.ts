import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { PortError } from '../../../activities/support/errors.ts';
import type { PushResult } from '../../../activities/git/port.ts';
import type { Fence } from '../../../domain/model/git.ts';
import { runGit } from '../../support/git.ts';
import { commit, createWorld, git, noFence, stampOf, type World, write } from './support.ts';

let world: World;
beforeEach(async () => {
  world = createWorld();
  await world.port.fetch(world.workspace.repository);
});
afterEach(() => world.remove());

const epoch = 'refs/phasewright/demo/epoch';
const create = (sha: string, branch = 'ours') => [{ ref: `refs/heads/${branch}`, expected: null, sha }];
const fenceOf = (result: PushResult): Fence => {
  if (result.kind !== 'pushed') throw new Error(`${result.kind} ${result.ref} ${result.remote}`);
  return result.fence;
};
const next = (parent: string, subject = 'Next') =>
  world.port.tree(world.workspace.repository, parent).then((tree) =>
    world.port.commitTree(world.workspace.repository, {
      tree,
      parents: [parent],
      metadata: stampOf(subject),
    }),
  );
const remote = (ref: string) => git(world.repository, 'rev-parse', '--verify', '-q', ref);

describe('a push', () => {
  it('moves the branch and the fence together', async () => {
    const { port, workspace, base } = world;
    const first = fenceOf(await port.push(workspace, create(base), noFence));
    const sha = await next(base);
    const second = fenceOf(
      await port.push(workspace, [{ ref: 'refs/heads/ours', expected: base, sha }], first),
    );

    expect(remote('ours')).toBe(sha);
    expect(remote(epoch)).toBe(second.sha);
    expect(git(world.repository, 'rev-parse', `${epoch}^`)).toBe(first.sha);
    expect(git(world.repository, 'log', '-1', '--format=%B', epoch)).toContain(
      `refs/heads/ours ${base} -> ${sha}`,
    );
  });

  it('is signed in all its commits by whom the operator names', async () => {
    const { workspace, base, root } = world;
    const author = { name: 'A Robot', email: 'robot@example.com' };
    const committer = { name: 'Ü', email: 'u@example.com' };
    const port = createSimpleGit({
      dataDir: join(root, 'signed'),
      hostId: 'host-1',
      env: process.env,
      identities: { author, committer },
    });
    const tree = await port.tree(workspace.repository, base);
    const made = () =>
      port.commitTree(workspace.repository, { tree, parents: [base], metadata: stampOf('Next') });
    const sha = await made();
    fenceOf(await port.push(workspace, create(sha), noFence));

    for (const ref of ['ours', epoch])
      expect(git(world.repository, 'log', '-1', '--format=%an <%ae> %cn <%ce>', ref)).toBe(
        'A Robot <robot@example.com> Ü <u@example.com>',
      );
    expect(await made()).toBe(sha);
  });

  it('dates its fence as the newest commit that it pushes, whoever made that', async () => {
    const { port, workspace, base, repository } = world;
    const date = (ref: string) => git(repository, 'log', '-1', '--format=%ct %at', ref);
    const [theirs, ours] = ['2026-01-02T03:04:05Z', '2026-03-04T05:06:07Z'].map(
      (at) => Date.parse(at) / 1000,
    );
    const first = fenceOf(await port.push(workspace, create(base), noFence));
    expect(date(epoch)).toBe(`${theirs} ${theirs}`);

    const updates = [...create(await next(base), 'newer'), ...create(base, 'older')];
    const second = fenceOf(await port.push(workspace, updates, first));
    expect(date(epoch)).toBe(`${ours} ${ours}`);
    // On a host that has made and seen none of these commits.
    expect(fenceOf(await world.otherHost().push(workspace, updates, first))).toEqual(second);
  });

  it('reads the date of a commit from another time zone, wherever it is stored', async () => {
    const { port, workspace, repository } = world;
    const at = '2026-02-03T04:05:06+05:30';
    const env = { GIT_AUTHOR_DATE: '2001-01-01T00:00:00Z', GIT_COMMITTER_DATE: at };
    runGit(repository, ['commit', '-q', '--allow-empty', '-m', 'Far away'], { env });
    git(repository, 'gc', '-q');
    await port.fetch(workspace.repository);
    fenceOf(await port.push(workspace, create(git(repository, 'rev-parse', 'HEAD')), noFence));

    expect(git(repository, 'log', '-1', '--format=%ct', epoch)).toBe(String(Date.parse(at) / 1000));
  });

  it('can be repeated after its answer was lost', async () => {
    const { port, workspace, base } = world;
    const first = await port.push(workspace, create(base), noFence);

    expect(await port.push(workspace, create(base), noFence)).toEqual(first);
    expect(await world.otherHost().push(workspace, create(base), noFence)).toEqual(first);
  });

  it('is known to have landed when the connection breaks before the remote can say so', async () => {
    const { workspace, base, root } = world;
    const port = createSimpleGit({
      dataDir: join(root, 'third data'),
      hostId: 'host-3',
      env: { PATH: `${pushThatLosesItsAnswer(root)}:${process.env['PATH']}` },
    });
    await port.fetch(workspace.repository);

    const pushed = fenceOf(await port.push(workspace, create(base), noFence));

    expect(existsSync(join(root, 'answer dropped'))).toBe(true);
    expect(remote('ours')).toBe(base);
    expect(remote(epoch)).toBe(pushed.sha);
  });

  it("never goes over somebody else's commit", async () => {
    const { port, workspace, base } = world;
    const fence = fenceOf(await port.push(workspace, create(base), noFence));
    git(world.repository, 'switch', '-q', 'ours');
    const theirs = commit(world.repository, { 'theirs.txt': 'x' }, 'By a person');
    git(world.repository, 'switch', '-q', 'main');

    const result = await port.push(
      workspace,
      [{ ref: 'refs/heads/ours', expected: base, sha: await next(base) }],
      fence,
    );

    expect(result).toEqual({ kind: 'lease_lost', ref: 'refs/heads/ours', remote: theirs });
    expect(remote('ours')).toBe(theirs);
    expect(remote(epoch)).toBe(fence.sha);
  });

  it('writes all refs or none', async () => {
    const { port, workspace, base } = world;
    const fence = fenceOf(await port.push(workspace, create(base, 'one'), noFence));
    const sha = await next(base);

    const result = await port.push(
      workspace,
      [
        { ref: 'refs/heads/one', expected: base, sha },
        { ref: 'refs/heads/two', expected: base, sha },
      ],
      fence,
    );

    expect(result).toEqual({ kind: 'lease_lost', ref: 'refs/heads/two', remote: null });
    expect(remote('one')).toBe(base);
  });

  it('looks at a ref that it would not change, since git sends no lease for it', async () => {
    const { port, workspace, base } = world;
    const fence = fenceOf(await port.push(workspace, create(base, 'one'), noFence));
    const sha = await next(base);
    const updates = [
      { ref: 'refs/heads/one', expected: sha, sha },
      { ref: 'refs/heads/two', expected: null, sha },
    ];

    expect(await port.push(workspace, updates, fence)).toEqual({
      kind: 'lease_lost',
      ref: 'refs/heads/one',
      remote: base,
    });
  });

  it('deletes a branch', async () => {
    const { port, workspace, base } = world;
    const fence = fenceOf(await port.push(workspace, create(base), noFence));
    fenceOf(await port.push(workspace, [{ ref: 'refs/heads/ours', expected: base, sha: null }], fence));
    expect((await port.remoteBranches(workspace.repository)).has('ours')).toBe(false);
  });
});

describe('the fence', () => {
  it('keeps out a host that lost the workspace', async () => {
    const { port, workspace, base } = world;
    const old = fenceOf(await port.push(workspace, create(base), noFence));
    const other = world.otherHost();
    const sha = await next(base, 'From the new host');
    await other.fetch(workspace.repository);
    const tree = await other.tree(workspace.repository, base);
    const theirs = await other.commitTree(workspace.repository, {
      tree,
      parents: [base],
      metadata: stampOf('From the new host'),
    });
    expect(theirs).toBe(sha);
    const taken = fenceOf(
      await other.push(workspace, [{ ref: 'refs/heads/ours', expected: base, sha: theirs }], {
        ...old,
        epoch: 2,
      }),
    );

    const zombie = port.push(
      workspace,
      [{ ref: 'refs/heads/ours', expected: theirs, sha: await next(theirs, 'Zombie') }],
      old,
    );

    await expect(zombie).rejects.toMatchObject({ code: 'FencedOut' });
    expect(remote('ours')).toBe(theirs);
    // And back again: the commit of the other host's fence is fetched.
    fenceOf(await port.push(workspace, create(base, 'more'), { ...taken, epoch: 3 }));
  });

  it('of one project is not another project’s', async () => {
    const { port, base } = world;
    fenceOf(await port.push(world.workspaceOf('one'), create(base, 'one'), noFence));
    fenceOf(await port.push(world.workspaceOf('two'), create(base, 'two'), noFence));
    expect(git(world.repository, 'for-each-ref', '--format=%(refname)', 'refs/phasewright')).toBe(
      'refs/phasewright/one/epoch\nrefs/phasewright/two/epoch',
    );
  });
});

describe("a person's repository", () => {
  it('runs none of its hooks', async () => {
    const { port, workspace, base, repository, root } = world;
    for (const hook of [
      'pre-receive',
      'update',
      'post-receive',
      'post-update',
      'reference-transaction',
      'push-to-checkout',
    ]) {
      write(join(repository, '.git', 'hooks'), {
        [hook]: `#!/bin/sh\ntouch "${join(root, 'ran')}-${hook}"\n`,
      });
      chmodSync(join(repository, '.git', 'hooks', hook), 0o755);
    }
    const fence = fenceOf(await port.push(workspace, create(base), noFence));
    await port.fetch(workspace.repository);
    await port.close(workspace, fence);

    for (const hook of [
      'pre-receive',
      'update',
      'post-receive',
      'post-update',
      'reference-transaction',
      'push-to-checkout',
    ]) {
      expect([hook, existsSync(`${join(root, 'ran')}-${hook}`)]).toEqual([hook, false]);
    }
    // The hooks work: a person's own ref update does run one.
    git(repository, 'update-ref', 'refs/heads/by-hand', base);
    expect(existsSync(`${join(root, 'ran')}-reference-transaction`)).toBe(true);
  });

  it('keeps the branch that it has checked out, even where it allows pushes to update the checkout', async () => {
    const { port, workspace, base, repository } = world;
    git(repository, 'config', 'receive.denyCurrentBranch', 'updateInstead');
    const sha = await next(base);

    const refused: unknown = await port
      .push(workspace, [{ ref: 'refs/heads/main', expected: base, sha }], noFence)
      .catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(PortError);
    expect(refused).toMatchObject({
      code: 'PushRejected',
      message: expect.stringContaining('has main checked out'),
    });
    expect(remote('main')).toBe(base);
    expect(git(repository, 'status', '--porcelain')).toBe('');
    expect(await port.checkedOutAt(workspace.repository, 'main')).toBe(repository);
    expect(await port.checkedOutAt(workspace.repository, 'other')).toBeNull();
  });

  it('may be bare', async () => {
    const { port, base, root, repository } = world;
    git(root, 'clone', '-q', '--bare', repository, 'bare.git');
    const workspace = {
      ...world.workspace,
      repository: { kind: 'path', path: join(root, 'bare.git') },
    } as const;

    expect(await port.resolveBase(workspace.repository, null)).toEqual({ branch: 'main', sha: base });
    fenceOf(
      await port.push(
        workspace,
        [{ ref: 'refs/heads/main', expected: base, sha: await nextIn(workspace.repository) }],
        noFence,
      ),
    );
    expect(await port.checkedOutAt(workspace.repository, 'main')).toBeNull();

    async function nextIn(repository: typeof workspace.repository) {
      return port.commitTree(repository, {
        tree: await port.tree(repository, base),
        parents: [base],
        metadata: stampOf('Next'),
      });
    }
  });
});

describe('names', () => {
  it.each(['--upload-pack=touch x', 'a..b', 'a b', 'a:b', 'x.lock', 'a\nb', 'a*'])(
    'refuses %j as part of a ref',
    async (branch) => {
      await expect(
        world.port.push(world.workspace, create(world.base, `x/${branch}`), noFence),
      ).rejects.toMatchObject({
        code: 'GitFailed',
        message: expect.stringContaining('is not a name'),
      });
    },
  );

  it.each(['+a', '-rf', "it's", '$(touch)', 'ü'])('takes %j in a ref for what it is', async (name) => {
    fenceOf(await world.port.push(world.workspace, create(world.base, `x/${name}`), noFence));
    expect((await world.port.remoteBranches(world.workspace.repository)).get(`x/${name}`)).toBe(world.base);
  });

  it.each([
    'ext::sh -c touch% x',
    '-oProxyCommand=x',
    'ssh://-oProxyCommand=x/y',
    'relative/path',
    'https://a b',
  ])('refuses %j as a remote', async (url) => {
    await expect(world.port.fetch({ kind: 'url', url })).rejects.toMatchObject({
      code: 'RepositoryNotFound',
    });
  });

  it.each(['../x', 'a/b', '-rf', '', 'A', 'x.lock'])('refuses %j as an owner', async (owner) => {
    expect(() => world.port.worktreePath(world.workspaceOf(owner))).toThrow(PortError);
  });

  it.each(['HEAD', '--all', 'main', 'abc'])('refuses %j as an object', async (sha) => {
    await expect(world.port.tree(world.workspace.repository, sha)).rejects.toMatchObject({
      code: 'GitFailed',
    });
  });
});

/** A folder for PATH with a git whose `push` does its work and then reports a broken connection. */
function pushThatLosesItsAnswer(root: string): string {
  const bin = join(root, 'bin');
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const marker = join(root, 'answer dropped');
  write(bin, {
    git: `#!/bin/sh
for word in "$@"; do
  if [ "$word" = push ]; then
    "${real}" "$@" > "${marker}" 2>&1
    echo 'fatal: the remote end hung up unexpectedly' >&2
    exit 128
  fi
done
exec "${real}" "$@"
`,
  });
  chmodSync(join(bin, 'git'), 0o755);
  return bin;
}
