/**
 * The embedded Temporal server: one per data folder, state in SQLite beside it, on the loopback only.
 * What must stay true: never somebody else's server, never two on one database; a server whose owner was killed goes on
 * and is reused; what was acknowledged survives a crash (and with `durable` a power cut).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { PortError } from '../activities/support/port-error.ts';
import { withFileLock } from '../activities/support/file-lock.ts';
import { isAlive } from '../activities/support/process-table.ts';
import { ensureRetention, waitForNamespace } from './namespace.ts';
import { choosePort } from './ports.ts';
import { type Log, showProgress, terminalForProgress } from './progress.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { launchServer, serverLogPath } from './server-process.ts';
import {
  type ProcessIdentity,
  type ServerRecord,
  readServerRecord,
  removeServerRecord,
  serverFolder,
  thisProcess,
  writeServerRecord,
} from './server-record.ts';

export const EMBEDDED_NAMESPACE = 'default';

export interface EmbeddedServerOptions {
  readonly dataDir: string;
  /** Path of `temporal`, asked for only if none of ours runs (finding it may take minutes). */
  readonly findCli: () => Promise<string>;
  readonly log: Log;
  /** Every acknowledged event is on the disk itself, not only with the operating system: slower, safe at a power cut. */
  readonly durable?: boolean;
  /** No Web UI. */
  readonly headless?: boolean;
  /** Preferred; another is taken if it is in use. */
  readonly port?: number;
  readonly uiPort?: number;
}

export interface EmbeddedServer {
  /** `127.0.0.1:port`, gRPC. */
  readonly address: string;
  readonly uiUrl: string | null;
  readonly pid: number;
  readonly started: 'now' | 'already';
  /** False when another living process owns it; `stop` then leaves it alone. */
  readonly owned: boolean;
  /** Ends it by its process id (SIGTERM, after 10 s SIGKILL) and returns once it is gone. */
  stop(): Promise<void>;
}

/** Returns when it answers, its retention is set and the search attributes are registered. Throws `NoServer`. */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  mkdirSync(serverFolder(options.dataDir), { recursive: true, mode: 0o700 });
  return withFileLock(
    join(serverFolder(options.dataDir), 'start.lock'),
    async () => {
      const running = readServerRecord(options.dataDir);
      return running === undefined ? startNew(options) : reuse(options, running);
    },
    {
      waitMs: 90 * 60_000,
      onWait: (pid) => options.log(`Process ${pid} is starting the server; waiting for it.`),
    },
  );
}

/** Our embedded server, if it runs and answers within 5 s. Starts nothing. */
export async function findEmbeddedServer(dataDir: string): Promise<ServerRecord | undefined> {
  const record = readServerRecord(dataDir);
  if (record === undefined) return undefined;
  return (await answersWithin(record.address, 5_000)) === undefined ? record : undefined;
}

async function reuse(options: EmbeddedServerOptions, record: ServerRecord): Promise<EmbeddedServer> {
  const { dataDir, log } = options;
  const problem = await answersWithin(record.address, 20_000);
  if (problem !== undefined) {
    throw new PortError(
      'NoServer',
      `Our Temporal server (process ${record.pid}, ${record.address}) runs but doesn't answer: ${problem}. If it hangs, end it with 'kill ${record.pid}' and start again; its state is kept.`,
    );
  }
  if (options.durable !== undefined && options.durable !== record.durable) {
    log(`The running server keeps its setting (durable: ${record.durable}); stop it first to change that.`);
  }
  const owned = !isAlive(record.owner) || record.owner.pid === process.pid;
  if (owned) writeServerRecord(dataDir, { ...record, owner: thisProcess() });
  await prepare(record.address);
  log(
    `Our Temporal server runs already at ${record.address} (process ${record.pid})${owned ? '' : `, owned by process ${record.owner.pid}`}.`,
  );
  return describe(options, record, 'already', owned);
}

async function startNew(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { dataDir, log } = options;
  const program = await options.findCli();
  const tried: number[] = [];
  const progress = showProgress({
    log,
    what: 'Waiting for the Temporal server',
    terminal: terminalForProgress(),
  });
  try {
    for (let attempt = 1; ; attempt += 1) {
      const port = await choosePort(options.port ?? 7233, tried);
      const uiPort =
        options.headless === true ? null : await choosePort(options.uiPort ?? 8233, [...tried, port]);
      tried.push(port, ...(uiPort === null ? [] : [uiPort]));
      log(
        `Starting the Temporal server on 127.0.0.1:${port}${uiPort === null ? '' : `, its Web UI on http://127.0.0.1:${uiPort}`}.`,
      );
      const durable = options.durable ?? false;
      const record = launchServer({ program, dataDir, port, uiPort, durable });
      const problem = await startProblem(record);
      const server = describe(options, record, 'now', true);
      if (problem === undefined) {
        await prepare(record.address).catch(async (error: unknown) => {
          await server.stop();
          throw error;
        });
        return server;
      }
      await server.stop();
      // Somebody took the port between the look and the start.
      if (/address already in use/i.test(problem) && attempt < 3) continue;
      throw new PortError(
        'NoServer',
        `The Temporal server could not be started: ${problem}\nIts log: ${serverLogPath(dataDir)}`,
      );
    }
  } finally {
    progress.end();
  }
}

/** Undefined once it answers; otherwise what its log says. */
async function startProblem(
  record: ServerRecord & { readonly logFrom: () => string },
): Promise<string | undefined> {
  const problem = await answersWithin(record.address, 60_000, () => isAlive(record));
  if (problem === undefined) return undefined;
  const said = record.logFrom().trim();
  return said === '' ? problem : said.split('\n').slice(-8).join('\n');
}

async function prepare(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await waitForNamespace(connection, EMBEDDED_NAMESPACE);
    await ensureRetention(connection, EMBEDDED_NAMESPACE);
    await ensureSearchAttributes(connection, EMBEDDED_NAMESPACE);
  } finally {
    await connection.close();
  }
}

/** Undefined if gRPC (system info) answers in time; otherwise why not. Gives up early when `worthWaiting` says no. */
async function answersWithin(
  address: string,
  ms: number,
  worthWaiting: () => boolean = () => true,
): Promise<string | undefined> {
  const deadline = Date.now() + ms;
  for (;;) {
    try {
      const connection = await Connection.connect({
        address,
        connectTimeout: Math.min(2_000, Math.max(1, deadline - Date.now())),
      });
      await connection.close();
      return undefined;
    } catch (error) {
      if (!worthWaiting()) return 'it ended at once';
      if (Date.now() >= deadline) return `no answer within ${ms / 1000} s (${(error as Error).message})`;
      await sleep(100);
    }
  }
}

function describe(
  options: EmbeddedServerOptions,
  record: ServerRecord,
  started: 'now' | 'already',
  owned: boolean,
): EmbeddedServer {
  return {
    address: record.address,
    uiUrl: record.uiUrl,
    pid: record.pid,
    started,
    owned,
    async stop() {
      if (!owned) {
        options.log(
          `The Temporal server (process ${record.pid}) belongs to process ${record.owner.pid} and stays.`,
        );
        return;
      }
      await endProcess(record);
      removeServerRecord(options.dataDir, record);
    },
  };
}

/** By id and start time, so that never another process is hit. */
async function endProcess(identity: ProcessIdentity): Promise<void> {
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (isAlive(identity)) process.kill(identity.pid, name);
    } catch {
      // It went in between.
    }
  };
  signal('SIGTERM');
  for (let waited = 0; waited < 12_000 && isAlive(identity); waited += 50) {
    if (waited === 10_000) signal('SIGKILL');
    await sleep(50);
  }
}
