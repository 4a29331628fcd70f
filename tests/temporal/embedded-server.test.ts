import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { isAlive, readEntry } from '../../activities/support/process-table.ts';
import { resolveServer } from '../../temporal/connection.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../temporal/embedded-server.ts';
import { packageRoot } from '../../temporal/package-root.ts';
import { anyFreePort } from '../../temporal/ports.ts';
import { missingSearchAttributes } from '../../temporal/search-attributes.ts';
import { serverArguments } from '../../temporal/server-process.ts';
import { readServerRecord } from '../../temporal/server-record.ts';
import { eventually } from '../support/eventually.ts';
import { testCli } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const started: EmbeddedServer[] = [];
const listening: Server[] = [];

let cli: string;
beforeAll(async () => {
  cli = await testCli();
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  for (const server of listening.splice(0)) server.close();
});

interface Start {
  readonly dataDir: string;
  readonly port?: number;
  readonly uiPort?: number;
  readonly headless?: boolean;
  readonly durable?: boolean;
  readonly said?: string[];
  readonly environment?: NodeJS.ProcessEnv;
}

async function start({ said = [], ...options }: Start): Promise<EmbeddedServer> {
  const port = options.port ?? (await anyFreePort());
  const server = await startEmbeddedServer({
    headless: true,
    environment: process.env,
    ...options,
    port,
    findCli: async () => cli,
    log: (line) => void said.push(line),
  });
  started.push(server);
  return server;
}

async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

/** Someone else who has the port; a port for `port: 0`. */
function occupy(port: number): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  listening.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

it('starts with the search attributes, 90 days of retention, a private folder and a Web UI', async () => {
  const dataDir = temporaryFolder();
  const said: string[] = [];

  const server = await start({ dataDir, headless: false, uiPort: await anyFreePort(), said });

  expect(server).toMatchObject({ started: 'now', owned: true });
  await withConnection(server.address, async (connection) => {
    expect(await missingSearchAttributes(connection, 'default')).toEqual([]);
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 24 * 3600);
  });
  expect((await fetch(server.uiUrl ?? '')).status).toBe(200);
  expect(statSync(join(dataDir, 'temporal')).mode & 0o777).toBe(0o700);
  expect(said.join('\n')).toContain(
    `Starting the Temporal server on ${server.address}, its Web UI on ${server.uiUrl}`,
  );
});

it('writes its database ahead, and to the disk itself when durable', () => {
  const launch = { dataDir: '/data', port: 1, ui: null };

  expect(serverArguments({ ...launch, durable: false })).toContain('synchronous=NORMAL');
  expect(serverArguments({ ...launch, durable: true })).toContain('synchronous=FULL');
  expect(serverArguments({ ...launch, durable: true })).toEqual(
    expect.arrayContaining(['journal_mode=WAL', 'history.transferProcessorMaxPollRPS=1000', '127.0.0.1']),
  );
});

it('reuses the one that runs instead of starting a second', async () => {
  const dataDir = temporaryFolder();
  const first = await start({ dataDir });
  const said: string[] = [];

  const second = await start({ dataDir, said });

  expect(second).toMatchObject({ started: 'already', pid: first.pid, address: first.address });
  expect(said).toEqual([`Our Temporal server runs already at ${first.address} (process ${first.pid}).`]);
});

it('starts one server when two ask at the same time', async () => {
  const dataDir = temporaryFolder();

  const servers = await Promise.all([start({ dataDir }), start({ dataDir })]);

  expect(new Set(servers.map((server) => server.pid)).size).toBe(1);
  expect(servers.map((server) => server.started).sort()).toEqual(['already', 'now']);
});

it('takes free ports when the usual ones are taken, and never talks to who has them', async () => {
  const port = await occupy(0);
  const uiPort = await occupy(0);

  const server = await start({ dataDir: temporaryFolder(), port, uiPort, headless: false });

  expect(server.started).toBe('now');
  expect(server.address).not.toBe(`127.0.0.1:${port}`);
  expect(server.uiUrl).not.toBe(`http://127.0.0.1:${uiPort}`);
});

it("does not use somebody else's Temporal server, even one that answers where ours was", async () => {
  const theirs = temporaryFolder();
  const foreign = await start({ dataDir: theirs });
  const port = Number(foreign.address.split(':')[1]);
  const dataDir = temporaryFolder();
  // As after a restart of the machine: our record names a process and an address that are others' by now.
  const stale = JSON.parse(readFileSync(join(theirs, 'server.json'), 'utf8')) as object;
  writeFileSync(join(dataDir, 'server.json'), JSON.stringify({ ...stale, startedAt: 'long ago' }));

  const ours = await start({ dataDir, port });

  expect(ours.started).toBe('now');
  expect(ours.pid).not.toBe(foreign.pid);
  expect(ours.address).not.toBe(foreign.address);
  expect(isAlive({ pid: foreign.pid, startedAt: readEntry(foreign.pid)?.startedAt ?? '' })).toBe(true);
});

it.each([
  [
    'of a dead process',
    () =>
      JSON.stringify({
        schema: 1,
        address: '127.0.0.1:1',
        uiUrl: null,
        ui: null,
        guard: null,
        pid: deadPid(),
        startedAt: '1',
        boot: 'x',
        durable: false,
        owner: { pid: 1, startedAt: '1' },
      }),
  ],
  ['that is cut off', () => '{"schema":1,"addr'],
  ['of a later version', () => JSON.stringify({ schema: 2 })],
])('ignores a server.json %s', async (_what, content) => {
  const dataDir = temporaryFolder();
  writeFileSync(join(dataDir, 'server.json'), content());

  expect(readServerRecord(dataDir)).toBeUndefined();
});

it('keeps workflows over kill -9, and starts again where it was', async () => {
  const dataDir = temporaryFolder();
  const killed = await start({ dataDir });
  await withConnection(killed.address, async (connection) => {
    await new Client({ connection }).workflow.start('projectWorkflow', {
      taskQueue: 'nobody',
      workflowId: 'project.kept',
    });
  });
  process.kill(killed.pid, 'SIGKILL');

  const next = await start({ dataDir });

  expect(next.started).toBe('now');
  expect(next.pid).not.toBe(killed.pid);
  await withConnection(next.address, async (connection) => {
    const kept = await new Client({ connection }).workflow.getHandle('project.kept').describe();
    expect(kept.status.name).toBe('RUNNING');
    expect(await missingSearchAttributes(connection, 'default')).toEqual([]);
  });
});

it('takes over from an owner that was killed, and leaves a living owner its server', async () => {
  const dataDir = temporaryFolder();
  const owner = await startInAnotherProcess(dataDir, await anyFreePort());

  const guest = await start({ dataDir });
  await guest.stop();
  const whileOwned = readServerRecord(dataDir)?.pid;
  process.kill(owner.pid, 'SIGKILL');
  await owner.ended;
  const heir = await start({ dataDir });
  await heir.stop();

  expect(guest).toMatchObject({ started: 'already', owned: false, pid: owner.serverPid });
  expect(whileOwned).toBe(owner.serverPid);
  expect(heir).toMatchObject({ started: 'already', owned: true, pid: owner.serverPid });
  expect(readEntry(owner.serverPid)?.zombie ?? true).toBe(true);
});

it('says what the server logged when it cannot start', async () => {
  const dataDir = temporaryFolder();
  execFileSync('mkdir', ['-p', join(dataDir, 'temporal', 'temporal.db')]);

  const attempt = start({ dataDir });

  await expect(attempt).rejects.toMatchObject({
    code: 'NoServer',
    message: expect.stringMatching(/could not be started: .*(database|file)[\s\S]*Its log: .*server\.log/),
  });
  expect(readServerRecord(dataDir)).toBeUndefined();
});

it('resolves to the embedded server that runs, and says what to do when none does', async () => {
  const dataDir = temporaryFolder();
  const config = {
    dataDir,
    cacheDir: dataDir,
    durable: false,
    temporalCli: cli,
    download: false,
    searchPath: '',
    environment: {},
    temporal: { address: undefined, namespace: 'default', connectionOptions: {}, addressFrom: undefined },
  };
  const said: string[] = [];
  const log = (line: string): void => void said.push(line);

  await expect(resolveServer(config, { log })).rejects.toMatchObject({
    code: 'NoServer',
    message: expect.stringContaining("'phasewright dev'"),
  });
  const server = await start({ dataDir });
  const found = await resolveServer(config, { log });

  expect(found).toMatchObject({ address: server.address, source: 'embedded', namespace: 'default' });
  expect(said).toEqual([`Using our Temporal server at ${server.address}.`]);
});

it('hides the Web UI behind a guard, which goes on with the server and ends with it', async () => {
  const dataDir = temporaryFolder();
  const owner = await startInAnotherProcess(dataDir, await anyFreePort(), await anyFreePort());
  const record = readServerRecord(dataDir);
  process.kill(owner.pid, 'SIGKILL');
  await owner.ended;

  const heir = await start({ dataDir, headless: false });

  expect(heir).toMatchObject({ started: 'already', pid: owner.serverPid, uiUrl: record?.uiUrl });
  expect((await fetch(heir.uiUrl ?? '')).status).toBe(200);
  if (process.platform === 'linux') expect(record?.ui?.host).not.toBe('127.0.0.1');
  await expect(fetch(`http://127.0.0.1:${record?.ui?.port}`)).rejects.toThrow();
  await heir.stop();
  expect(isAlive(record?.guard ?? { pid: 0, startedAt: '' })).toBe(false);
});

it('puts a new guard in front of the Web UI when the old one is gone, and ends one whose server is', async () => {
  const dataDir = temporaryFolder();
  const uiPort = await anyFreePort();
  const first = await start({ dataDir, headless: false, uiPort });
  const lost = readServerRecord(dataDir)?.guard?.pid ?? 0;
  process.kill(lost, 'SIGKILL');
  await eventually('the end of the guard', () => readServerRecord(dataDir)?.uiUrl === null || undefined);

  const second = await start({ dataDir, headless: false, uiPort });
  const guard = readServerRecord(dataDir)?.guard;
  expect(second).toMatchObject({ pid: first.pid, uiUrl: first.uiUrl });
  expect((await fetch(second.uiUrl ?? '')).status).toBe(200);

  process.kill(first.pid, 'SIGKILL');
  const third = await start({ dataDir, headless: false, uiPort });
  expect(third.started).toBe('now');
  expect((await fetch(third.uiUrl ?? '')).status).toBe(200);
  expect(isAlive(guard ?? { pid: 0, startedAt: '' })).toBe(false);
});

it('gives neither the server nor the guard a secret of the one who starts them', async () => {
  if (process.platform !== 'linux') return;
  const dataDir = temporaryFolder();
  const environment = {
    ...process.env,
    GH_TOKEN: 'hush-1',
    PHASEWRIGHT_WEBHOOK_SECRET: 'hush-2',
    TEMPORAL_API_KEY: 'hush-3',
    https_proxy: 'http://hush-4@proxy.example',
    AWS_SECRET_ACCESS_KEY: 'hush-5',
  };

  const server = await start({ dataDir, headless: false, uiPort: await anyFreePort(), environment });

  for (const pid of [server.pid, readServerRecord(dataDir)?.guard?.pid]) {
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter((each) => each !== '')
      .map((each) => each.split('=')[0]);
    expect(names).toContain('PATH');
    expect(['PATH', 'HOME', 'USER', 'TMPDIR', 'LANG', 'TERM']).toEqual(expect.arrayContaining(names));
  }
});

it('reaches the server directly whatever proxy the variables name, as client and as worker', async () => {
  const dataDir = temporaryFolder();
  const closed = `http://127.0.0.1:${await anyFreePort()}`;
  const proxies = Object.fromEntries(
    ['http_proxy', 'https_proxy', 'grpc_proxy', 'all_proxy'].flatMap((name) => [
      [name, closed],
      [name.toUpperCase(), closed],
    ]),
  );

  const owner = await startInAnotherProcess(
    dataDir,
    await anyFreePort(),
    null,
    proxies,
    `
    const { connectClient, resolveServer } = await import(${module('connection.ts')});
    const { connectWorker } = await import(${module('worker-connection.ts')});
    const found = await resolveServer({ dataDir, temporal: {} }, { log() {} });
    for (const connect of [connectClient, connectWorker]) {
      const connection = await connect(found);
      await connection.workflowService.getSystemInfo({});
      await connection.close();
    }`,
  );

  process.kill(owner.pid, 'SIGKILL');
  await owner.ended;
  expect((await start({ dataDir })).pid).toBe(owner.serverPid);
});

function deadPid(): number {
  return Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
}

const module = (name: string): string => JSON.stringify(join(packageRoot(), 'temporal', name));

async function startInAnotherProcess(
  dataDir: string,
  port: number,
  uiPort: number | null = null,
  variables: Readonly<Record<string, string>> = {},
  then = '',
): Promise<{ pid: number; serverPid: number; ended: Promise<void> }> {
  const code = `
    const { startEmbeddedServer } = await import(${module('embedded-server.ts')});
    const dataDir = ${JSON.stringify(dataDir)};
    const ports = { port: ${port}, headless: ${uiPort === null}, ${uiPort === null ? '' : `uiPort: ${uiPort}`} };
    const findCli = async () => ${JSON.stringify(cli)};
    const server = await startEmbeddedServer({ dataDir, ...ports, environment: process.env, findCli, log() {} });
    ${then}
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const serverPid = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(Number(data.toString())));
    child.once('error', reject);
    child.once('close', () => reject(new Error('It ended before the server ran.')));
  });
  return { pid: child.pid ?? 0, serverPid, ended };
}
