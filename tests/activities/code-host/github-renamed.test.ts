/** A repository that has another name by now: GitHub sends on to it, and so the work goes on, in git and over REST. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { GitHub } from '../../../activities/code-host/github/index.ts';
import { join } from 'node:path';
import { failure, shop, startCannedGitHub } from './canned-github.ts';
import { fullName, type GitHubRig, makeGitHubRig, tokens } from './github-rig.ts';

const repository = { kind: 'hosted', owner: 'acme', name: 'shop' } as const;

describe('a repository that was renamed', () => {
  let rig: GitHubRig;
  let number: number;
  beforeEach(async () => {
    rig = await makeGitHubRig();
    rig.person.commit('work', { 'work.txt': 'work\n' }, 'main');
    number = (await open(rig.host, 'work')).number;
  });
  afterEach(async () => {
    expect(rig.double.nonConforming()).toEqual([]);
    await rig.remove();
  });

  const open = (host: CodeHost, headBranch: string) =>
    host.openPullRequest({ repository, headBranch, baseBranch: 'main', title: 'T', body: '' });
  const tip = (branch: string) => rig.person.tip(branch) ?? '';
  const id = () => ({ repository, number });
  const merge = async (host: CodeHost) =>
    host.mergePullRequest({
      ...id(),
      workspace: rig.workspace,
      expectedHeadSha: tip('work'),
      expectedBaseSha: tip('main'),
      method: 'merge',
      metadata: { date: '2026-11-21T10:00:00Z', subject: 'Merge', body: '', trailers: [] },
      fence: await rig.fence(),
    });
  const asApp = (clock: () => number = Date.now) => {
    const { appId, privateKey } = rig.double.addApp({ slug: 'wright', owner: 'acme' });
    return rig.client({
      auth: { kind: 'app', appId: String(appId), privateKey, installationId: null },
      clock,
    });
  };

  async function isWorkedOn({ host, git }: GitHub): Promise<void> {
    expect(await host.getPullRequest(id())).toMatchObject({
      state: 'open',
      url: expect.stringContaining('/acme/store/') as unknown,
    });
    await host.comment({ ...id(), marker: '<!-- x -->', body: 'Said.' });
    expect(await host.listComments(id())).toHaveLength(1);
    expect(await host.findPullRequests({ repository, headBranch: 'work', state: 'open' })).toHaveLength(1);
    rig.person.commit('more', { 'more.txt': 'more\n' }, 'main');
    expect((await open(host, 'more')).state).toBe('open');
    const remote = createSimpleGit({
      dataDir: join(rig.person.folder, 'renamed'),
      hostId: 'host-a',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
      hosted: { webUrl: rig.double.url, ...git },
    });
    expect(await remote.remoteRef(repository, 'refs/heads/work')).toBe(tip('work'));
    const workspace = { ...rig.workspace, host: 'host-a' };
    const pushed = [{ ref: 'refs/heads/ours', expected: null, sha: tip('work') }];
    expect(
      (await remote.fetch(repository), await remote.push(workspace, pushed, { epoch: 1, sha: null })).kind,
    ).toBe('pushed');
    expect(tip('ours')).toBe(tip('work'));
    expect(await merge(host)).toMatchObject({ kind: 'merged', sha: tip('main') });
  }

  it('is worked on under its new name, by whoever knew the old one and by whoever starts then', async () => {
    const before = rig.client();
    await before.host.getPullRequest(id());
    rig.double.renameRepository(fullName, 'store');
    expect((await before.host.getPullRequest(id())).state).toBe('open');
    const asked = rig.double.exchanges.length;
    await before.host.listComments(id());
    expect(rig.double.exchanges.slice(asked).map(({ path, status }) => [path, status])).toEqual([
      [`/repos/acme/store/issues/${number}/comments?per_page=100`, 200],
    ]);
    await isWorkedOn(rig.client());
  });

  it('is worked on by an App that has to find its installation again', async () => {
    rig.double.renameRepository(fullName, 'store');
    await isWorkedOn(asApp());
  });

  it('is worked on by an App whose token ends afterwards, after one more try', async () => {
    let now = Date.now();
    const client = asApp(() => now);
    await client.host.getPullRequest(id());
    rig.double.renameRepository(fullName, 'store');
    now += 3_600_000;
    expect(await failure(client.host.getPullRequest(id()))).toMatchObject({ code: 'AccessRefused' });
    expect((await client.host.getPullRequest(id())).state).toBe('open');
    expect(await client.git.authorization('acme', 'shop')).toMatch(/^Basic /);
  });

  it('is renamed again, and back', async () => {
    rig.double.renameRepository(fullName, 'store');
    await rig.host.getPullRequest(id());
    rig.double.renameRepository('acme/store', 'bazaar');
    expect((await rig.host.getPullRequest(id())).url).toContain('/acme/bazaar/');
    rig.double.renameRepository('acme/bazaar', 'shop');
    expect((await rig.host.getPullRequest(id())).url).toContain('/acme/shop/');
  });

  it('is out of reach where the credential does not see it any more, and says what mends that', async () => {
    rig.double.addUser('phase', { token: tokens.phase, permission: 'write', repositories: ['acme/other'] });
    rig.double.renameRepository(fullName, 'store');
    const error = await failure(rig.host.getPullRequest(id()));
    expect(error.code).toBe('AccessRefused');
    expect(error.message).toBe(
      'acme/shop was renamed or transferred, and this credential does not see it under its new name (GitHub says: Not Found). Give the credential access to it there, or give it its old name back; the work then goes on by itself.',
    );
  });
});

it('GitHub that sends on to nowhere is followed once, and nowhere else', async () => {
  const github = await startCannedGitHub();
  try {
    github.answer(({ path }) => ({
      status: 301,
      headers: {
        location: path.startsWith('/repositories')
          ? 'http://127.0.0.1:1/repositories/7'
          : `${github.url}/repositories/7`,
      },
      json: { message: 'Moved Permanently' },
    }));
    const { host } = github.client();
    expect(await failure(host.listReviews({ repository: shop, number: 7 }))).toMatchObject({
      code: 'AccessRefused',
      message: expect.stringContaining('renamed or transferred') as unknown,
    });
    expect(github.lines()).toEqual([
      'GET /repos/acme/shop/pulls/7/reviews?per_page=100',
      'GET /repositories/7',
    ]);
  } finally {
    await github.stop();
  }
});
