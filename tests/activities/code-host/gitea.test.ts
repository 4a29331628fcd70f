/** The Gitea adapter on a real server, where the contract says nothing: rules, rights, names, and what Gitea's API leaves to us. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createGitea } from '../../../activities/code-host/gitea/index.ts';
import type { CodeHost, MergeRequest } from '../../../activities/code-host/port.ts';
import type { CommitMetadata } from '../../../domain/model/git.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { describeOnGitea } from '../../gitea/describe-on-gitea.ts';
import { type GiteaRig, makeGiteaRig } from '../../gitea/gitea-rig.ts';
import { eventually } from '../../support/eventually.ts';
import { failure } from './canned-server.ts';

const repository: RepositoryRef = { kind: 'hosted', owner: 'acme', name: 'shop' };
const metadata: CommitMetadata = {
  date: '2026-11-21T10:00:00Z',
  subject: 'Merge the phase',
  body: '',
  trailers: [['Phasewright-Project', 'play']],
};

describeOnGitea('a real Gitea', () => {
  let rig: GiteaRig;
  let branches = 0;
  let head: string;
  let base: string;
  beforeAll(async () => {
    rig = await makeGiteaRig();
  });
  afterAll(() => rig.remove());
  beforeEach(() => {
    branches += 1;
    head = `work/${branches}`;
    base = `base/${branches}`;
    rig.person.commit(base, { [`base-${branches}.txt`]: 'base\n' }, 'main');
    rig.person.commit(head, { [`work-${branches}.txt`]: 'work\n' }, base);
  });

  const tip = (branch: string): string => rig.person.tip(branch) ?? '';
  const open = async (change: { readonly title?: string } = {}) => {
    const request = { repository, headBranch: head, baseBranch: base, title: 'Add work', body: 'Why.' };
    return { repository, number: (await rig.host.openPullRequest({ ...request, ...change })).number };
  };
  const merge = async (number: number, change: Partial<MergeRequest> = {}) =>
    rig.host.mergePullRequest({
      repository,
      number,
      workspace: rig.workspace,
      expectedHeadSha: tip(head),
      expectedBaseSha: tip(base),
      method: 'merge',
      metadata,
      fence: await rig.fence(),
      ...change,
    });
  /** What this asks of Gitea; its log comes a moment later, in order. */
  const requestsOf = async (work: () => Promise<unknown>) => {
    const before = rig.gitea.requests().length;
    await work();
    const last = `last-${branches}-${before}`;
    await rig.host.findBranch(repository, last);
    return eventually('all of it is in the log', () => {
      const asked = rig.gitea.requests().slice(before);
      return asked.some(({ path }) => path.includes(last)) && asked;
    });
  };
  const protect = (rule: Readonly<Record<string, unknown>>) =>
    rig.gitea.api('POST', '/repos/acme/shop/branch_protections', {
      rule_name: base,
      enable_push: true,
      ...rule,
    });
  const settings = (change: Readonly<Record<string, unknown>>) =>
    rig.gitea.api('PATCH', '/repos/acme/shop', change);
  const status = (state: 'pending' | 'success') =>
    rig.host.setStatus({ repository, sha: tip(head), context: 'ci/build', state, description: '' });

  describe('rules of the base', () => {
    it('name the approvals and checks that are missing, and no longer once they are there', async () => {
      await protect({
        required_approvals: 1,
        enable_status_check: true,
        status_check_contexts: ['ci/*', 'lint'],
      });
      const id = await open();
      expect(await rig.host.getPullRequest(id)).toMatchObject({ blocked: true, mergeable: true });
      await status('pending');
      expect(await merge(id.number)).toEqual({
        kind: 'blocked',
        why: `Rules of acme/shop for '${base}' stand against the merge of #${id.number}: 0 of 1 required approvals; required checks: ci/build is pending, lint has not reported.`,
      });

      await rig.reviewer.submitReview({ ...id, state: 'APPROVED', body: '' });
      await status('success');
      const sha = tip(head);
      await rig.reviewer.setStatus({ repository, sha, context: 'lint', state: 'success', description: '' });
      expect((await rig.host.getPullRequest(id)).blocked).toBe(false);
      expect((await merge(id.number)).kind).toBe('merged');
    });

    it('are told in words of Gitea where only an administrator sees them, with who asked for changes', async () => {
      await protect({ block_on_rejected_reviews: true });
      const id = await open();
      await rig.reviewer.submitReview({ ...id, state: 'CHANGES_REQUESTED', body: 'Not yet.' });

      const refused = await merge(id.number);

      if (refused.kind !== 'blocked') throw new Error(refused.kind);
      expect(refused.why).toContain('changes are asked for by rita; Gitea says: ');
      expect(refused.why).toContain('There are requested changes');
    });

    it('do not let an outdated head, or an account that may not merge, through', async () => {
      await protect({ block_on_outdated_branch: true });
      rig.person.commit(base, { 'later.txt': 'later\n' });
      expect(await merge((await open()).number)).toMatchObject({
        kind: 'blocked',
        why: expect.stringContaining('behind the base branch') as unknown,
      });

      base = `${base}-listed`;
      rig.person.commit(base, { 'listed.txt': 'base\n' }, 'main');
      await protect({ rule_name: base, enable_merge_whitelist: true, merge_whitelist_usernames: ['ann'] });
      const listed = await open();
      expect(await merge(listed.number)).toMatchObject({
        kind: 'blocked',
        why: expect.stringContaining(`the account of this token may not merge into '${base}'`) as unknown,
      });
    });

    it('take back approvals of what was pushed over, where they say so', async () => {
      await protect({ dismiss_stale_approvals: true });
      const id = await open();
      await rig.reviewer.submitReview({ ...id, state: 'APPROVED', body: '' });
      rig.person.commit(head, { 'more.txt': 'more\n' });

      await eventually('the approval is taken back', async () => {
        const [review] = await rig.host.listReviews(id);
        return review?.state === 'DISMISSED';
      });
    });
  });

  it('keeps a draft back, which it knows by its title', async () => {
    const id = await open({ title: 'WIP: Add work' });

    expect(await rig.host.getPullRequest(id)).toMatchObject({ draft: true, blocked: true, mergeable: null });
    expect(await merge(id.number)).toMatchObject({
      kind: 'blocked',
      why: expect.stringContaining('is a draft, by the beginning of its title') as unknown,
    });
    await rig.host.updatePullRequest({ ...id, title: 'Add work' });
    expect((await merge(id.number)).kind).toBe('merged');
  });

  it('says what it depends on, for which Gitea has no words', async () => {
    const { number: other } = await rig.gitea.api<{ number: number }>('POST', '/repos/acme/shop/issues', {
      title: 'First this',
    });
    const { number } = await open();
    const dependency = { owner: 'acme', repo: 'shop', index: other };
    await rig.gitea.api('POST', `/repos/acme/shop/issues/${number}/dependencies`, dependency);

    expect(await merge(number)).toMatchObject({
      kind: 'blocked',
      why: expect.stringContaining(`it depends on #${other}, which is open`) as unknown,
    });
  });

  it('names the setting that forbids the way to merge, when a project starts and when it merges', async () => {
    await settings({ allow_squash_merge: false });
    const { number } = await open();
    const told = await failure(merge(number, { method: 'squash' }));
    const intent = { repository, base, method: 'squash', mergesPhases: true, branches: [] } as const;
    const { problems } = await rig.host.examineBase(intent);
    await settings({ allow_squash_merge: true });

    expect(told.code).toBe('CodeHostRefused');
    expect(told.message).toContain('acme/shop does not allow squash merging.');
    expect(problems).toEqual([expect.stringContaining('merge_method: squash needs')]);
    expect((await rig.host.examineBase(intent)).problems).toEqual([]);
  });

  it('merges a head that was pushed this moment, and remembers it', async () => {
    const id = await open();
    const pushed = rig.person.commit(head, { 'last.txt': 'last\n' });
    let merged = await merge(id.number).catch((error: unknown) => error);
    await eventually('the push is taken up', async () => {
      if ((merged as { kind?: string }).kind === 'merged') return true;
      expect(merged).toMatchObject({ code: 'CodeHostUnavailable' });
      merged = await merge(id.number).catch((error: unknown) => error);
      return false;
    });

    rig.person.commit(head, { 'after.txt': 'after\n' });
    expect(await rig.host.getPullRequest(id)).toMatchObject({ state: 'merged', head: { sha: pushed } });
  });

  it('waits once until a conflict is certain, and not again for the same commits', async () => {
    const id = await open();
    rig.person.commit(head, { 'same.txt': 'ours\n' });
    rig.person.commit(base, { 'same.txt': 'theirs\n' });
    const conflicts = async () => (await rig.host.getPullRequest(id)).mergeable === false;
    await eventually('Gitea has seen the conflict', conflicts);

    const asked = await requestsOf(async () => expect(await conflicts()).toBe(true));
    expect(asked.filter(({ path }) => path.endsWith(`/pulls/${id.number}`))).toHaveLength(1);
  });

  it("leaves a title alone that is cut to Gitea's width", async () => {
    const title = '漢'.repeat(200);
    const id = await open({ title });
    const { title: kept } = await rig.host.getPullRequest(id);
    expect(kept.length).toBeLessThan(title.length);

    const asked = await requestsOf(() => rig.host.updatePullRequest({ ...id, title }));
    expect(asked.map(({ method }) => method)).not.toContain('PATCH');
  });

  it('knows the tree of what landed, whatever its files are called', async () => {
    const names = { 'ä ö': 'x', 'lib.c': '1', 'lib/deep/one': '2', lib0: '3', 'z\tz': '4' };
    rig.person.commit(head, names);
    const { number } = await open();

    const merged = await merge(number);

    if (merged.kind !== 'merged') throw new Error(merged.kind);
    rig.person.git(['fetch', '--quiet', 'origin']);
    expect(merged.tree).toBe(rig.person.git(['rev-parse', `${merged.sha}^{tree}`]));
    expect(merged.differs).toBeUndefined();
  });

  it.each(['--ff-only', '--no-ff'] as const)(
    'sees a merge by hand with %s that Gitea was not told to look for',
    async (how) => {
      const id = await open();
      const merged = rig.person.merge(head, base, how);
      rig.person.commit(base, { 'on.txt': 'on\n' });

      expect(await rig.host.getPullRequest(id)).toMatchObject({ state: 'merged', mergedSha: merged });
      const request = { repository, headBranch: head, state: 'merged' } as const;
      expect((await rig.host.findPullRequests(request)).map(({ number }) => number)).toEqual([id.number]);
    },
  );

  it('records a squash by hand as merged where the repository allows that, and closes otherwise', async () => {
    const closed = await open();
    const squashed = rig.person.merge(head, base, '--squash');
    await rig.host.recordMerged({ ...closed, sha: squashed });
    expect((await rig.host.getPullRequest(closed)).state).toBe('closed');

    await settings({ allow_manual_merge: true });
    head = `${head}-b`;
    rig.person.commit(head, { 'b.txt': 'b\n' }, base);
    const recorded = await open();
    const sha = rig.person.merge(head, base, '--squash');
    await rig.host.recordMerged({ ...recorded, sha });
    await settings({ allow_manual_merge: false });
    expect(await rig.host.getPullRequest(recorded)).toMatchObject({ state: 'merged', mergedSha: sha });
  });

  it('leaves one open pull request when two processes open it at the same moment', async () => {
    const hosts: readonly CodeHost[] = [rig.host, rig.restarted(), rig.restarted()];
    const request = { repository, headBranch: head, baseBranch: base, title: 'Add work', body: 'Why.' };

    const results = await Promise.allSettled(hosts.map((host) => host.openPullRequest(request)));

    const open = await rig.host.findPullRequests({
      repository,
      headBranch: head,
      baseBranch: base,
      state: 'open',
    });
    expect(open).toHaveLength(1);
    const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.number] : []));
    expect(opened).toEqual([open[0]?.number]);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'AlreadyExists' });
  });

  it('tells who may push, with a token that may ask for nobody else', async () => {
    await rig.gitea.addUser('stranger');

    const may = async (login: string) => rig.host.mayWrite(repository, login);

    expect(await may('RITA')).toBe(true);
    expect(await may('ann')).toBe(true);
    expect(await may('stranger')).toBe(false);
    expect(await may('nobody-at-all')).toBe(false);
    expect(await may('../../admin')).toBe(false);
  });

  it('names the scopes that a token needs', async () => {
    const { token } = await rig.gitea.addUser('weak', ['read:user']);
    const { host } = createGitea({ url: rig.gitea.url, token });

    expect((await host.identity()).login).toBe('weak');
    const error = await failure(host.findBranch(repository, 'main'));
    expect(error).toMatchObject({ code: 'CodeHostRefused' });
    expect(error.message).toContain('write:repository, write:issue and read:user');
  });

  it('works on under the new name of a repository', async () => {
    const id = await open();
    const pushed = tip(head);
    await settings({ name: 'store' });
    try {
      const said = await rig.host.comment({ ...id, marker: '<!-- phasewright:x -->', body: 'Still here.' });
      expect(await rig.host.listComments(id)).toEqual([said]);
      expect(await rig.restarted().findBranch(repository, head)).toBe(pushed);
    } finally {
      await rig.gitea.api('PATCH', '/repos/acme/store', { name: 'shop' });
    }
    expect(await rig.host.findBranch(repository, head)).toBe(pushed);
  });
});
