import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verify } from '@octokit/webhooks-methods';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { faults } from './index.ts';
import { createRig, refusal, repo, type Rig } from './rig.ts';

interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let rig: Rig;
let target: Server;
const received: Received[] = [];
beforeEach(async () => {
  received.length = 0;
  target = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const { port } = target.address() as AddressInfo;
  rig = await createRig({ webhook: { url: `http://127.0.0.1:${port}/hook`, secret: 'between us' } });
  rig.commit('feature', 'feature.txt', 'one\n');
});
afterEach(async () => {
  await rig.close();
  target.closeAllConnections();
  target.close();
});

const open = () => rig.github.pulls.create({ ...repo, head: 'feature', base: 'main', title: 'Feature' });
const find = async () =>
  (await rig.github.pulls.list({ ...repo, head: 'acme:feature', base: 'main', state: 'all' })).data;
const opening = 'POST /repos/{owner}/{repo}/pulls';

it('can lose the answer to what it did, or the question', async () => {
  const { double } = rig;
  double.fail({ on: opening, fault: faults.dropBefore });
  await expect(open()).rejects.toThrow();
  expect(await find()).toEqual([]);

  double.fail({ on: opening, fault: faults.appliedThenLost });
  await expect(open()).rejects.toThrow();
  expect(await find()).toHaveLength(1);
  expect(await refusal(open())).toMatchObject({ status: 422 });
  expect(double.effects.pullRequestsOpened).toHaveLength(1);
  expect(double.exchanges.map(({ status, fault }) => [status, fault])).toContainEqual([0, 'appliedThenLost']);
  expect([double.faultsLeft(), double.nonConforming()]).toEqual([0, []]);
});

it('can fail before and after the effect, and ask to wait', async () => {
  const { double } = rig;
  const resetAt = new Date(Date.now() + 60_000);
  double.fail({ on: opening, fault: faults.badGateway() });
  double.fail({ on: opening, fault: faults.secondaryLimit({ retryAfter: 7 }) });
  double.fail({ on: opening, fault: faults.primaryLimit({ resetAt }) });
  double.fail({ on: opening, fault: faults.serverError({ applied: true }) });
  const failed = async () =>
    (await open().catch((error: unknown) => error)) as { status: number; response: { headers: object } };

  expect(await failed()).toMatchObject({ status: 502 });
  expect(await failed()).toMatchObject({ status: 403, response: { headers: { 'retry-after': '7' } } });
  expect(await failed()).toMatchObject({
    status: 403,
    response: { headers: { 'x-ratelimit-remaining': '0' } },
  });
  expect(double.effects.pullRequestsOpened).toHaveLength(0);
  expect(await failed()).toMatchObject({ status: 500 });
  expect(double.effects.pullRequestsOpened).toHaveLength(1);
});

it('can answer late, in part, or nonsense', async () => {
  const { double, github } = rig;
  const reading = 'GET /repos/{owner}/{repo}';
  double.fail({ on: reading, fault: faults.truncated });
  const response = await fetch(`${double.url}/repos/acme/shop`, {
    headers: { authorization: 'token robin-token' },
  });
  await expect(response.text()).rejects.toThrow();
  double.fail({ on: reading, fault: faults.wrongBody({ hello: 'world' }) });
  expect((await github.repos.get(repo)).data).toEqual({ hello: 'world' });
  double.fail({ on: reading, fault: faults.hang(60_000) });
  await expect(github.repos.get({ ...repo, request: { signal: AbortSignal.timeout(50) } })).rejects.toThrow();
});

it('can show what was true a moment ago', async () => {
  const before = rig.double.moment();
  await open();
  rig.double.fail({ on: 'GET /repos/{owner}/{repo}/pulls', fault: faults.staleReads(before) });

  expect(await find()).toEqual([]);
  expect(await find()).toHaveLength(1);
});

it('can let something happen just before', async () => {
  await open();
  const merging = 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge';
  const head = rig.double.tip('acme/shop', 'feature') ?? '';
  rig.double.fail({
    on: merging,
    fault: faults.meanwhile(() => void rig.commit('feature', 'more.txt', 'more\n')),
  });

  expect(await refusal(rig.github.pulls.merge({ ...repo, pull_number: 1, sha: head }))).toMatchObject({
    status: 409,
  });
});

it('serves git over HTTP to those who may, and can lose the answer to a push', async () => {
  const { double, httpGit } = rig;
  const remote = `${double.url}/acme/shop.git`;
  double.addUser('reader', { token: 'reader-token', permission: 'read' });
  const refs = ['origin/feature:refs/heads/more', 'origin/feature:refs/phasewright/x/epoch'];

  await expect(httpGit('nobody', 'ls-remote', remote)).rejects.toThrow(/could not read Username/);
  await expect(httpGit('reader-token', 'push', remote, ...refs)).rejects.toThrow(/403/);
  expect(await httpGit('reader-token', 'ls-remote', remote)).toContain('refs/heads/main');
  double.fail({ on: 'git push', fault: faults.appliedThenLost });
  await expect(httpGit('robin-token', 'push', '--atomic', remote, ...refs)).rejects.toThrow(
    /hung up unexpectedly/,
  );
  expect(await httpGit('robin-token', 'push', '--atomic', remote, ...refs)).toContain('up-to-date');
  expect(double.effects.pushes.filter(({ by }) => by === 'robin').map(({ ref }) => ref)).toEqual([
    'refs/heads/more',
    'refs/phasewright/x/epoch',
  ]);
});

it('shows how git pushes again by itself when a connection breaks without a byte', async () => {
  const { double, httpGit } = rig;
  const push = () =>
    httpGit('robin-token', 'push', `${double.url}/acme/shop.git`, 'origin/feature:refs/heads/more');
  double.fail({ on: 'git push', fault: faults.appliedThenCut });
  await expect(push()).rejects.toThrow(/cannot lock ref 'refs\/heads\/more'/);
  double.fail({ on: 'git push', fault: faults.dropBefore, times: 2 });
  rig.git('push', '--quiet', 'origin', ':more');
  await expect(push()).rejects.toThrow();

  expect(double.faultsLeft()).toBe(0);
  expect(double.tip('acme/shop', 'more')).toBeNull();
});

it('lets an atomic push with a lost lease change nothing', async () => {
  const { double, httpGit } = rig;
  const before = double.tip('acme/shop', 'main');
  const lease = `--force-with-lease=main:${double.tip('acme/shop', 'feature')}`;
  const push = httpGit(
    'robin-token',
    'push',
    '--atomic',
    lease,
    `${double.url}/acme/shop.git`,
    'origin/feature:refs/heads/main',
    'origin/feature:refs/phasewright/x/epoch',
  );

  await expect(push).rejects.toThrow(/stale info/);
  expect(double.tip('acme/shop', 'main')).toBe(before);
  expect(double.effects.pushes.filter(({ by }) => by === 'robin')).toEqual([]);
});

it('signs what it tells', async () => {
  const { double } = rig;
  await open();
  double.review({ as: 'pia', repo: 'acme/shop', number: 1, state: 'COMMENTED', body: 'Hm' });
  double.comment({ as: 'pia', repo: 'acme/shop', number: 1, body: 'Hello' });
  await double.settled();

  expect(received.map(({ headers }) => headers['x-github-event'])).toEqual([
    'pull_request',
    'pull_request_review',
    'issue_comment',
  ]);
  for (const { headers, body } of received) {
    expect(await verify('between us', body, headers['x-hub-signature-256'] ?? '')).toBe(true);
    expect(headers['x-github-delivery']).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(headers['user-agent']).toMatch(/^GitHub-Hookshot\//);
  }
  expect(JSON.parse(received[1]?.body ?? '')).toMatchObject({
    action: 'submitted',
    review: { state: 'commented' },
    sender: { login: 'pia' },
    repository: { full_name: 'acme/shop' },
  });
});

it('tells of pushes on disk when asked, and of pushes over HTTP at once', async () => {
  const { double } = rig;
  await open();
  rig.commit('feature', 'more.txt', 'more\n');
  await rig.github.pulls.get({ ...repo, pull_number: 1 });
  await double.settled();
  expect(double.deliveries.map(({ action }) => action)).toEqual(['opened']);

  double.notice();
  const told = () => double.deliveries.map(({ event, action }) => action ?? event);
  expect(told()).toEqual(['opened', 'push', 'push', 'synchronize']);
  rig.git('commit', '--quiet', '--allow-empty', '-m', 'Empty');
  await rig.httpGit('robin-token', 'push', `${double.url}/acme/shop.git`, 'HEAD:feature');
  expect(told().slice(4)).toEqual(['push', 'synchronize']);
});

it('loses, doubles, mixes and repeats deliveries, and forges one', async () => {
  const { double } = rig;
  double.setDelivery('drop');
  await open();
  await double.settled();
  expect([received.length, double.deliveries.length]).toEqual([0, 1]);
  expect(await double.redeliver(0)).toBe(202);

  double.setDelivery({ times: 5, shuffle: true, delayMs: 20 });
  double.comment({ as: 'pia', repo: 'acme/shop', number: 1, body: 'Hello' });
  await double.settled();
  expect(received.filter(({ headers }) => headers['x-github-event'] === 'issue_comment')).toHaveLength(5);
  expect(new Set(received.map(({ headers }) => headers['x-github-delivery'])).size).toBe(2);

  await double.forge({ event: 'push', payload: { ref: 'refs/heads/main' } });
  const forged = received.at(-1);
  expect(await verify('between us', forged?.body ?? '', forged?.headers['x-hub-signature-256'] ?? '')).toBe(
    false,
  );
});
