/** What the GitHub adapter makes of limits, refusals and answers that make no sense; and that no secret gets out with them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import { type PortError, toApplicationFailure } from '../../../activities/support/errors.ts';
import {
  failure,
  type CannedGitHub,
  type Reply,
  headSha,
  pull,
  shop,
  startCannedGitHub,
  token,
} from './canned-github.ts';

const id = { repository: shop, number: 7 };

describe('when GitHub says no', () => {
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

  describe('rate limits', () => {
    const read = () => host.listComments(id);
    const seconds = (ms: number) => `${Math.floor(ms / 1_000)}`;

    it('waits until the primary limit is reset, by the clock of GitHub', async () => {
      const serverNow = Date.parse('2026-11-21T10:00:00Z');
      always({
        status: 403,
        headers: {
          date: new Date(serverNow).toUTCString(),
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': seconds(serverNow + 120_000),
        },
        json: { message: 'API rate limit exceeded for user ID 1.' },
      });
      expect(await failure(read())).toMatchObject({ code: 'RateLimited', retryAfterMs: 121_000 });
    });

    it('waits as long as a secondary limit says, or a minute', async () => {
      const said: readonly (readonly [Reply, number])[] = [
        [{ status: 403, headers: { 'retry-after': '30' } }, 30_000],
        [{ status: 429, headers: { 'retry-after': '7', 'x-ratelimit-remaining': '0' } }, 7_000],
        [
          { status: 403, json: { message: 'You have exceeded a secondary rate limit. Please wait.' } },
          60_000,
        ],
        [{ status: 429, json: { message: 'Too many requests.' } }, 60_000],
      ];
      for (const [reply, wait] of said) {
        always(reply);
        const other = github.client({ clock: () => now });
        expect(await failure(other.host.listComments(id))).toMatchObject({
          code: 'RateLimited',
          retryAfterMs: wait,
        });
      }
    });

    it('waits twice as long each time that a limit does not say how long, up to a quarter of an hour', async () => {
      const unsaid = { status: 403, json: { message: 'You have exceeded a secondary rate limit.' } };
      always(unsaid);
      const waits: number[] = [];
      for (let times = 1; times <= 6; times += 1) {
        const together = await Promise.all([failure(read()), failure(read())]);
        for (const { code, retryAfterMs = 0 } of together)
          expect([code, retryAfterMs]).toEqual(['RateLimited', together[0]?.retryAfterMs]);
        waits.push((together[0]?.retryAfterMs ?? 0) / 60_000);
        now += together[0]?.retryAfterMs ?? 0;
      }
      expect(waits).toEqual([1, 2, 4, 8, 16, 16]);
      always({ json: [] });
      await read();
      always(unsaid);
      expect((await failure(read())).retryAfterMs).toBe(60_000);
    });

    it('sends nothing until then, and goes on afterwards', async () => {
      always({ status: 403, headers: { 'retry-after': '30' } });
      await failure(read());
      expect(github.asked).toHaveLength(1);
      always({ json: [] });
      now += 10_000;
      const left = await failure(host.setStatus({ ...shopStatus, description: 'Waits.' }));
      expect(left).toMatchObject({ code: 'RateLimited', retryAfterMs: 20_000 });
      expect(left.message).toContain('20 s');
      expect(github.asked).toHaveLength(1);
      now += 20_000;
      expect(await read()).toEqual([]);
      expect(github.asked).toHaveLength(2);
    });

    it('lets another credential go on', async () => {
      github.answer(({ headers }) =>
        headers['authorization'] === `token ${token}`
          ? { status: 429, headers: { 'retry-after': '30' } }
          : { json: [] },
      );
      const other = github.client({ auth: { kind: 'token', token: 'ghp_other' }, clock: () => now });
      expect((await failure(read())).code).toBe('RateLimited');
      expect(await other.host.listComments(id)).toEqual([]);
      expect((await failure(read())).code).toBe('RateLimited');
      expect(await other.host.listComments(id)).toEqual([]);
    });

    it('takes a missing right for no limit', async () => {
      always({
        status: 403,
        headers: { 'x-ratelimit-remaining': '4999' },
        json: { message: 'Must have admin rights.' },
      });
      await failure(read());
      expect(await failure(read())).toMatchObject({ code: 'CodeHostRefused' });
      expect(github.asked).toHaveLength(2);
    });
  });

  describe('errors', () => {
    const shopStatusOf = (reply: Reply) => {
      always(reply);
      return failure(host.listReviews(id));
    };

    it('says what GitHub said, of what, and what to do', async () => {
      const bad = await shopStatusOf({
        status: 401,
        json: { message: 'Bad credentials', documentation_url: 'https://docs' },
      });
      expect(bad.code).toBe('AccessRefused');
      expect(bad.message).toMatchInlineSnapshot(
        `"GitHub does not accept the worker's credential (it says: Bad credentials): it is expired, revoked or mistyped. Give the worker a new one (PHASEWRIGHT_GITHUB_TOKEN, or the App's key) and start it again; the work then goes on by itself. It was to read the reviews of pull request #7 on acme/shop."`,
      );
      const forbidden = await shopStatusOf({
        status: 403,
        headers: { 'x-accepted-github-permissions': 'pull_requests=read' },
        json: { message: 'Resource not accessible by personal access token' },
      });
      expect(forbidden.code).toBe('CodeHostRefused');
      expect(forbidden.message).toMatchInlineSnapshot(
        `"GitHub refuses to read the reviews of pull request #7 on acme/shop. GitHub says: Resource not accessible by personal access token. It needs the permissions pull_requests=read. Check the credential's rights and the repository's rules."`,
      );
      always({ status: 404, json: { message: 'Not Found' } });
      const missing = await failure(host.setStatus(shopStatus));
      expect(missing.code).toBe('AccessRefused');
      expect(missing.message).toMatchInlineSnapshot(
        `"GitHub shows no repository acme/shop to this credential (it says: Not Found). If it still exists, give the credential access to it, or the worker another one; the work then goes on by itself."`,
      );
      const invalid = await shopStatusOf({
        status: 422,
        json: {
          message: 'Validation Failed',
          errors: [{ resource: 'PullRequest', field: 'title', code: 'missing_field' }, 'A text.'],
        },
      });
      expect(invalid.code).toBe('InvalidMessage');
      expect(invalid.message).toMatchInlineSnapshot(
        `"GitHub cannot read the reviews of pull request #7 on acme/shop. GitHub says: Validation Failed; title is missing_field; A text."`,
      );
      const broken = await shopStatusOf({ status: 502, text: '<!DOCTYPE html><h1>Unicorn!</h1>' });
      expect(broken.code).toBe('CodeHostUnavailable');
      expect(broken.message).toMatchInlineSnapshot(
        `"GitHub could not read the reviews of pull request #7 on acme/shop (HTTP 502). GitHub says: a page of HTML, no answer of its API."`,
      );
    });

    it('takes what nobody can understand for an outage', async () => {
      const nonsense: readonly Reply[] = [
        { text: '<html>Sign in to the hotel</html>' },
        {
          json: [{ id: 1, user: null, state: 'APPROVED', body: '', submitted_at: '2026-01-01T00:00:00Z' }],
          fault: 'cut',
        },
        { json: { error: 'proxy' } },
        { json: [{ unexpected: true, state: 'APPROVED' }] },
        { json: [null] },
        { text: '' },
        { status: 500, json: [] },
        { status: 503, text: 'down' },
        { status: 408 },
        { fault: 'drop' },
        { fault: 'silence' },
      ];
      ({ host } = github.client({ timeoutMs: 200 }));
      for (const reply of nonsense) {
        const error = await shopStatusOf(reply);
        expect([reply, error.code]).toEqual([reply, 'CodeHostUnavailable']);
        expect(error.message).toContain('acme/shop');
      }
      expect((await shopStatusOf({ fault: 'silence' })).message).toContain('did not answer in time');
    });

    it('says that nobody answers', async () => {
      const nobody = github.client({ apiUrl: 'http://127.0.0.1:9' });
      const error = await failure(nobody.host.listReviews(id));
      expect(error.code).toBe('CodeHostUnavailable');
      expect(error.message).toMatch(
        /could not be reached to read the reviews of pull request #7 on acme\/shop/,
      );
    });

    it('waits after a write whose end is unknown, so that a repeat can see what it did', async () => {
      const lost: readonly Reply[] = [
        { fault: 'drop' },
        { status: 502 },
        { text: '<html>' },
        { fault: 'cut', json: pull() },
      ];
      for (const reply of lost) {
        github.answer(({ method }) => (method === 'GET' ? { json: pull() } : reply));
        const error = await failure(host.closePullRequest(id));
        expect(error.code).toBe('CodeHostUnavailable');
        expect(error.retryAfterMs).toBeGreaterThanOrEqual(3_000);
      }
      expect((await shopStatusOf({ status: 502 })).retryAfterMs).toBeUndefined();
      expect((await shopStatusOf({ status: 503, headers: { 'retry-after': '9' } })).retryAfterMs).toBe(9_000);
    });

    it('sends every write once', async () => {
      github.answer(({ method }) => (method === 'GET' ? { json: pull() } : { status: 502 }));
      await failure(host.closePullRequest(id));
      await failure(
        host.openPullRequest({
          repository: shop,
          headBranch: 'work',
          baseBranch: 'main',
          title: 'T',
          body: '',
        }),
      );
      expect(github.lines().filter((line) => !line.startsWith('GET'))).toEqual([
        'PATCH /repos/acme/shop/pulls/7',
        'POST /repos/acme/shop/pulls',
      ]);
    });

    it('carries its credential to no other address', async () => {
      const error = await shopStatusOf({
        json: [],
        headers: { link: '<http://127.0.0.1:1/repos/acme/shop/pulls/7/reviews?page=2>; rel="next"' },
      });
      expect(error.code).toBe('CodeHostUnavailable');
      expect(error.message).toContain('another address');
    });

    it('tells a branch that is missing from a repository that is', async () => {
      github.answer(({ path }) =>
        path === '/repos/acme/shop' ? { json: { id: 1 } } : { status: 404, json: { message: 'Not Found' } },
      );
      expect(await host.findBranch(shop, 'feature/a b')).toBeNull();
      expect(github.lines()[0]).toBe('GET /repos/acme/shop/branches/feature%2Fa%20b');
      always({ status: 404, json: { message: 'Branch not found' } });
      expect(await host.findBranch(shop, 'gone')).toBeNull();
      always({ status: 404, json: { message: 'Not Found' } });
      expect((await failure(host.findBranch(shop, 'gone'))).code).toBe('AccessRefused');
    });

    it('does not take the new name of a renamed branch for the old one', async () => {
      github.answer(({ path }) =>
        path === '/repos/acme/shop'
          ? { json: { id: 1 } }
          : { status: 301, json: { message: 'Moved Permanently' } },
      );
      expect(await host.findBranch(shop, 'old')).toBeNull();
    });
  });

  describe('secrets', () => {
    /** Everything of an error that could reach a log or a history. */
    const everything = (error: PortError): string =>
      [
        inspect(error, { depth: 10, showHidden: true }),
        inspect(toApplicationFailure(error), { depth: 10 }),
      ].join('\n');

    it('are in no error, whatever GitHub repeats', async () => {
      const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
      const echoes: readonly Reply[] = [
        { status: 401, json: { message: `Bad credentials: token ${token}` } },
        { status: 403, json: { message: 'No', errors: [{ message: `Basic ${basic}` }] } },
        { status: 422, json: { message: 'No', errors: [`x ${token} x`] } },
        { status: 500, text: `authorization: token ${token}` },
        { status: 404, json: { message: `ghs_${'x'.repeat(36)}` } },
        { text: `<html>${token}` },
        { fault: 'drop' },
        { fault: 'cut', json: { message: token } },
        { json: { token } },
        { status: 301, headers: { location: `${github.url}/?access_token=${token}` }, json: {} },
        { json: [], headers: { link: `<http://127.0.0.1:1/?t=${token}>; rel="next"` } },
        { status: 403, headers: { 'x-accepted-github-permissions': token }, json: { message: 'No' } },
      ];
      for (const reply of echoes) {
        always(reply);
        const text = everything(await failure(host.listReviews(id)));
        expect(text).not.toContain(token);
        expect(text).not.toContain(basic);
        expect(text).not.toContain('ghs_');
      }
    });

    it('are taken out of texts on request', () => {
      const { redact } = github.client();
      const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
      expect(redact(`fatal: https://x:${token}@github.com, Basic ${basic}, fine`)).toBe(
        'fatal: https://x:[GITHUB_TOKEN]@github.com, Basic [GITHUB_TOKEN], fine',
      );
    });

    it('go to git as a header', async () => {
      expect(await github.client().git.authorization('acme', 'shop')).toBe(
        `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
      );
    });
  });
});

const shopStatus = {
  repository: shop,
  sha: headSha,
  context: 'phasewright/gate',
  state: 'pending' as const,
  description: 'Waits.',
};
