/** What people, rules and other programs do on GitHub, seen through the adapter: over HTTP, with real git below. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createCodeHostActivities } from '../../../activities/code-host/activities.ts';
import type { GitHubOptions } from '../../../activities/code-host/github/options.ts';
import type { MergePullRequestRequest } from '../../../activities/code-host/contract.ts';
import type { CodeHost, MergeRequest } from '../../../activities/code-host/port.ts';
import { hiddenMarker } from '../../../domain/names/markers.ts';
import { type Fault, faults } from '../../support/github-double/faults.ts';
import { failure } from './canned-github.ts';
import { fullName, type GitHubRig, makeGitHubRig } from './github-rig.ts';

describe('GitHub with people on it', () => {
  let rig: GitHubRig;
  let made = 0;
  let head: string;
  let base: string;
  beforeAll(async () => {
    rig = await makeGitHubRig();
    rig.double.addUser('pia', { permission: 'write' });
    rig.double.addUser('tom', { permission: 'triage' });
    rig.double.addUser('ron', { permission: 'read' });
  });
  afterAll(() => rig.remove());
  beforeEach(() => {
    made += 1;
    [head, base] = [`work/${made}`, `base/${made}`];
    rig.person.commit(base, { [`base-${made}.txt`]: 'base\n' }, 'main');
    rig.person.commit(head, { [`work-${made}.txt`]: 'work\n' }, base);
  });
  afterEach(() => expect(rig.double.nonConforming()).toEqual([]));

  const repository = () => rig.workspace.repository;
  const id = (number: number) => ({ repository: repository(), number });
  const on = (as: string, number: number) => ({ as, repo: fullName, number });
  const tip = (branch: string) => rig.person.tip(branch) ?? '';
  const open = async (host = rig.host) => {
    const request = {
      repository: repository(),
      headBranch: head,
      baseBranch: base,
      title: 'Add work',
      body: 'Why.',
    };
    return (await host.openPullRequest(request)).number;
  };
  const mergeOf = async (number: number, change: Partial<MergeRequest> = {}): Promise<MergeRequest> => ({
    ...id(number),
    workspace: rig.workspace,
    expectedHeadSha: tip(head),
    expectedBaseSha: tip(base),
    method: 'merge',
    metadata: {
      date: '2026-11-21T10:00:00Z',
      subject: 'Merge the phase',
      body: '',
      trailers: [['Phasewright-Project', 'play']],
    },
    fence: await rig.fence(),
    ...change,
  });
  const merge = async (number: number, host: CodeHost = rig.host) =>
    host.mergePullRequest(await mergeOf(number));
  const puts = () =>
    rig.double.exchanges.filter(({ method, path }) => method === 'PUT' && path.endsWith('/merge'));

  describe('rules of a branch', () => {
    const protect = (rules: Parameters<typeof rig.double.setProtection>[2]) =>
      rig.double.setProtection(fullName, base, rules);

    it('block a merge until they are met, which is no conflict', async () => {
      const number = await open();
      protect({ requiredChecks: ['ci'], requiredReviews: 1 });
      const blocked = await merge(number);
      if (blocked.kind !== 'blocked') throw new Error(blocked.kind);
      expect(blocked.why).toContain('nobody has approved this commit');
      rig.double.reportStatus({ as: 'pia', repo: fullName, sha: tip(head), context: 'ci', state: 'pending' });
      rig.double.review({ ...on('pia', number), state: 'CHANGES_REQUESTED', body: 'No.' });
      const still = await merge(number);
      if (still.kind !== 'blocked') throw new Error(still.kind);
      expect(still.why).toContain('1 of 1 required checks pending: ci; changes are asked for by pia');
      expect(puts()).toEqual([]);

      rig.double.reportStatus({ as: 'pia', repo: fullName, sha: tip(head), context: 'ci', state: 'success' });
      rig.double.review({ ...on('pia', number), state: 'APPROVED' });
      expect(await merge(number)).toMatchObject({ kind: 'merged', sha: tip(base) });
    });

    it('hold for us even when our credential could pass them over', async () => {
      rig.double.addUser('root', { token: 'ghp_rootTokenOfTheTests0000000000000', permission: 'admin' });
      const { host } = rig.client({ auth: { kind: 'token', token: 'ghp_rootTokenOfTheTests0000000000000' } });
      const number = await open(host);
      protect({ requiredReviews: 1 });
      expect((await merge(number, host)).kind).toBe('blocked');
      expect(tip(base)).not.toBe(tip(head));
    });

    it('that want the newest base are told in the words of GitHub', async () => {
      const number = await open();
      rig.person.commit(base, { 'later.txt': 'later\n' });
      protect({ strict: true });
      const result = await merge(number);
      if (result.kind !== 'blocked') throw new Error(result.kind);
      expect(result.why).toContain('not up to date with the base branch');
    });

    it('of a ruleset are told as well when GitHub only names them on the way', async () => {
      const number = await open();
      await rig.host.getPullRequest(id(number));
      rig.double.fail({
        on: 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
        fault: faults.meanwhile(() => protect({ kind: 'ruleset', requiredReviews: 2 })),
      });
      const result = await merge(number);
      if (result.kind !== 'blocked') throw new Error(result.kind);
      expect(result.why).toContain('At least 2 approving reviews are required');
    });

    it('do not turn a conflict into a rule', async () => {
      const number = await open();
      rig.person.commit(head, { 'same.txt': 'ours\n' });
      rig.person.commit(base, { 'same.txt': 'theirs\n' });
      protect({ requiredReviews: 1 });
      expect(await merge(number)).toEqual({ kind: 'conflict', files: [] });
    });

    it('let no draft in', async () => {
      const number = await open();
      rig.double.setDraft({ ...on('pia', number), draft: true });
      expect((await rig.host.getPullRequest(id(number))).draft).toBe(true);
      expect(await merge(number)).toMatchObject({
        kind: 'blocked',
        why: expect.stringContaining('the pull request is a draft') as unknown,
      });
    });

    it('of the repository may forbid the way to merge', async () => {
      const number = await open();
      rig.double.setRepositoryOptions(fullName, { allowMergeCommit: false });
      const error = await failure(merge(number));
      rig.double.setRepositoryOptions(fullName, { allowMergeCommit: true });
      expect(error.code).toBe('CodeHostRefused');
      expect(error.message).toContain('does not allow merge commits');
    });
  });

  describe("a person's merge", () => {
    for (const method of ['merge', 'squash', 'rebase'] as const) {
      it(`is followed when it is a ${method}`, async () => {
        rig.person.commit(head, { 'second.txt': 'second\n' });
        const number = await open();
        const request = await mergeOf(number);
        const sha = rig.double.mergePullRequest({ ...on('pia', number), method });
        expect(await rig.host.mergePullRequest(request)).toEqual({
          kind: 'merged',
          sha,
          tree: rig.person.git(['rev-parse', `${request.expectedHeadSha}^{tree}`]),
          fence: request.fence,
          onBase: null,
        });
        expect(await rig.host.getPullRequest(id(number))).toMatchObject({
          state: 'merged',
          mergedSha: sha,
          mergedBy: 'pia',
        });
      });
    }

    it('onto a base that had moved says that it brought something else', async () => {
      const number = await open();
      const request = await mergeOf(number);
      const moved = rig.person.commit(base, { 'untested.txt': 'in\n' });
      const sha = rig.double.mergePullRequest({ ...on('pia', number), method: 'squash' });
      const result = await rig.host.mergePullRequest(request);
      expect(result).toMatchObject({
        kind: 'merged',
        sha,
        differs: expect.stringContaining(moved) as unknown,
      });
    });

    it('of another head is not taken for ours', async () => {
      const number = await open();
      const request = await mergeOf(number);
      const sneaked = rig.person.commit(head, { 'sneaked.txt': 'in\n' });
      rig.double.mergePullRequest(on('pia', number));
      expect(await rig.host.mergePullRequest(request)).toEqual({ kind: 'head_moved', headSha: sneaked });
    });
  });

  it('says what else came in when the base moves between the look and the merge', async () => {
    const number = await open();
    const request = await mergeOf(number);
    let moved = '';
    rig.double.fail({
      on: 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
      fault: faults.meanwhile(() => void (moved = rig.person.commit(base, { 'untested.txt': 'in\n' }))),
    });
    const result = await rig.host.mergePullRequest(request);
    expect(result).toMatchObject({
      kind: 'merged',
      sha: tip(base),
      differs: expect.stringContaining(
        `It was merged onto ${moved}, not onto the approved ${request.expectedBaseSha}`,
      ) as unknown,
    });
    expect(await rig.host.mergePullRequest(request)).toEqual(result);
  });

  it('merges nothing when the head moves between the look and the merge', async () => {
    const number = await open();
    const request = await mergeOf(number);
    let moved = '';
    rig.double.fail({
      on: 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
      fault: faults.meanwhile(() => void (moved = rig.person.commit(head, { 'sneaked.txt': 'in\n' }))),
    });
    expect(await rig.host.mergePullRequest(request)).toEqual({ kind: 'head_moved', headSha: moved });
    expect(tip(base)).toBe(request.expectedBaseSha);
  });

  it('waits while GitHub works out whether it would merge', async () => {
    rig.double.setUnknownMergeableReads(3);
    const number = await open();
    expect((await rig.host.getPullRequest(id(number))).mergeable).toBe(true);
    rig.double.setUnknownMergeableReads(1);
  });

  it('reads more than a page of comments and reviews, and finds its own among them', async () => {
    const number = await open();
    const comment = { ...id(number), marker: hiddenMarker('gate'), body: 'Open.' };
    for (let n = 1; n <= 101; n += 1) rig.double.comment({ ...on('pia', number), body: `Said ${n}` });
    await rig.host.comment(comment);
    for (let n = 1; n <= 101; n += 1)
      rig.double.review({ ...on('pia', number), state: 'COMMENTED', body: `Seen ${n}` });
    expect(await rig.host.listReviews(id(number))).toHaveLength(101);
    const changed = await rig.host.comment({ ...comment, body: 'Decided.' });
    const comments = await rig.host.listComments(id(number));
    expect(comments).toHaveLength(102);
    expect(comments.at(-1)).toEqual(changed);
  });

  it('knows who answered whom on a line, and when the line is gone', async () => {
    const number = await open();
    const path = `work-${made}.txt`;
    rig.double.review({
      ...on('pia', number),
      state: 'CHANGES_REQUESTED',
      body: 'See below.',
      comments: [{ path, line: 1, body: 'Which work?' }],
    });
    const [first] = await rig.host.listReviewComments(id(number));
    rig.double.replyToReviewComment({ ...on('rita', number), to: first?.id ?? 0, body: 'Good question.' });
    const remarks = await rig.host.listReviewComments(id(number));
    expect(remarks.map(({ thread, author, line, outdated }) => [thread, author, line, outdated])).toEqual([
      [first?.id, 'pia', 1, false],
      [first?.id, 'rita', 1, false],
    ]);
    rig.person.commit(head, { [path]: 'something else\n' });
    const later = await rig.host.listReviewComments(id(number));
    expect(later.map(({ line, outdated }) => [line, outdated])).toEqual([
      [null, true],
      [null, true],
    ]);
  });

  it('knows who may write', async () => {
    const may = await Promise.all(
      ['pia', 'tom', 'ron', 'acme', 'nobody'].map((login) => rig.host.mayWrite(repository(), login)),
    );
    expect(may).toEqual([true, false, false, true, false]);
  });

  describe('with a token of few rights', () => {
    const limited = (grants: Record<string, 'read' | 'write'>) => {
      const token = `github_pat_limited${made}00000000000000000000`;
      rig.double.addUser('phase', { token, grants });
      return rig.client({ auth: { kind: 'token', token } }).host;
    };

    it('tells statuses when it may not read check runs', async () => {
      rig.double.addUser('ci', { kind: 'app' });
      rig.double.reportCheck({
        as: 'ci[bot]',
        repo: fullName,
        sha: tip(head),
        name: 'lint',
        conclusion: 'success',
      });
      rig.double.reportStatus({
        as: 'pia',
        repo: fullName,
        sha: tip(head),
        context: 'build',
        state: 'failure',
      });
      const names = async (host: CodeHost) =>
        (await host.listChecks(repository(), tip(head))).map(({ name, state }) => `${name}: ${state}`);
      expect(await names(rig.host)).toEqual(['lint: success', 'build: failure']);
      const host = limited({ contents: 'read', statuses: 'read', pull_requests: 'read' });
      expect(await names(host)).toEqual(['build: failure']);
    });

    it('says which right it lacks', async () => {
      const host = limited({ contents: 'read', pull_requests: 'read' });
      const error = await failure(
        host.openPullRequest({
          repository: repository(),
          headBranch: head,
          baseBranch: base,
          title: 'T',
          body: '',
        }),
      );
      expect(error.code).toBe('CodeHostRefused');
      expect(error.message).toContain('It needs the permissions pull_requests=write');
    });
  });

  describe('that lets nobody set labels', () => {
    const place = 'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels';
    const refusal = (status: number): Fault => ({
      kind: 'answer',
      status,
      body: { message: status === 404 ? 'Not Found' : 'Resource not accessible by personal access token' },
    });
    const ensure = () =>
      createCodeHostActivities({ hostFor: () => rig.host, git: rig.git }).ensurePullRequest({
        workspace: rig.workspace,
        headBranch: head,
        headSha: tip(head),
        baseBranch: base,
        baseSha: tip(base),
        required: [],
        title: 'Add work',
        body: 'Why.',
        marker: hiddenMarker(`play.${made}`),
      });
    const labels = async (number: number) => (await rig.host.getPullRequest(id(number))).labels;
    const opened = () => rig.double.effects.pullRequestsOpened.length;

    it('has the pull request open without them, each time it is asked for', async () => {
      const before = opened();
      rig.double.fail({ on: place, fault: refusal(403), times: 2 });
      const first = await ensure();
      if (first.kind !== 'open') throw new Error(first.kind);
      expect(await ensure()).toEqual(first);
      expect(await labels(first.pullRequest.number)).toEqual([]);
      expect([opened() - before, rig.double.faultsLeft()]).toEqual([1, 0]);
    });

    it('and hides them has it open without them at the second try: the first may have been too early', async () => {
      const before = opened();
      rig.double.fail({ on: place, fault: refusal(404), times: 2 });
      await expect(ensure()).rejects.toMatchObject({ type: 'PullRequestNotFound', nonRetryable: false });
      const second = await ensure();
      if (second.kind !== 'open') throw new Error(second.kind);
      expect(await labels(second.pullRequest.number)).toEqual([]);
      expect([opened() - before, rig.double.faultsLeft()]).toEqual([1, 0]);
    });

    it('says so when it answers with none', async () => {
      rig.double.fail({ on: place, fault: refusal(403) });
      const request = {
        repository: repository(),
        headBranch: head,
        baseBranch: base,
        title: 'T',
        body: '',
        labels: ['phase'],
      };
      expect((await rig.host.openPullRequest(request)).labels).toEqual([]);
    });

    it('for now only is asked again', async () => {
      const before = opened();
      rig.double.fail({ on: place, fault: faults.unavailable(), times: 2 });
      for (let tries = 1; tries <= 2; tries += 1)
        await expect(ensure()).rejects.toMatchObject({ type: 'CodeHostUnavailable', nonRetryable: false });
      const result = await ensure();
      if (result.kind !== 'open') throw new Error(result.kind);
      expect(await labels(result.pullRequest.number)).toEqual(['phasewright']);
      expect(opened() - before).toBe(1);
    });
  });

  describe('as an App', () => {
    let app: ReturnType<typeof rig.double.addApp>;
    let time = Date.now();
    beforeAll(() => {
      app = rig.double.addApp({ slug: 'wright', owner: 'acme' });
    });
    const asApp = (change: Partial<GitHubOptions> = {}) =>
      rig.client({
        auth: { kind: 'app', appId: String(app.appId), privateKey: app.privateKey, installationId: null },
        clock: () => time,
        ...change,
      });

    it('opens, comments and merges, below the prefix of an Enterprise server too', async () => {
      const { host } = asApp({ apiUrl: `${rig.double.url}/api/v3` });
      const number = await open(host);
      await host.comment({ ...id(number), marker: hiddenMarker('x'), body: 'Said.' });
      expect(await host.listComments(id(number))).toMatchObject([{ author: 'wright[bot]', bot: true }]);
      expect((await rig.reviewer.submitReview({ ...id(number), state: 'APPROVED', body: '' })).bot).toBe(
        false,
      );
      expect(await merge(number, host)).toMatchObject({ kind: 'merged', sha: tip(base) });
      expect((await host.getPullRequest(id(number))).mergedBy).toBe((await host.identity()).login);
    });

    it('goes on with another token when the old one was taken away', async () => {
      const { host } = asApp();
      const number = await open(host);
      rig.double.revoke('wright[bot]');
      expect((await failure(host.getPullRequest(id(number)))).code).toBe('CodeHostUnavailable');
      time += 61_000;
      expect((await host.getPullRequest(id(number))).author).toBe('wright[bot]');
    });

    it('lets git in with its token, for this repository alone', async () => {
      rig.double.createRepository('acme/other');
      const { git } = asApp();
      const authorization = await git.authorization('acme', 'shop');
      // Not by the person's git, which would keep this process from answering it.
      const refs = (name: string) =>
        fetch(`${git.url('acme', name)}/info/refs?service=git-receive-pack`, { headers: { authorization } });
      expect((await refs('shop')).status).toBe(200);
      expect((await refs('other')).status).toBeGreaterThanOrEqual(400);
    });
  });

  describe('that is behind git', () => {
    const activities = (host: CodeHost) => createCodeHostActivities({ hostFor: () => host, git: rig.git });
    const stale = (tries: number, answer: Partial<CodeHost>): CodeHost => {
      let left = tries;
      return new Proxy(rig.host, {
        get: (target, name: keyof CodeHost) =>
          name in answer
            ? (...given: never[]) => {
                left -= 1;
                const method = (left < 0 ? target : answer)[name] as (...args: never[]) => unknown;
                return method(...given);
              }
            : target[name],
      });
    };
    const request = async (number: number): Promise<MergePullRequestRequest> => ({
      ...(await mergeOf(number)),
      headBranch: head,
      baseBranch: base,
      required: [],
    });

    it.each([
      ['another head', { kind: 'head_moved', headSha: 'd'.repeat(40) }],
      ['another base', { kind: 'base_moved', baseSha: 'd'.repeat(40) }],
      ['a conflict', { kind: 'conflict', files: [] }],
    ] as const)('is asked again when it claims %s, and merges then', async (_what, answer) => {
      const number = await open();
      const { mergePullRequest } = activities(stale(1, { mergePullRequest: () => Promise.resolve(answer) }));
      const merge = await request(number);
      await expect(mergePullRequest(merge)).rejects.toMatchObject({
        type: 'CodeHostUnavailable',
        nonRetryable: false,
        message: expect.stringContaining('does not show yet what git shows'),
      });
      expect(await mergePullRequest(merge)).toMatchObject({ kind: 'merged', sha: tip(base), onBase: true });
    });

    it('is asked again when it calls merged what git does not show, and in the end that is said', async () => {
      const number = await open();
      const merge = await request(number);
      const merged = {
        kind: 'merged',
        sha: tip(head),
        tree: 'e'.repeat(40),
        fence: merge.fence,
        onBase: null,
      } as const;
      const { mergePullRequest } = activities(stale(9, { mergePullRequest: () => Promise.resolve(merged) }));
      const inTry = (attempt: number) =>
        new MockActivityEnvironment({ attempt }).run<
          [MergePullRequestRequest],
          unknown,
          typeof mergePullRequest
        >(mergePullRequest, merge);
      await expect(inTry(1)).rejects.toMatchObject({ type: 'CodeHostUnavailable' });
      expect(await inTry(8)).toMatchObject({ kind: 'merged', onBase: false });
    });

    it('is asked again when its pull request shows an earlier head', async () => {
      const number = await open();
      const before = await rig.host.getPullRequest(id(number));
      rig.person.commit(head, { 'more.txt': 'more\n' });
      const ensure = {
        workspace: rig.workspace,
        headBranch: head,
        headSha: tip(head),
        baseBranch: base,
        baseSha: tip(base),
        title: 'Add work',
        body: 'Why.',
        marker: hiddenMarker(`play.${made}`),
        required: [],
      };
      const host = stale(1, { findPullRequests: () => Promise.resolve([before]) });
      const { ensurePullRequest } = activities(host);
      await expect(ensurePullRequest(ensure)).rejects.toMatchObject({ type: 'CodeHostUnavailable' });
      expect(await ensurePullRequest(ensure)).toMatchObject({ kind: 'open', pullRequest: { number } });
    });

    it('says that the branch is gone, which closed its pull request', async () => {
      const number = await open();
      const merge = await request(number);
      rig.person.deleteBranch(head);
      expect(await activities(rig.host).mergePullRequest(merge)).toMatchObject({
        kind: 'head_moved',
        headSha: null,
      });
    });
  });
});
