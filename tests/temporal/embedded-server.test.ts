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
}

async function start({ said = [], ...options }: Start): Promise<EmbeddedServer> {
  const port = options.port ?? (await anyFreePort());
  const server = await startEmbeddedServer({
    headless: true,
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
  const launch = { dataDir: '/data', port: 1, uiPort: null };

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

function deadPid(): number {
  return Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
}

async function startInAnotherProcess(
  dataDir: string,
  port: number,
): Promise<{ pid: number; serverPid: number; ended: Promise<void> }> {
  const code = `
    const { startEmbeddedServer } = await import(${JSON.stringify(join(packageRoot(), 'temporal', 'embedded-server.ts'))});
    const server = await startEmbeddedServer({ dataDir: ${JSON.stringify(dataDir)}, port: ${port}, headless: true, findCli: async () => ${JSON.stringify(cli)}, log() {} });
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const serverPid = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(Number(data.toString())));
    child.once('error', reject);
  });
  return { pid: child.pid ?? 0, serverPid, ended };
}
