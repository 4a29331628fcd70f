/** What the Gitea adapter makes of refusals, lost answers and ones that make no sense; and that the token gets out with none of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { unreachable } from '../../../activities/code-host/gitea/errors.ts';
import { createGitea } from '../../../activities/code-host/gitea/index.ts';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import { type CannedServer, failure, type Reply, shop, startCannedServer } from './canned-server.ts';

const token = 'canary0123456789abcdefcanary0123456789ab';
const id = { repository: shop, number: 7 };
const page = '<!DOCTYPE html>\n<html><body>Bad gateway</body></html>';

describe('when Gitea says no', () => {
  let server: CannedServer;
  let host: CodeHost;
  let now = 1_000_000;
  beforeAll(async () => {
    server = await startCannedServer();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.asked.length = 0;
    server.answer(() => undefined);
    ({ host } = createGitea({ url: server.url, token, clock: () => now, timeoutMs: 500 }));
  });

  const always = (reply: Reply) => server.answer(() => reply);
  const read = () => host.listComments(id);
  /** Only the comments of #7 are answered so; the repository is seen. */
  const onSeen = (reply: Reply) =>
    server.answer(({ path }) => (path.endsWith('/comments') ? reply : { json: { full_name: 'acme/shop' } }));

  it('asks with the token, and only what it wants', async () => {
    always({ json: [] });
    await read();

    expect(server.lines()).toEqual(['GET /api/v1/repos/acme/shop/issues/7/comments']);
    expect(server.asked[0]?.headers.authorization).toBe(`token ${token}`);
    expect(server.asked[0]?.headers['user-agent']).toMatch(/^phasewright\/\d/);
  });

  it('says what mends a token that is not accepted', async () => {
    always({ status: 401, json: { message: 'user does not exist [uid: 0, name: ]' } });

    const error = await failure(read());

    expect(error.code).toBe('AccessRefused');
    expect(error.message).toMatchInlineSnapshot(
      `"Gitea does not accept the token with which we wanted to read the comments of pull request #7 on acme/shop. Gitea says: user does not exist [uid: 0, name: ]. It is removed or mistyped: give the worker a new one (PHASEWRIGHT_GITEA_TOKEN) and start it again; the work then goes on by itself."`,
    );
  });

  it('names the scopes that a token lacks', async () => {
    const message =
      'token does not have at least one of required scope(s), required=[read:issue], token scope=';
    always({ status: 403, json: { message } });

    const error = await failure(read());

    expect(error).toMatchObject({ code: 'CodeHostRefused' });
    expect(error.message).toContain('the scopes write:repository, write:issue and read:user');
  });

  it.each([
    [{ status: 403, json: { message: 'This account is disabled.' } }, 'AccessRefused', 'Mend the account'],
    [{ status: 403, json: { message: 'write permission is required' } }, 'CodeHostRefused', 'collaborators'],
    [{ status: 423, json: { message: 'Repository is archived' } }, 'CodeHostRefused', 'Unarchive it'],
    [
      { status: 302, headers: { location: 'https://elsewhere.example/login' } },
      'AccessRefused',
      'own address',
    ],
    [{ status: 422, json: { message: 'no' } }, 'InvalidMessage', 'Gitea says: no.'],
  ] as const)('takes %j for %s', async (reply, code, way) => {
    always(reply);

    const error = await failure(read());

    expect(error.code).toBe(code);
    expect(error.message).toContain(way);
    expect(server.asked).toHaveLength(1);
  });

  it('tells a repository that is out of reach from a pull request that is not there', async () => {
    always({ status: 404, json: { message: 'not found' } });
    expect(await failure(read())).toMatchObject({
      code: 'AccessRefused',
      message: expect.stringContaining('Gitea shows no repository acme/shop to this token') as unknown,
    });

    onSeen({ status: 404, json: { message: 'not found' } });
    expect(await failure(read())).toMatchObject({
      code: 'PullRequestNotFound',
      message: 'acme/shop has no pull request #7, or this credential cannot see it.',
    });
  });

  it.each([
    ['a 502 with a page', { status: 502, text: page }, 'a page of HTML, no answer of its API'],
    ['a 500 without a word', { status: 500, json: { message: '' } }, '(HTTP 500)'],
    ['a page instead of JSON', { text: page }, 'makes no sense'],
    ['half an answer', { json: [{ id: 1, body: 'x'.repeat(2_000) }], fault: 'cut' }, 'could not be reached'],
    ['JSON that ends too early', { text: '[{"id": 1,' }, 'makes no sense'],
    ['another answer', { json: [{ id: 'one' }] }, "'0.id'"],
    ['a connection that ends', { fault: 'drop' }, 'could not be reached'],
    ['no answer in time', { fault: 'silence' }, 'it did not answer in time'],
  ] as const)('asks again later after %s', async (_, reply, words) => {
    always(reply);

    const error = await failure(read());

    expect(error.code).toBe('CodeHostUnavailable');
    expect(error.message).toContain(words);
  });

  it('waits a moment after a write that may have happened', async () => {
    const write = () =>
      host.setStatus({
        repository: shop,
        sha: 'a'.repeat(40),
        context: 'c',
        state: 'pending',
        description: '',
      });
    server.answer(({ method }) => (method === 'GET' ? { json: { statuses: null } } : { fault: 'drop' }));
    expect(await failure(write())).toMatchObject({ code: 'CodeHostUnavailable', retryAfterMs: 3_000 });

    server.answer(({ method }) =>
      method === 'GET'
        ? { json: { statuses: null } }
        : { status: 503, text: page, headers: { 'retry-after': '20' } },
    );
    expect(await failure(write())).toMatchObject({ code: 'CodeHostUnavailable', retryAfterMs: 20_000 });
  });

  it('sends nothing while a proxy before Gitea asks to wait', async () => {
    always({ status: 429, headers: { 'retry-after': '7' }, text: 'Too many requests' });
    expect(await failure(read())).toMatchObject({ code: 'RateLimited', retryAfterMs: 7_000 });

    always({ json: [] });
    now += 5_000;
    expect(await failure(read())).toMatchObject({ code: 'RateLimited', retryAfterMs: 2_000 });
    expect(server.asked).toHaveLength(1);

    now += 2_001;
    expect(await read()).toEqual([]);
  });

  it('follows a repository to its new name, once for all', async () => {
    server.answer(({ path }) =>
      path.includes('/acme/shop/')
        ? { status: 301, headers: { location: path.replace('/acme/shop/', '/acme/store/') } }
        : { json: [] },
    );

    expect(await read()).toEqual([]);
    expect(await read()).toEqual([]);

    expect(server.lines()).toEqual([
      'GET /api/v1/repos/acme/shop/issues/7/comments',
      'GET /api/v1/repos/acme/store/issues/7/comments',
      'GET /api/v1/repos/acme/store/issues/7/comments',
    ]);
  });

  it('reads every page, however large the server makes them', async () => {
    const numbers = Array.from({ length: 45 }, (_, index) => 45 - index);
    server.answer(({ path }) => {
      const page = Number(new URL(path, server.url).searchParams.get('page'));
      const some = numbers.slice((page - 1) * 20, page * 20);
      return { json: some.map((number) => pull({ number })), headers: { 'x-total-count': '45' } };
    });

    const found = await host.listPullRequests({ repository: shop, state: 'all' });

    expect(found.map(({ number }) => number)).toEqual(numbers);
    expect(server.asked).toHaveLength(3);
  });

  it('looks through old pull requests once, and then only for those that came since', async () => {
    let newest = 100;
    server.answer(({ path }) => {
      const { pathname, searchParams } = new URL(path, server.url);
      const one = /\/pulls\/(\d+)$/.exec(pathname)?.[1];
      if (one !== undefined) return { json: pull({ number: Number(one), state: 'closed' }) };
      if (pathname.includes('/git/refs/')) return { json: [] };
      const page = Number(searchParams.get('page'));
      const top = newest - (page - 1) * 50;
      const some = Array.from({ length: Math.max(0, Math.min(50, top)) }, (_, index) => top - index);
      const named = (number: number) => (number % 60 === 0 ? 'work' : `other-${number}`);
      return {
        json: some.map((number) => pull({ number, state: 'closed', head: tipOf(named(number)) })),
        headers: { 'x-total-count': String(newest) },
      };
    });
    const find = async () => {
      server.asked.length = 0;
      const found = await host.findPullRequests({ repository: shop, headBranch: 'work', state: 'all' });
      const pages = server.lines().filter((line) => line.includes('/pulls?')).length;
      return [found.map(({ number }) => number), pages];
    };

    expect(await find()).toEqual([[60], 2]);
    newest = 120;
    expect(await find()).toEqual([[120, 60], 1]);
    expect(await find()).toEqual([[120, 60], 1]);
  });

  it('lets the token out with no error', async () => {
    for (const reply of [
      { status: 500, json: { message: `token ${token} of x-access-token` } },
      { status: 403, text: Buffer.from(`x-access-token:${token}`).toString('base64') },
      { json: [{ id: token }] },
      { fault: 'drop' },
    ] as const) {
      always(reply);
      expect(inspect(await failure(read()), { depth: 10 })).not.toContain(token.slice(0, 20));
    }
  });

  it('names what makes a certificate of an own authority known', () => {
    const reason = Object.assign(new Error('self-signed certificate'), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const failed = new TypeError('fetch failed', { cause: reason });
    const operation = { on: 'acme/shop', what: 'read it', write: false };

    expect(unreachable(operation, failed, (text) => text).message).toMatchInlineSnapshot(
      `"Gitea could not be reached to read it on acme/shop: self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT). If the certificate is of an authority of your own, name its file to the worker in NODE_EXTRA_CA_CERTS, and to git in GIT_SSL_CAINFO."`,
    );
  });
});

const tipOf = (branch: string) => ({ label: branch, ref: branch, sha: 'a'.repeat(40), repo_id: 1 });

/** As Gitea shows it, in what the adapter reads. */
const pull = (change: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  number: 7,
  html_url: 'https://gitea.test/acme/shop/pulls/7',
  state: 'open',
  title: 'Add work',
  body: 'Why.',
  labels: null,
  user: { login: 'phase' },
  head: tipOf('work'),
  base: tipOf('main'),
  merge_base: 'b'.repeat(40),
  mergeable: true,
  merged: false,
  merge_commit_sha: null,
  merged_by: null,
  ...change,
});
