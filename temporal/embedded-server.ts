/**
 * The embedded Temporal server: one per data folder, state in SQLite beside it, on the loopback only.
 * What must stay true: never somebody else's server, never two on one database; a server whose owner was killed goes on
 * and is reused; what was acknowledged survives a crash (and with `durable` a power cut).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PortError } from '../activities/support/port-error.ts';
import { withFileLock } from '../activities/support/file-lock.ts';
import type { Environment } from '../activities/support/environment.ts';
import { isAlive } from '../activities/support/process-table.ts';
import { choosePort } from './ports.ts';
import { type Log, showProgress, terminalForProgress } from './progress.ts';
import { answersWithin, prepareServer } from './server-answers.ts';
import { endProcess, launchServer, serverLogPath } from './server-process.ts';
import {
  type ServerRecord,
  leftGuard,
  readServerRecord,
  removeServerRecord,
  serverFolder,
  thisProcess,
  writeServerRecord,
} from './server-record.ts';
import { hiddenAddress, startGuard } from './web-ui/start.ts';

const usualUiPort = 8233;

export interface EmbeddedServerOptions {
  readonly dataDir: string;
  /** Path of `temporal`, asked for only if none of ours runs (finding it may take minutes). */
  readonly findCli: () => Promise<string>;
  readonly log: Log;
  /** Every acknowledged event is on the disk itself, not only with the operating system: slower, safe at a power cut. */
  readonly durable?: boolean;
  /** No Web UI. */
  readonly headless?: boolean;
  /** Of this process. */
  readonly environment: Environment;
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
  const { log } = options;
  const problem = await answersWithin(record.address, 20_000, () => isAlive(record));
  if (problem !== undefined && !isAlive(record)) return startNew(options);
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
  const unguarded = record.guard === null && options.headless !== true;
  const current = owned
    ? await guarded(
        options,
        { ...record, owner: thisProcess() },
        unguarded ? await choosePort(options.uiPort ?? usualUiPort) : null,
      )
    : record;
  await prepareServer(record.address);
  log(
    `Our Temporal server runs already at ${record.address} (process ${record.pid})${owned ? '' : `, owned by process ${record.owner.pid}`}.`,
  );
  return describe(options, current, 'already', owned);
}

/** With a guard of its Web UI at this port; null: none is wanted. Written down. */
async function guarded(
  { dataDir, environment }: EmbeddedServerOptions,
  server: ServerRecord,
  port: number | null,
): Promise<ServerRecord> {
  let record = server;
  if (server.ui !== null && port !== null) {
    const guard = await startGuard({ server, target: server.ui, port, environment });
    record = { ...server, guard, uiUrl: `http://127.0.0.1:${port}` };
  }
  writeServerRecord(dataDir, record);
  return record;
}

async function startNew(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { dataDir, log } = options;
  const program = await options.findCli();
  const left = leftGuard(dataDir);
  if (left !== undefined) await endProcess(left);
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
        options.headless === true ? null : await choosePort(options.uiPort ?? usualUiPort, [...tried, port]);
      tried.push(port, ...(uiPort === null ? [] : [uiPort]));
      log(
        `Starting the Temporal server on 127.0.0.1:${port}${uiPort === null ? '' : `, its Web UI on http://127.0.0.1:${uiPort}`}.`,
      );
      const { record, problem } = await launch(options, { program, port, uiPort });
      const server = describe(options, record, 'now', true);
      if (problem === undefined) {
        await prepareServer(record.address).catch(async (error: unknown) => {
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

/** One try: the server and, at the same time, the guard of its Web UI. */
async function launch(
  options: EmbeddedServerOptions,
  {
    program,
    port,
    uiPort,
  }: { readonly program: string; readonly port: number; readonly uiPort: number | null },
): Promise<{ readonly record: ServerRecord; readonly problem: string | undefined }> {
  const { dataDir, environment, durable = false } = options;
  const ui = uiPort === null ? null : await hiddenAddress();
  const { logFrom, ...launched } = launchServer({ program, dataDir, port, ui, durable, environment });
  const guarding = guarded(options, launched, uiPort).catch((error: Error) => error);
  const problem = await startProblem(launched, logFrom);
  const record = await guarding;
  if (record instanceof Error) return { record: launched, problem: problem ?? record.message };
  return { record, problem };
}

/** Undefined once it answers; otherwise why not, and what its log says. */
async function startProblem(server: ServerRecord, logFrom: () => string): Promise<string | undefined> {
  const problem = await answersWithin(server.address, 60_000, () => isAlive(server));
  if (problem === undefined) return undefined;
  const said = logFrom().trim().split('\n').slice(-8).join('\n');
  if (said === '') return problem;
  return isAlive(server) ? `${problem}\n${said}` : said;
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
      if (record.guard !== null) await endProcess(record.guard);
      removeServerRecord(options.dataDir, record);
    },
  };
}
