/** How the GitHub adapter asks, and what GitHub's objects mean. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import { hiddenMarker } from '../../../domain/names/markers.ts';
import {
  failure,
  type CannedGitHub,
  type Reply,
  baseSha,
  branch,
  headSha,
  mergeSha,
  pull,
  shop,
  startCannedGitHub,
  token,
} from './canned-github.ts';

const id = { repository: shop, number: 7 };

describe('the GitHub adapter', () => {
  let github: CannedGitHub;
  let host: CodeHost;
  let now = 1_000_000;
  beforeAll(async () => {
    github = await startCannedGitHub();
  });
  afterAll(() => github.stop());
  beforeEach(() => {
    github.asked.length = 0;
    github.answer(() => undefined);
    ({ host } = github.client({ clock: () => now, timeoutMs: 2_000 }));
  });

  const always = (reply: Reply) => github.answer(() => reply);

  it('says what it is and which version of the API it speaks, in every request', async () => {
    always({ json: pull() });
    await host.closePullRequest(id);
    const { version } = JSON.parse(
      readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
    ) as {
      version: string;
    };
    expect(github.lines()).toEqual(['GET /repos/acme/shop/pulls/7', 'PATCH /repos/acme/shop/pulls/7']);
    for (const { headers } of github.asked) {
      expect(headers['x-github-api-version']).toBe('2022-11-28');
      expect(headers['user-agent']).toMatch(new RegExp(`^phasewright/${version} `));
      expect(headers['authorization']).toBe(`token ${token}`);
    }
  });

  it('sends no change that changes nothing', async () => {
    for (const merged of [null, '2026-11-21T10:00:00Z']) {
      always({ json: pull({ state: 'closed', merged_at: merged, labels: [{ name: 'phase' }] }) });
      await host.closePullRequest(id);
      await host.recordMerged({ ...id, sha: mergeSha });
      await host.updatePullRequest({ ...id, title: 'Add work', body: 'Why.\r\n', labels: ['Phase'] });
    }
    expect(github.asked.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('finds an Enterprise server below its prefix', async () => {
    always({ json: pull({ state: 'closed' }) });
    const enterprise = github.client({ apiUrl: `${github.url}/api/v3/` });
    await enterprise.host.getPullRequest(id);
    expect(github.lines()).toEqual(['GET /api/v3/repos/acme/shop/pulls/7']);
    expect(enterprise.git.url('acme', 'shop')).toBe(`${github.url}/acme/shop.git`);
  });

  it('refuses what is no name on GitHub, without asking', async () => {
    const named = (owner: string, name: string) => host.findBranch({ kind: 'hosted', owner, name }, 'main');
    for (const bad of [named('..', 'shop'), named('acme', '..'), named('acme', 'shop/../other')])
      expect((await failure(bad)).code).toBe('RepositoryNotFound');
    expect((await failure(host.findBranch({ kind: 'path', path: '/srv/shop' }, 'main'))).code).toBe(
      'NoCodeHost',
    );
    expect(github.asked).toEqual([]);
  });

  describe('what its objects mean', () => {
    const fork = pull({
      number: 8,
      head: { label: 'mallory:work', ref: 'work', sha: headSha, repo: { id: 2 } },
    });
    const goneFork = pull({
      number: 9,
      head: { label: 'unknown:work', ref: 'work', sha: headSha, repo: null },
    });

    it('never takes the branch of a fork for ours', async () => {
      always({ json: [goneFork, fork, pull()] });
      const found = await host.findPullRequests({
        repository: shop,
        headBranch: 'work',
        baseBranch: 'main',
        state: 'all',
      });
      expect(found.map(({ number }) => number)).toEqual([7]);
      expect(github.lines()[0]).toContain('head=acme%3Awork');
      const listed = await host.listPullRequests({ repository: shop, state: 'open' });
      expect(listed.map(({ head }) => head.branch)).toEqual(['unknown:work', 'mallory:work', 'work']);
    });

    it('merges no branch of a fork', async () => {
      always({ json: fork });
      expect((await failure(host.mergePullRequest({ ...mergeRequest, number: 8 }))).code).toBe('HeadInvalid');
      expect(github.lines().every((line) => line.startsWith('GET'))).toBe(true);
    });

    it('knows a renamed repository by its number', async () => {
      always({ json: [pull({ base: { label: 'new:main', ref: 'main', sha: baseSha, repo: { id: 1 } } })] });
      const found = await host.findPullRequests({
        repository: shop,
        headBranch: 'work',
        baseBranch: 'main',
        state: 'all',
      });
      expect(found).toHaveLength(1);
    });

    it('tells merged from closed, and who merged', async () => {
      always({
        json: pull({
          state: 'closed',
          merged_at: '2026-11-21T10:00:00Z',
          merged_by: { login: 'pia', type: 'User' },
        }),
      });
      expect(await host.getPullRequest(id)).toMatchObject({
        state: 'merged',
        mergedSha: mergeSha,
        mergedBy: 'pia',
      });
      always({ json: pull({ state: 'closed' }) });
      expect(await host.getPullRequest(id)).toMatchObject({
        state: 'closed',
        mergedSha: null,
        mergedBy: null,
      });
    });

    it('asks again while GitHub does not know whether it would merge, and then says that nobody knows', async () => {
      let reads = 0;
      github.answer(({ path }) =>
        path.includes('/branches/')
          ? branch(baseSha)
          : { json: pull({ mergeable: (reads += 1) > 2 ? false : null }) },
      );
      expect((await host.getPullRequest(id)).mergeable).toBe(false);
      expect(reads).toBe(3);
      github.answer(({ path }) =>
        path.includes('/branches/') ? branch(baseSha) : { json: pull({ mergeable: null }) },
      );
      expect((await host.getPullRequest(id)).mergeable).toBeNull();
    });

    it('says of an open one where its base is now', async () => {
      github.answer(({ path }) =>
        path.includes('/branches/main') ? branch('d'.repeat(40)) : { json: pull() },
      );
      expect((await host.getPullRequest(id)).base).toEqual({ branch: 'main', sha: 'd'.repeat(40) });
    });

    it('reads all pages of comments and reviews', async () => {
      const comment = (n: number) => ({
        id: n,
        user: n === 150 ? { login: 'Phase', type: 'User' } : null,
        body: n === 150 ? `Ours. ${hiddenMarker('x')}` : `said ${n}`,
        created_at: '2026-11-21T10:00:00Z',
        updated_at: '2026-11-21T10:00:00Z',
      });
      github.answer(({ path, method }) => {
        if (path === '/user') return { json: { login: 'phase', type: 'User' } };
        if (method === 'PATCH') return { json: { ...comment(150), body: 'Changed.' } };
        const page = Number(new URL(path, github.url).searchParams.get('page') ?? '1');
        const next = `<${github.url}/repos/acme/shop/issues/7/comments?per_page=100&page=${page + 1}>; rel="next"`;
        const all = Array.from({ length: 100 }, (_, index) => comment((page - 1) * 100 + index + 1));
        return { json: page < 3 ? all : [comment(201)], headers: page < 3 ? { link: next } : {} };
      });
      const comments = await host.listComments(id);
      expect(comments).toHaveLength(201);
      expect(comments[0]).toMatchObject({ author: 'ghost', bot: false, body: 'said 1' });
      await host.comment({ ...id, marker: hiddenMarker('x'), body: 'Now.' });
      expect(github.lines().at(-1)).toBe('PATCH /repos/acme/shop/issues/comments/150');
    });

    it('leaves out reviews that are not sent off, and knows programs', async () => {
      const review = (n: number, state: string, login: string | null, type = 'User') => ({
        id: n,
        user: login === null ? null : { login, type },
        state,
        commit_id: headSha,
        body: '',
        submitted_at: state === 'PENDING' ? undefined : '2026-11-21T10:00:00Z',
      });
      always({
        json: [
          review(1, 'PENDING', 'pia'),
          review(2, 'APPROVED', 'lint[bot]', 'Bot'),
          review(3, 'COMMENTED', null),
          review(4, 'DISMISSED', 'pia'),
        ],
      });
      const reviews = await host.listReviews(id);
      expect(reviews.map(({ id: n, author, bot }) => [n, author, bot])).toEqual([
        [2, 'lint[bot]', true],
        [3, 'ghost', false],
        [4, 'pia', false],
      ]);
    });

    it('puts answers on lines into their thread, and says which lines are gone', async () => {
      const remark = (n: number, change: object) => ({
        id: n,
        pull_request_review_id: 5,
        user: { login: 'pia', type: 'User' },
        body: 'Hm.',
        path: 'a.ts',
        line: 3,
        position: 1,
        original_line: 9,
        commit_id: headSha,
        ...change,
      });
      always({
        json: [
          remark(1, {}),
          remark(2, { in_reply_to_id: 1, pull_request_review_id: null }),
          remark(3, { line: null, position: null }),
          remark(4, { line: null, position: null, subject_type: 'file' }),
        ],
      });
      const remarks = await host.listReviewComments(id);
      expect(remarks.map(({ thread, review, line, outdated }) => [thread, review, line, outdated])).toEqual([
        [1, 5, 3, false],
        [1, null, 3, false],
        [3, 5, null, true],
        [4, 5, null, false],
      ]);
    });

    describe('checks', () => {
      const run = (name: string, status: string, conclusion: string | null) => ({
        name,
        status,
        conclusion,
        html_url: 'https://github.test/run',
        details_url: null,
        output: { title: null },
      });
      const status = (context: string, state: string) => ({
        context,
        state,
        description: 'Said\nso.',
        target_url: null,
      });

      it('are check runs and statuses, in three states', async () => {
        const runs = [
          ...['queued', 'in_progress', 'waiting', 'requested', 'pending'].map((word) =>
            run(word, word, null),
          ),
          ...['success', 'neutral', 'skipped'].map((word) => run(word, 'completed', word)),
          ...['failure', 'cancelled', 'timed_out', 'action_required', 'stale', 'startup_failure'].map(
            (word) => run(word, 'completed', word),
          ),
        ];
        github.answer(({ path }) =>
          path.includes('/check-runs')
            ? { json: { total_count: runs.length, check_runs: runs } }
            : {
                json: {
                  state: 'failure',
                  total_count: 3,
                  url: 'x',
                  statuses: [status('a', 'success'), status('b', 'error'), status('c', 'pending')],
                },
              },
        );
        const checks = await host.listChecks(shop, headSha);
        const of = (state: string) => checks.filter((check) => check.state === state).map(({ name }) => name);
        expect(of('pending')).toEqual(['queued', 'in_progress', 'waiting', 'requested', 'pending', 'c']);
        expect(of('success')).toEqual(['success', 'neutral', 'skipped', 'a']);
        expect(of('failure')).toHaveLength(7);
        expect(checks.at(-1)).toEqual({ name: 'c', state: 'pending', summary: 'Said so.', url: null });
        expect(github.lines()[0]).toContain('filter=latest');
      });

      it('are statuses alone for a token that may read no more', async () => {
        github.answer(({ path }) =>
          path.includes('/check-runs')
            ? { status: 403, json: { message: 'Resource not accessible by personal access token' } }
            : { json: { state: 'success', total_count: 1, url: 'x', statuses: [status('a', 'success')] } },
        );
        expect((await host.listChecks(shop, headSha)).map(({ name }) => name)).toEqual(['a']);
      });

      it('come in pages, the statuses too, whatever else is in the answer', async () => {
        github.answer(({ path }) => {
          if (path.includes('/check-runs')) return { json: { total_count: 0, check_runs: [] } };
          const second = path.includes('page=2');
          return {
            json: {
              state: 'success',
              total_count: 2,
              statuses: [status(second ? 'b' : 'a', 'success')],
            },
            headers: second ? {} : { link: `<${github.url}${path}&page=2>; rel="next"` },
          };
        });
        expect((await host.listChecks(shop, headSha)).map(({ name }) => name)).toEqual(['a', 'b']);
      });
    });

    it('asks who may write at most once a minute, and not for what is no login', async () => {
      let permission = 'write';
      github.answer(() => (permission === '' ? undefined : { json: { permission, role_name: permission } }));
      expect(await host.mayWrite(shop, 'pia')).toBe(true);
      permission = 'read';
      expect(await host.mayWrite(shop, 'Pia')).toBe(true);
      expect(github.asked).toHaveLength(1);
      now += 61_000;
      expect(await host.mayWrite(shop, 'pia')).toBe(false);
      permission = '';
      expect(await host.mayWrite(shop, 'nobody')).toBe(false);
      const asked = github.asked.length;
      for (const login of ['', '..', 'a/b', 'a b', 'ghost?x'])
        expect(await host.mayWrite(shop, login)).toBe(false);
      expect(github.asked).toHaveLength(asked);
    });
  });
});

const mergeRequest = {
  ...id,
  workspace: { owner: 'play', repository: shop, host: 'host-a' },
  expectedHeadSha: headSha,
  expectedBaseSha: baseSha,
  method: 'merge' as const,
  metadata: { date: '2026-11-21T10:00:00Z', subject: 'Merge', body: '', trailers: [] },
  fence: { epoch: 1, sha: null },
};
