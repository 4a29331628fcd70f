/** The command as people run it, and a server that goes away and comes back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { hiddenMarker } from '../../domain/names/markers.ts';
import { packageRoot } from '../../temporal/package-root.ts';
import { eventually } from '../support/eventually.ts';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';
import { testAddress } from '../support/servers.ts';
import { type CliPlace, cli, newPlace } from './terminal.ts';
import { comment, deliver, get, secret, type Waiting, waitingWorkflows } from './webhook-fixture.ts';

const home = mkdtempSync(join(tmpdir(), 'phasewright-webhooks-'));
const place: CliPlace = newPlace();
let server: OwnServer;
let waiting: Waiting;
beforeAll(async () => {
  server = await startOwnServer();
  waiting = await waitingWorkflows(server.address);
});
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await waiting.close();
  await server.stop();
  for (const folder of [home, place.cwd]) rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly url: string;
  output(): string;
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

async function start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Running> {
  const child = spawn(
    process.execPath,
    [join(packageRoot(), 'client', 'cli', 'main.ts'), 'webhooks', '--listen', '127.0.0.1:0', ...args],
    { env: { PATH: process.env['PATH'], HOME: home, PHASEWRIGHT_HOME: home, NODE_NO_WARNINGS: '1', ...env } },
  );
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const found = /127\.0\.0\.1:(\d+)\/github"/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(`It ended before it was ready:\n${said}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => said,
    stop(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

it('refuses to start without a secret, in a sentence', async () => {
  const run = await cli(place, 'webhooks', '--address', '127.0.0.1:1');

  expect([run.exitCode, run.stdout]).toEqual([1, '']);
  expect(run.stderr).toMatch(/^InvalidConfig: .*PHASEWRIGHT_WEBHOOK_SECRET/);
});

it.each([
  ['a port that is no port', '127.0.0.1:99999'],
  ['a port that is taken', testAddress()],
])('refuses %s, in a sentence', async (_, listen) => {
  const env = { PHASEWRIGHT_WEBHOOK_SECRET: secret };
  const run = await cli({ ...place, env }, 'webhooks', '--listen', listen, '--address', testAddress());

  expect(run.exitCode).toBe(1);
  expect(run.stderr).toMatch(/InvalidConfig: .*--listen/);
});

it('says where it listens, hears, and SIGTERM ends it', async () => {
  const phase = await waiting.start('phaseWorkflow', 'project.shop.phase.1', 'acme/shop');
  const file = join(home, 'secret');
  writeFileSync(file, `${secret}\n`);
  const args = ['--address', server.address];
  const running = await start(args, { PHASEWRIGHT_WEBHOOK_SECRET_FILE: file });
  const body = hiddenMarker(phase.workflowId);

  expect(running.output()).toMatch(
    /^READY \{"ready":true,"url":"http:\/\/127\.0\.0\.1:\d+\/github","health":"http:\/\/127\.0\.0\.1:\d+\/healthz"\}$/m,
  );
  expect(await deliver(running.url, { payload: comment('acme/shop', 3, body) })).toEqual({
    status: 202,
    text: 'told',
  });
  expect((await deliver(running.url, { payload: {}, signature: null })).status).toBe(401);
  expect(await waiting.told(phase)).toEqual([{ repository: 'acme/shop', number: 3 }]);
  expect(await running.stop('SIGTERM')).toBe(0);
  expect(running.output()).toContain('was refused');
  expect(running.output()).not.toContain(secret);
});

it('with --json says it in JSON, and Ctrl-C ends it', async () => {
  const running = await start(['--json', '--address', server.address], {
    PHASEWRIGHT_WEBHOOK_SECRET: secret,
  });

  expect(JSON.parse(running.output())).toEqual({
    ready: true,
    url: `${running.url}/github`,
    health: `${running.url}/healthz`,
  });
  expect(await running.stop('SIGINT')).toBe(0);
});

it('while the server is away a delivery fails soon, and is heard when it comes again', async () => {
  const phase = await waiting.start('phaseWorkflow', 'project.shop.phase.2', 'acme/shop');
  const running = await start(['--address', server.address], { PHASEWRIGHT_WEBHOOK_SECRET: secret });
  const delivery = { id: 'guid-away', payload: comment('acme/shop', 4, hiddenMarker(phase.workflowId)) };
  await server.kill();

  const failed = await Promise.all([deliver(running.url, delivery), deliver(running.url, delivery)]);
  expect(failed.map(({ status }) => status)).toEqual([503, 503]);
  const health = await get(`${running.url}/healthz`);
  expect([health.status, JSON.parse(health.text)]).toEqual([503, { ok: false, temporal: false }]);

  await server.start();
  await eventually('its health', async () => (await get(`${running.url}/healthz`)).status === 200);
  expect(await deliver(running.url, delivery)).toEqual({ status: 202, text: 'told' });
  expect(await deliver(running.url, delivery)).toEqual({ status: 200, text: 'already heard' });
  expect((await waiting.told(phase)).length).toBeGreaterThan(0);
  expect(running.output()).toMatch(/^Delivery guid-away: issue_comment of acme\/shop #4: Temporal did not/m);
  expect(await running.stop('SIGTERM')).toBe(0);
});
