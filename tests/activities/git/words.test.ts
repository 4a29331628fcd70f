/** What people read of a git that failed: whoever refused speaks first. */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gitFailed, missesObject, refusal } from '../../../activities/git/simple-git/errors.ts';
import { PortError } from '../../../activities/support/errors.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { type GitOverHttp, serveGit } from '../../support/git-over-http.ts';
import { commit, createWorld, git, noFence, stampOf, type World, write } from './support.ts';

const failed = (stderr: string, text = '') => gitFailed('push', { code: 1, text, stderr });

describe('a remote with rules', () => {
  let world: World;
  let server: GitOverHttp;
  let workspace: WorkspaceRef;

  beforeEach(async () => {
    world = createWorld();
    git(world.root, 'clone', '-q', '--bare', world.repository, 'served.git');
    server = await serveGit(world.root);
    workspace = { ...world.workspace, repository: { kind: 'url', url: `${server.url}/served.git` } };
  });
  afterEach(async () => {
    await server.close();
    world.remove();
  });

  function hook(name: string, script: string): void {
    const folder = join(world.root, 'served.git', 'hooks');
    write(folder, { [name]: `#!/bin/sh\n${script}\n` });
    chmodSync(join(folder, name), 0o755);
  }
  async function push(): Promise<PortError> {
    const { port, base } = world;
    await port.fetch(workspace.repository);
    const sha = await port.commitTree(workspace.repository, {
      tree: await port.tree(workspace.repository, base),
      parents: [base],
      metadata: stampOf('Next'),
    });
    const error: unknown = await port
      .push(workspace, [{ ref: 'refs/heads/ours', expected: null, sha }], noFence)
      .catch((reason: unknown) => reason);
    if (error instanceof PortError) return error;
    throw new Error('It was pushed.');
  }

  it("refuses with its hook's words first, and none of git's progress", async () => {
    hook(
      'update',
      "case $1 in refs/heads/*) echo 'the author must have an address of ours' >&2; exit 1;; esac",
    );
    const { code, message } = await push();

    expect(code).toBe('PushRejected');
    expect(message).toContain('refused the push of ours: remote: the author must have an address of ours\n');
    expect(message).not.toMatch(/Counting|Writing|delta|\\u|\r/);
  });

  it('refuses at length and is quoted from the beginning', async () => {
    hook(
      'pre-receive',
      'i=0; while [ $i -lt 99 ]; do echo "rule $i is broken by what you sent" >&2; i=$((i+1)); done; exit 1',
    );
    const { code, message } = await push();

    expect(code).toBe('ContentRefused');
    expect(message).toContain('refused the push of ours: remote: rule 0 is broken');
    expect(message).toContain('[remote rejected] (pre-receive hook declined)');
    expect(message.length).toBeLessThan(2_500);
  });

  it('is quoted with what is wrong first, however much it says before that', async () => {
    hook(
      'pre-receive',
      'i=0; while [ $i -lt 99 ]; do echo "Welcome to our server, line $i" >&2; i=$((i+1)); done; echo "error: GH001: Large files detected." >&2; exit 1',
    );
    expect((await push()).message).toContain('refused the push of ours: remote: error: GH001: Large files');
  });

  it('breaks off a fetch, which is told without what had come so far', async () => {
    const served = join(world.root, 'served.git');
    const blob = git(served, 'rev-parse', 'main:README.md');
    rmSync(join(served, 'objects', blob.slice(0, 2), blob.slice(2)));
    const away = await world
      .otherHost()
      .fetch(workspace.repository)
      .catch((reason: unknown) => reason);

    expect(String(away)).toMatch(/git fetch failed \(exit \d+\): (remote|fatal|error): /);
    expect(String(away)).not.toMatch(/Counting|Receiving/);
  });
});

describe('the words of a git that failed', () => {
  it('hold neither progress nor advice', () => {
    const { message } = failed(
      [
        'Enumerating objects: 5, done.',
        'Counting objects:  20% (1/5)\rCounting objects: 100% (5/5), done.',
        'Delta compression using up to 2 threads',
        'Total 3 (delta 0), reused 0 (delta 0), pack-reused 0',
        'hint: Updates were rejected because a pushed branch tip is behind its remote',
        'error: failed to push some refs',
        'remote: Resolving deltas: 100% (1/1), done.',
        'remote: Scanning is over: 2 problems found.        ',
        'remote: ',
      ].join('\n'),
      'To https://example.invalid/a\n!\ta:b\t[rejected] (non-fast-forward)\nDone\n',
    );
    expect(message).toBe(
      'git push failed (exit 1): remote: Scanning is over: 2 problems found.\nerror: failed to push some refs\n!\ta:b\t[rejected] (non-fast-forward)',
    );
  });

  it('of a merge say what cannot be merged', () => {
    const error = gitFailed('merge-tree', {
      code: 128,
      text: '',
      stderr: 'hint: look elsewhere\nfatal: cannot merge this\n',
    });
    expect(error.message).toBe('git merge-tree failed (exit 128): fatal: cannot merge this');
  });

  it('are all looked through, however long, for what can be mended', () => {
    const long = 'warning: something else is odd as well\n'.repeat(200);
    expect(missesObject(failed(`${long}fatal: bad object abc\n`))).toBe(true);
  });
});

describe('a repository that git cannot work with', () => {
  let world: World;
  beforeEach(() => {
    world = createWorld();
  });
  afterEach(() => world.remove());
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );
  const at = (path: string) => ({ kind: 'path', path: join(world.root, path) }) as const;

  it('is named once and for all when it names its objects differently', async () => {
    git(world.root, 'init', '-q', '--object-format=sha256', 'long');
    commit(join(world.root, 'long'), { a: 'a' });

    expect(await failureOf(world.port.fetch(at('long')))).toMatchObject({
      code: 'UnusableRepository',
      message: expect.stringMatching(
        /Use a repository with SHA-1 objects\. git fetch failed .*mismatched algorithms/,
      ),
    });
  });

  it('is named when two of its branches have nothing in common', async () => {
    const { repository, port, workspace, base } = world;
    git(repository, 'switch', '-q', '--orphan', 'anew');
    const anew = commit(repository, { b: 'b' });
    await port.fetch(workspace.repository);

    expect(await failureOf(port.mergeTree(workspace.repository, base, anew))).toMatchObject({
      code: 'BaseRewritten',
      message: expect.stringMatching(/^The two branches have no commit in common.* unrelated histories$/),
    });
  });

  it('is not taken for one because of what a file says', () => {
    const error = gitFailed('cat-file', { code: 1, stderr: 'fatal: odd\n', text: 'of a promisor remote\n' });
    expect(error.code).toBe('GitFailed');
  });

  it.each([
    [
      "error: failed to push some refs to 'x'\n",
      '!\ta:a\t[remote rejected] (shallow update not allowed)\n',
      'git fetch --unshallow',
    ],
    [
      'fatal: could not fetch 5626abf0f72e58d7a153368ba57db4c673c0e171 from promisor remote\n',
      '',
      'Make a full clone',
    ],
  ])('is named with the way out when it lacks something: %s', (stderr, text, way) => {
    const error = failed(stderr, text);
    expect(error).toMatchObject({ code: 'UnusableRepository', message: expect.stringContaining(way) });
    expect(refusal(error)).toBeUndefined();
  });
});

it('shows what a Gitea says of a protected branch, without the empty lines around it', () => {
  const words = 'Not allowed to push to protected branch project/shop/integration';
  const { message } = failed(
    `remote: \nremote: error:        \nremote: error: ${words}        \nremote: error:        \nTo http://127.0.0.1/acme/shop.git\n`,
  );

  expect(message).toBe(`git push failed (exit 1): remote: error: ${words}`);
});
