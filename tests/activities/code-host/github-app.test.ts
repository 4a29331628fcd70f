/** A GitHub App: signed by its key, with one short-lived token per repository. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import type { GitHubOptions } from '../../../activities/code-host/github/options.ts';
import {
  failure,
  type Asked,
  type CannedGitHub,
  type Reply,
  shop,
  startCannedGitHub,
} from './canned-github.ts';

const id = { repository: shop, number: 7 };
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});

describe('a GitHub App', () => {
  let github: CannedGitHub;
  let made = 0;
  let now = Date.parse('2026-11-21T10:00:00Z');
  beforeAll(async () => {
    github = await startCannedGitHub();
  });
  afterAll(() => github.stop());
  beforeEach(() => {
    github.asked.length = 0;
    made = 0;
    github.answer(usual);
  });

  const tokenOf = (n: number) => `ghs_madeToken${n}canaryCanaryCanary`;
  const usual = ({ path }: Asked): Reply => {
    if (path.endsWith('/app')) return { json: { id: 1, slug: 'phase-wright' } };
    if (path.endsWith('/installation')) return { json: { id: 42 } };
    if (!path.endsWith('/access_tokens')) return { json: [] };
    made += 1;
    const expires = new Date(now + 3_600_000).toISOString();
    return {
      status: 201,
      headers: { date: new Date(now).toUTCString() },
      json: { token: tokenOf(made), expires_at: expires },
    };
  };
  const client = (change: { installationId?: number; privateKey?: string; apiUrl?: string } = {}) => {
    const { apiUrl = github.url, ...auth } = change;
    const options: Partial<GitHubOptions> = {
      apiUrl,
      auth: { kind: 'app', appId: '1234', privateKey, installationId: null, ...auth },
      clock: () => now,
    };
    return github.client(options);
  };
  const used = () =>
    github.asked
      .filter(({ path }) => path.includes('/comments'))
      .map(({ headers }) => headers['authorization']);
  const tokensAsked = () => github.lines().filter((line) => line.endsWith('/access_tokens'));

  it('looks up its installation and makes one token for the repository, however many requests need it', async () => {
    const { host } = client();
    await Promise.all([host.listComments(id), host.listComments(id), host.listComments(id)]);
    await host.listComments(id);
    expect(github.lines().filter((line) => line.includes('/installation'))).toEqual([
      'GET /repos/acme/shop/installation',
      'POST /app/installations/42/access_tokens',
    ]);
    expect(github.asked.find(({ path }) => path.endsWith('/access_tokens'))?.body).toEqual({
      repositories: ['shop'],
    });
    expect(used()).toEqual(Array(4).fill(`token ${tokenOf(1)}`));
  });

  it('signs for itself with its key, and sends the key to nobody', async () => {
    await client().host.listComments(id);
    const jwt = /^bearer (.+)$/.exec(github.asked[0]?.headers['authorization'] ?? '')?.[1] ?? '';
    const [header = '', payload = '', signature = ''] = jwt.split('.');
    const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`);
    expect(verify.verify(publicKey, signature, 'base64url')).toBe(true);
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ iss: '1234' });
    expect(inspect(github.asked, { depth: 5 })).not.toContain('PRIVATE KEY');
  });

  it('needs no look-up when its installation is given, and has its prefix on an Enterprise server', async () => {
    const { host } = client({ installationId: 7, apiUrl: `${github.url}/api/v3` });
    await host.listComments(id);
    await host.identity();
    expect(github.lines()).toEqual([
      'POST /api/v3/app/installations/7/access_tokens',
      'GET /api/v3/repos/acme/shop/issues/7/comments?per_page=100',
      'GET /api/v3/app',
    ]);
  });

  it('is called by its slug, and is a program', async () => {
    const { host } = client();
    expect(await host.identity()).toEqual({ login: 'phase-wright[bot]', bot: true });
    await host.identity();
    expect(github.asked).toHaveLength(1);
  });

  it('gives git a token that lasts some minutes more', async () => {
    const { git } = client();
    const header = (n: number) => `Basic ${Buffer.from(`x-access-token:${tokenOf(n)}`).toString('base64')}`;
    expect(await git.authorization('acme', 'shop')).toBe(header(1));
    now += 54 * 60_000;
    expect(await git.authorization('acme', 'shop')).toBe(header(1));
    now += 2 * 60_000;
    expect(await git.authorization('acme', 'shop')).toBe(header(2));
  });

  it('gives git another token for one that was refused, and asks for patience where it is new', async () => {
    const { git } = client();
    const first = await git.authorization('acme', 'shop');
    await expect(git.authorization('acme', 'shop', first)).rejects.toMatchObject({
      code: 'CodeHostUnavailable',
    });
    now += 10 * 60_000;
    const second = await git.authorization('acme', 'shop', first);
    expect(second).not.toBe(first);
    expect(await git.authorization('acme', 'shop', first)).toBe(second);
  });

  it('makes another token when the old one is refused, and asks again once', async () => {
    const { host } = client();
    await host.listComments(id);
    now += 10 * 60_000;
    github.answer((asked) =>
      asked.headers['authorization'] === `token ${tokenOf(1)}`
        ? { status: 401, json: { message: 'Bad credentials' } }
        : usual(asked),
    );
    expect(await host.listComments(id)).toEqual([]);
    expect(used()).toEqual([1, 1, 2].map((n) => `token ${tokenOf(n)}`));
    expect(tokensAsked()).toHaveLength(2);
  });

  it('is patient with a token that not all of GitHub knows yet, without waiting inside', async () => {
    github.answer((asked) =>
      asked.path.includes('/comments') ? { status: 401, json: { message: 'Bad credentials' } } : usual(asked),
    );
    const error = await failure(client().host.listComments(id));
    expect(error).toMatchObject({ code: 'CodeHostUnavailable', retryAfterMs: 3_000 });
    expect(error.message).toBe(
      'GitHub does not accept yet the token that it has just made for the App on acme/shop. It is tried again.',
    );
    expect(used()).toHaveLength(1);
  });

  it('is as patient with a token that replaces a refused one', async () => {
    const { host } = client();
    await host.listComments(id);
    now += 10 * 60_000;
    github.answer((asked) =>
      asked.path.includes('/comments') ? { status: 401, json: { message: 'Bad credentials' } } : usual(asked),
    );
    expect((await failure(host.listComments(id))).code).toBe('CodeHostUnavailable');
    expect(used()).toEqual([1, 1, 2].map((n) => `token ${tokenOf(n)}`));
  });

  it('says where it is not installed', async () => {
    github.answer(() => undefined);
    const error = await failure(client().host.listComments(id));
    expect(error.code).toBe('AccessRefused');
    expect(error.message).toMatchInlineSnapshot(
      `"The GitHub App is not installed on acme/shop, or acme/shop does not exist (GitHub says: Not Found). Install it there, with access to this repository; the work then goes on by itself."`,
    );
    expect(github.lines()).toEqual(['GET /repos/acme/shop/installation']);
  });

  it('finds its new installation when the old one was removed', async () => {
    const { host } = client();
    await host.listComments(id);
    now += 3_600_000;
    github.answer((asked) => (asked.path.endsWith('/42/access_tokens') ? undefined : usual(asked)));
    expect((await failure(host.listComments(id))).code).toBe('AccessRefused');
    github.answer((asked) => (asked.path.endsWith('/installation') ? { json: { id: 43 } } : usual(asked)));
    expect(await host.listComments(id)).toEqual([]);
    expect(tokensAsked().at(-1)).toContain('/43/');
  });

  it('goes by the clock of GitHub when its own is wrong', async () => {
    let refused = 0;
    github.answer((asked) => {
      if (asked.path.endsWith('/installation') && refused === 0) {
        refused += 1;
        const message = "'Expiration time' claim ('exp') is too far in the future";
        return { status: 401, headers: { date: new Date(now).toUTCString() }, json: { message } };
      }
      return usual(asked);
    });
    expect(await client().host.listComments(id)).toEqual([]);
  });

  it('keeps the limits of its installations apart from its own', async () => {
    const { host } = client();
    github.answer((asked) =>
      asked.path.includes('/comments') ? { status: 429, headers: { 'retry-after': '30' } } : usual(asked),
    );
    expect((await failure(host.listComments(id))).code).toBe('RateLimited');
    const before = github.asked.length;
    expect((await failure(host.listReviews(id))).code).toBe('RateLimited');
    expect(github.asked).toHaveLength(before);
    expect((await host.identity()).bot).toBe(true);
  });

  it('refuses a key that is none, and shows nothing of it', () => {
    for (const bad of [
      '',
      'canary-canary-canary',
      privateKey.slice(0, 200),
      '-----BEGIN RSA PRIVATE KEY-----',
    ]) {
      expect(() => client({ privateKey: bad })).toThrow(
        expect.objectContaining({
          code: 'InvalidConfig',
          message: expect.not.stringContaining('canary') as unknown,
        }),
      );
    }
    expect(() => client({ privateKey: privateKey.replaceAll('\n', '\\n') })).not.toThrow();
  });

  it('lets neither key nor tokens into an error or a redacted text', async () => {
    const secretLine = privateKey.split('\n')[3] ?? '';
    const { host, redact } = client();
    await host.listComments(id);
    now += 120_000;
    const jwt = github.asked[0]?.headers['authorization']?.replace('bearer ', '') ?? '';
    for (const secret of [secretLine, tokenOf(1), jwt]) {
      expect(redact(`so ${secret} it is`)).not.toContain(secret);
      github.answer((asked) =>
        asked.path.includes('/comments') ? { status: 403, json: { message: `No ${secret}!` } } : usual(asked),
      );
      expect(inspect(await failure(host.listComments(id)), { depth: 10 })).not.toContain(secret);
    }
  });
});
