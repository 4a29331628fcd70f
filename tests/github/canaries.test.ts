/**
 * Secrets of a worker, as canaries, through whole projects with everything that makes errors: none of them turns up in a
 * history, a log, a prompt, the list of processes or a file. A word that is no secret takes the same ways, so that each
 * place is known to be searched; that the search finds is in tests/support/canaries.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Connection } from '@temporalio/client';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import type { Canaries } from '../support/canaries.ts';
import { phaseGate } from '../support/crash-scenarios.ts';
import { type Fault, faults } from '../support/github-double/faults.ts';
import { type GitHubDouble, startGitHubDouble } from '../support/github-double/index.ts';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';
import type { ProjectStatusView, Rig } from '../support/rig.ts';
import {
  collectEvidence,
  type Evidence,
  hostedRepository as repo,
  places,
  type Story,
} from './collect-evidence.ts';

/** Ends what hangs. */
const longest = 1_800_000;
const word = `word${randomBytes(12).toString('hex')}`;

let server: OwnServer;
let proxy: ReturnType<typeof createServer>;
/** Whom workers wanted to reach beyond this machine. */
const wanted = new Set<string>();
let runs: Readonly<Record<'token' | 'app', Promise<Evidence>>>;

beforeAll(async () => {
  server = await startOwnServer(['token', 'app'].flatMap((name) => ['--namespace', name]));
  const connection = await Connection.connect({ address: server.address });
  for (const name of ['token', 'app']) await ensureSearchAttributes(connection, name);
  await connection.close();
  proxy = createServer();
  // The way to the chats: refused, so that nothing leaves this machine and each attempt is an error.
  proxy.on('connect', ({ url }, socket) => {
    wanted.add(url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  runs = { token: asMachineUser(), app: asApp() };
  for (const run of Object.values(runs)) run.catch(() => undefined);
}, longest);
afterAll(async () => {
  await Promise.allSettled(Object.values(runs ?? {}));
  proxy?.close();
  await server?.stop();
}, longest);

describe.each(['token', 'app'] as const)('a worker that GitHub knows by its %s', (kind) => {
  it(
    'shows none of its secrets to anybody',
    async () => {
      const { condition, found } = await runs[kind];

      expect(found).toEqual([]);
      expect(condition).toBe('done');
    },
    longest,
  );

  it('signs for the App where nobody sees it', async () => {
    const { seen } = await runs[kind];

    for (const place of places) expect(seen(place)).not.toMatch(/\beyJ[\w-]{8,}\.eyJ[\w-]{8,}/);
  });

  it('was searched everywhere', async () => {
    const { searched, seen } = await runs[kind];

    expect(searched).toEqual(places);
    // What agents and checks see of the worker's environment, and git's commands, however short they live.
    expect(seen('repositories')).toContain(`WORD=${word}`);
    expect(seen('files')).toMatch(/^HOME=/m);
    expect(seen('processes')).toMatch(/^git .*\bpush --porcelain/m);
  });

  it('met errors that had every reason to tell', async () => {
    const { failures, faultsLeft, seen } = await runs[kind];

    expect(failures).toEqual(
      expect.arrayContaining(['CodeHostRefused', 'CodeHostUnavailable', 'GitUnavailable']),
    );
    expect(faultsLeft).toBe(0);
    for (const place of ['descriptions', 'output'] as const) {
      expect(seen(place)).toContain(`${word} [GITHUB_TOKEN] [GITHUB_TOKEN]`);
      expect(seen(place)).toContain(`${word} *** *** token ***`);
    }
    expect(seen('output')).toMatch(/signature/i);
    expect([...wanted].sort()).toEqual(['api.telegram.org:443', 'discord.com:443', 'slack.com:443']);
  });
});

const common = () => ({ address: server.address, word });

const wayTo = (double: GitHubDouble) => ({
  PHASEWRIGHT_GITHUB_API: double.url,
  PHASEWRIGHT_GITHUB_URL: double.url,
  PHASEWRIGHT_GITHUB_POLL: '1s',
  NODE_USE_ENV_PROXY: '1',
  HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
});

/** What every worker is given besides its way to GitHub. */
const otherSecrets = (): Canaries => ({
  PHASEWRIGHT_SLACK_TOKEN: `xoxb-${digits(12)}-${letters(24)}`,
  PHASEWRIGHT_DISCORD_TOKEN: `${letters(26)}.${letters(6)}.${letters(38)}`,
  PHASEWRIGHT_TELEGRAM_TOKEN: `${digits(10)}:${letters(35)}`,
  PHASEWRIGHT_WEBHOOK_SECRET: letters(40),
  PHASEWRIGHT_NOTICE_SECRET: letters(40),
});
const letters = (count: number): string =>
  randomBytes(count)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, 'x')
    .slice(0, count);
const digits = (count: number): string =>
  Array.from(randomBytes(count), (byte) => String(1 + (byte % 9))).join('');

const echo = (secret: string): string =>
  `${word} ${secret} ${Buffer.from(`x-access-token:${secret}`).toString('base64')} token ${secret}`;
/** A server that shows what it was sent. */
const tellTale = (status: number, secret: string, applied = false): Fault => ({
  kind: 'answer',
  status,
  applied,
  body: { message: echo(secret), errors: [{ message: echo(secret) }, echo(secret)] },
  headers: { 'x-accepted-github-permissions': echo(secret) },
});
const tellTaleForGit = (status: number, secret: string): Fault => ({
  kind: 'answer',
  status,
  body: `${echo(secret)}\n`,
  headers: { 'content-type': 'text/plain' },
});

async function asMachineUser(): Promise<Evidence> {
  const token = `ghp_${letters(36)}`;
  const secrets = { PHASEWRIGHT_GITHUB_TOKEN: token, ...otherSecrets() };
  const double = await startGitHubDouble();
  double.addUser('robin', { token });
  return collectEvidence({
    ...common(),
    namespace: 'token',
    double,
    secrets,
    variables: wayTo(double),
    story: async (on) => {
      const { rig, slug } = on;
      const integration = `project/${slug}/integration`;
      // Often enough that whoever looks on sees it.
      double.fail({ on: 'git fetch', fault: tellTaleForGit(500, token), times: 3 });
      double.setProtection(repo, integration, { requirePullRequest: true, enforceAdmins: true });
      double.fail({ on: 'POST /repos/{owner}/{repo}/pulls', fault: tellTale(500, token) });
      double.fail({
        on: 'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels',
        fault: faults.wrongBody(echo(token)),
      });
      double.fail({ on: 'POST /repos/{owner}/{repo}/statuses/{sha}', fault: tellTale(502, token, true) });
      double.fail({
        on: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
        fault: faults.appliedThenLost,
      });
      double.fail({
        on: 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
        fault: tellTale(403, token),
        times: 3,
      });

      const handle = await start(rig, slug);
      const failed = (view: ProjectStatusView) => view.condition === 'failed';
      await rig.until(handle, 'the push that is refused', failed);
      double.setProtection(repo, integration, null);
      double.fail({ on: 'git push', fault: tellTaleForGit(403, token) });
      await retryUntilGate(on);
      double.revoke('robin');
      await on.seen('descriptions', 'does not accept');
      double.addUser('robin', { token });
      await approve(on);
      await on.seen('descriptions', 'CodeHostRefused');
      return handle;
    },
  });
}

async function asApp(): Promise<Evidence> {
  const double = await startGitHubDouble();
  const { appId, privateKey, login } = double.addApp({ slug: 'wright', owner: 'acme' });
  const secrets = { PHASEWRIGHT_GITHUB_APP_KEY: privateKey, ...otherSecrets() };
  return collectEvidence({
    ...common(),
    namespace: 'app',
    double,
    secrets,
    variables: { ...wayTo(double), PHASEWRIGHT_GITHUB_APP_ID: String(appId) },
    story: async (on) => {
      const { rig, slug } = on;
      const tokens = 'POST /app/installations/{installation_id}/access_tokens';
      double.fail({ on: tokens, fault: faults.truncated });
      double.fail({ on: tokens, fault: tellTale(500, privateKey) });
      double.fail({ on: 'GET /repos/{owner}/{repo}/installation', fault: tellTale(502, privateKey) });
      const handle = await start(rig, slug);
      await phaseGate(rig, slug, 1);
      const issued = double.tokens().at(-1) ?? '';
      double.fail({
        on: 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
        fault: tellTale(403, issued),
        times: 3,
      });
      double.revoke(login);
      await on.seen('descriptions', 'does not accept');
      await approve(on);
      await on.seen('descriptions', 'CodeHostRefused');
      double.fail({
        on: 'git fetch',
        fault: tellTaleForGit(500, double.tokens().at(-1) ?? ''),
        times: 3,
      });
      return handle;
    },
  });
}

const start = (rig: Rig, slug: string) =>
  rig.start(slug, {
    repository: repo,
    approval: { project: 'none' },
    // Its arguments are in the list of processes.
    checks: [`env > "$HOME/environment-of-checks.txt"; sleep 0.3; test -n ${word}`],
    notify: ['stdout', { slack: '#shop' }, { discord: '4177' }, { telegram: '-100' }],
    phases: [{ name: 'One', tasks: [{ title: 'First', description: word }] }],
  });

/** Whatever fails is tried again: a refusal meets the next push, whichever that is. */
async function retryUntilGate({ rig, slug }: Story): Promise<void> {
  const project = rig.project(slug);
  for (;;) {
    const { condition } = await rig.until<ProjectStatusView>(
      project,
      'a failure, or the gate of the phase',
      (view) => view.condition === 'failed' || view.phases[0]?.gate != null,
    );
    if (condition !== 'failed') return;
    await project.executeUpdate('retry', { args: [{ by: 'ann' }] });
  }
}

async function approve({ rig, slug }: Story): Promise<void> {
  const gate = await phaseGate(rig, slug, 1);
  await rig.phase(slug, 1).signal('approve', { gateId: gate.id, by: 'ann', comment: word });
}
