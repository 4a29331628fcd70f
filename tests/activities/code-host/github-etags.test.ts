/** Asking GitHub again what it said before: unchanged, it costs nothing; changed, it is told. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createEtags } from '../../../activities/code-host/github/etags.ts';
import type { GitHub } from '../../../activities/code-host/github/index.ts';
import { lookAt } from '../../../activities/code-host/look.ts';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import { hiddenMarker } from '../../../domain/names/markers.ts';
import {
  type CannedGitHub,
  failure,
  headSha,
  pull,
  type Reply,
  shop,
  startCannedGitHub,
} from './canned-github.ts';
import { fullName, type GitHubRig, makeGitHubRig } from './github-rig.ts';

describe('a second look at a pull request', () => {
  let rig: GitHubRig;
  let number: number;
  let head: string;
  let base: string;
  let made = 0;
  beforeAll(async () => {
    rig = await makeGitHubRig();
    rig.double.addUser('pia', { permission: 'write' });
    rig.double.addUser('ron', { permission: 'read' });
    rig.double.setUnknownMergeableReads(0);
  });
  afterAll(() => rig.remove());
  beforeEach(async () => {
    made += 1;
    [head, base] = [`work/${made}`, `base/${made}`];
    rig.person.commit(base, { [`base-${made}.txt`]: 'base\n' }, 'main');
    rig.person.commit(head, { [`work-${made}.txt`]: 'work\n' }, base);
    ({ number } = await rig.host.openPullRequest({
      repository,
      headBranch: head,
      baseBranch: base,
      title: 'Add work',
      body: 'Why.',
    }));
  });
  afterEach(() => expect(rig.double.nonConforming()).toEqual([]));

  const repository = shop;
  const look = (host = rig.host) => lookAt(host, { workspace: rig.workspace, number });
  const on = (as: string) => ({ as, repo: fullName, number });
  const say = (body: string) => rig.double.comment({ ...on('pia'), body });
  /** What is asked meanwhile, as `304 /pulls/{pull_number}/reviews`. */
  const asked = async (work: () => Promise<unknown>) => {
    const before = rig.double.exchanges.length;
    await work();
    return rig.double.exchanges
      .slice(before)
      .map(({ status, route }) => `${status} ${route?.replace('GET /repos/{owner}/{repo}', '')}`);
  };

  it('has only 304s, but for the pull request itself, while nothing changes', async () => {
    say('Hm.');
    rig.double.review({ ...on('pia'), state: 'CHANGES_REQUESTED', body: 'No.' });
    const first = await look();
    let second: unknown;
    expect(await asked(async () => (second = await look()))).toEqual([
      '200 /pulls/{pull_number}',
      '304 /branches/{branch}',
      '304 /pulls/{pull_number}/reviews',
      '304 /issues/{issue_number}/comments',
      '304 /pulls/{pull_number}/comments',
      '304 /commits/{ref}/check-runs',
      '304 /commits/{ref}/status',
    ]);
    expect(second).toEqual(first);
  });

  it('has only 304s when it was closed', async () => {
    rig.double.closePullRequest(on('pia'));
    await look();
    expect(new Set((await asked(look)).map((line) => line.slice(0, 3)))).toEqual(new Set(['304']));
  });

  it.each<readonly [string, () => unknown]>([
    ['a comment', () => say('/reject Wait.')],
    ['a review', () => rig.double.review({ ...on('pia'), state: 'APPROVED' })],
    ['a commit', () => rig.person.commit(head, { 'more.txt': 'more\n' })],
    [
      'a check',
      () =>
        rig.double.reportStatus({
          as: 'pia',
          repo: fullName,
          sha: rig.person.tip(head) ?? '',
          context: 'ci',
          state: 'failure',
        }),
    ],
    [
      'a conflict',
      () => {
        rig.person.commit(base, { 'same.txt': 'theirs\n' });
        rig.person.commit(head, { 'same.txt': 'ours\n' }, base);
      },
    ],
    ['a rule', () => rig.double.setProtection(fullName, base, { requiredReviews: 1 })],
    ['a merge', () => rig.double.mergePullRequest(on('pia'))],
  ])('sees %s', async (_, happens) => {
    await look();
    const before = await look();
    happens();
    const after = await look();
    expect(after).not.toEqual(before);
    expect(after).toEqual(await look(rig.restarted()));
  });

  it('sees what we wrote ourselves', async () => {
    const id = { repository, number };
    const { host } = rig;
    const comment = { ...id, marker: hiddenMarker('gate'), body: 'Open.' };
    const status = { repository, sha: rig.person.tip(head) ?? '', context: 'gate', description: 'So.' };
    const bodies = async () => (await host.listComments(id)).map(({ body }) => body.split('\n')[0]);
    const states = async () => (await host.listChecks(repository, status.sha)).map(({ state }) => state);
    for (const [body, state] of [
      ['Open.', 'pending'],
      ['Decided.', 'success'],
    ] as const) {
      await host.comment({ ...comment, body });
      expect(await bodies()).toEqual([body]);
      await host.setStatus({ ...status, state });
      expect(await states()).toEqual([state]);
      await host.updatePullRequest({ ...id, title: body, labels: [body] });
      expect(await host.getPullRequest(id)).toMatchObject({ title: body, labels: [body] });
    }
    await host.closePullRequest(id);
    expect((await look()).state).toBe('closed');
    await host.reopenPullRequest(id);
    expect((await look()).state).toBe('open');
  });

  it('finds the page that follows one that was full, whose ETag stays the same', async () => {
    const count = async () => (await rig.host.listComments({ repository, number })).length;
    for (let n = 1; n <= 100; n += 1) say(`Said ${n}`);
    expect(await count()).toBe(100);
    expect(await count()).toBe(100);
    say('Said 101');
    expect(await count()).toBe(101);
    expect(await asked(count)).toEqual([
      '304 /issues/{issue_number}/comments',
      '304 /issues/{issue_number}/comments',
    ]);
    say('Said 102');
    expect(await count()).toBe(102);
  });

  it('is asked for anew by another credential', async () => {
    await look();
    const statuses = async (host: CodeHost) =>
      new Set((await asked(() => look(host))).map((line) => line.slice(0, 3)));
    expect(await statuses(rig.client().host)).toEqual(new Set(['200']));
  });

  it('is asked for anew with the next token of an App, and makes that token', async () => {
    let time = Date.now();
    const app = rig.double.addApp({ slug: `wright-${made}`, owner: 'acme' });
    const { host } = rig.client({
      auth: { kind: 'app', appId: String(app.appId), privateKey: app.privateKey, installationId: null },
      clock: () => time,
    });
    const read = () => asked(() => host.listComments({ repository, number }));
    await read();
    expect(await read()).toEqual(['304 /issues/{issue_number}/comments']);
    time += 56 * 60_000;
    expect(await read()).toEqual([
      '201 POST /app/installations/{installation_id}/access_tokens',
      '200 /issues/{issue_number}/comments',
    ]);
  });

  it('still needs the right to look', async () => {
    const token = `ghp_reader${made}OfTheTests000000000000`;
    rig.double.addUser('rea', { token });
    const { host } = rig.client({ auth: { kind: 'token', token } });
    await host.listComments({ repository, number });
    rig.double.revoke(token);
    expect((await failure(host.listComments({ repository, number }))).code).toBe('AccessRefused');
  });
});

describe('what the adapter asks with', () => {
  let github: CannedGitHub;
  let client: GitHub;
  beforeAll(async () => {
    github = await startCannedGitHub();
  });
  afterAll(() => github.stop());
  beforeEach(() => {
    github.asked.length = 0;
    client = github.client();
  });

  const id = { repository: shop, number: 7 };
  const tags = () => github.asked.map(({ headers }) => headers['if-none-match']);
  const tagged = (json: unknown, etag = 'W/"one"', headers: Reply['headers'] = {}): Reply => ({
    json,
    headers: { etag, ...headers },
  });
  const comment = (body: string) => ({
    id: 1,
    user: { login: 'pia', type: 'User' },
    body,
    created_at: '2026-11-21T10:00:00Z',
    updated_at: '2026-11-21T10:00:00Z',
  });

  it('is the ETag of the last answer, and nothing where there was none', async () => {
    for (const reply of [
      tagged([comment('a')]),
      { status: 304 },
      tagged([comment('b')], 'W/"two"'),
      { status: 502 },
      { status: 304 },
      { json: [comment('c')] },
      tagged([comment('d')]),
    ]) {
      github.answer(() => reply);
      await client.host.listComments(id).catch(() => {});
    }
    const [one, two] = ['W/"one"', 'W/"two"'];
    expect(tags()).toEqual([undefined, one, one, two, two, two, undefined]);
  });

  it('keeps the next page of a list, of which a 304 says nothing', async () => {
    const link = `<${github.url}/repos/acme/shop/issues/7/comments?per_page=100&page=2>; rel="next"`;
    github.answer(({ path, headers }) =>
      headers['if-none-match'] !== undefined
        ? { status: 304 }
        : path.includes('page=2')
          ? tagged([comment('b')], 'W/"two"')
          : tagged([comment('a')], 'W/"one"', { link }),
    );
    const bodies = async () => (await client.host.listComments(id)).map(({ body }) => body);
    expect(await bodies()).toEqual(['a', 'b']);
    expect(await bodies()).toEqual(['a', 'b']);
    expect(tags()).toEqual([undefined, undefined, 'W/"one"', 'W/"two"']);
  });

  it('believes the newer headers of a 304', async () => {
    const link = `<${github.url}/repos/acme/shop/issues/7/comments?per_page=100&page=2>; rel="next"`;
    github.answer(() => tagged([comment('a')]));
    await client.host.listComments(id);
    github.answer(({ path }) =>
      path.includes('page=2') ? tagged([comment('b')]) : { status: 304, headers: { link } },
    );
    expect(await client.host.listComments(id)).toHaveLength(2);
  });

  it('keeps no open pull request: whether it would merge may change under its ETag', async () => {
    github.answer(({ path }) =>
      path.includes('/branches/')
        ? { json: { name: 'main', commit: { sha: headSha } } }
        : tagged(pull({ mergeable_state: 'blocked' })),
    );
    await client.host.getPullRequest(id);
    await client.host.getPullRequest(id);
    expect(tags()).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('forgets what made no sense', async () => {
    github.answer(() => tagged([{ ...comment('a'), created_at: undefined }]));
    expect((await failure(client.host.listComments(id))).code).toBe('CodeHostUnavailable');
    github.answer(({ headers }) =>
      headers['if-none-match'] === undefined ? tagged([comment('a')]) : { status: 304 },
    );
    expect(await client.host.listComments(id)).toHaveLength(1);
  });

  it('is nothing for what changes something, nor for who we are', async () => {
    github.answer(({ path }) =>
      path === '/user' ? tagged({ login: 'phase', type: 'User' }) : tagged([], 'W/"one"'),
    );
    await client.host.identity();
    await github.client().host.identity();
    github.answer(({ method }) => tagged(method === 'POST' ? comment('x') : []));
    for (const marker of ['a', 'b'])
      await client.host.comment({ ...id, marker: hiddenMarker(marker), body: 'Said.' });
    const sent = github.asked.map(({ method, headers }) => [method, headers['if-none-match']]);
    expect(sent).toEqual([
      ['GET', undefined],
      ['GET', undefined],
      ['GET', undefined],
      ['POST', undefined],
      ['GET', 'W/"one"'],
      ['POST', undefined],
    ]);
  });

  it('takes a 304 that nobody asked for as no answer', async () => {
    github.answer(() => ({ status: 304 }));
    expect((await failure(client.host.listComments(id))).code).toBe('CodeHostUnavailable');
  });
});

describe('ETags in memory', () => {
  const asked = (n: number, change = {}) => ({
    method: 'GET',
    url: `https://github.test/${n}`,
    accept: 'application/json',
    authorization: 'token a',
    ...change,
  });
  const answer = (n: number, data: unknown = { n }) => ({
    status: 200,
    url: '',
    headers: { etag: `"${n}"` },
    data,
  });
  const unchanged = Object.assign(new Error('Not modified'), {
    name: 'HttpError',
    status: 304,
    response: { headers: {}, data: '' },
  });
  /** The ETag that this would be asked with. */
  const known = async (etags: ReturnType<typeof createEtags>, request: ReturnType<typeof asked>) => {
    let etag: string | undefined;
    const seen = new Error('seen');
    await etags
      .ask(request, (given): Promise<never> => {
        etag = given;
        throw seen;
      })
      .catch(() => {});
    return etag;
  };

  it('are those of the same token, address and form', async () => {
    const etags = createEtags();
    await etags.ask(asked(1), async () => answer(1));
    expect(await known(etags, asked(1))).toBe('"1"');
    for (const change of [
      { authorization: 'token b' },
      { accept: 'text/html' },
      { url: 'https://github.test/1?page=2' },
      { method: 'HEAD' },
    ])
      expect(await known(etags, asked(1, change))).toBeUndefined();
  });

  it('are so many at most, and those asked for least recently go', async () => {
    const etags = createEtags({ entries: 2, bytes: 10_000 });
    for (const n of [1, 2]) await etags.ask(asked(n), async () => answer(n));
    await etags.ask(asked(1), () => Promise.reject(unchanged));
    await etags.ask(asked(3), async () => answer(3));
    expect(await Promise.all([1, 2, 3].map((n) => known(etags, asked(n))))).toEqual([
      '"1"',
      undefined,
      '"3"',
    ]);
  });

  it('hold so many bytes at most', async () => {
    const etags = createEtags({ entries: 100, bytes: 1_000 });
    const long = (n: number) => answer(n, { text: 'x'.repeat(400) });
    for (const n of [1, 2, 3]) await etags.ask(asked(n), async () => long(n));
    await etags.ask(asked(4), async () => answer(4, { text: 'x'.repeat(2_000) }));
    for (let n = 0; n < 3; n += 1) await etags.ask(asked(3), () => Promise.reject(unchanged));
    expect(await Promise.all([1, 2, 3, 4].map((n) => known(etags, asked(n))))).toEqual([
      undefined,
      '"2"',
      '"3"',
      undefined,
    ]);
    etags.forget();
    for (const n of [1, 2]) await etags.ask(asked(n), async () => long(n));
    expect(await Promise.all([1, 2].map((n) => known(etags, asked(n))))).toEqual(['"1"', '"2"']);
  });

  it('bring an answer of its own each time', async () => {
    const etags = createEtags();
    await etags.ask(asked(1), async () => answer(1, { list: [1] }));
    const again = () =>
      etags.ask<{ data: { list?: number[] } } & ReturnType<typeof answer>>(asked(1), () =>
        Promise.reject(unchanged),
      );
    delete (await again()).data.list;
    expect((await again()).data).toEqual({ list: [1] });
  });
});
