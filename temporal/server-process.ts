/** Starts the process of the embedded server, with the settings that make it quick, and notes it at once. */
import { spawn } from 'node:child_process';
import { closeSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanEnvironment, type Environment } from '../activities/support/environment.ts';
import { openForAppending } from '../activities/support/output.ts';
import { bootId, isAlive } from '../activities/support/process-table.ts';
import { PortError } from '../activities/support/port-error.ts';
import {
  type ProcessIdentity,
  type ServerRecord,
  identityOf,
  serverFolder,
  thisProcess,
  writeServerRecord,
} from './server-record.ts';
import type { Address } from './web-ui/guard.ts';

export const serverLogPath = (dataDir: string): string => join(serverFolder(dataDir), 'server.log');

const largestLogBytes = 10 * 1024 * 1024;

/**
 * The stock development server takes 20 transfer tasks a second, which makes each step of a workflow wait 40 ms; with
 * 1000 and SQLite's write-ahead log one project is ten times faster (docs/operations.md).
 */
const dynamicConfig = [
  // Nobody of ours uses the HTTP API, and it would believe any web page: no request can bear a host of this name.
  'frontend.httpAllowedHosts=["no host"]',
  'history.transferProcessorMaxPollRPS=1000',
  'frontend.WorkerHeartbeatsEnabled=true',
  'frontend.ListWorkersEnabled=true',
] as const;

export interface Launch {
  readonly program: string;
  readonly dataDir: string;
  readonly port: number;
  /** Null: no Web UI. */
  readonly ui: Address | null;
  readonly durable: boolean;
  /** Of this process; the server gets what a program needs, and no secret. */
  readonly environment: Environment;
}

/** The arguments of `temporal` for this launch. */
export function serverArguments({
  dataDir,
  port,
  ui,
  durable,
}: Omit<Launch, 'program' | 'environment'>): readonly string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
    ...(ui === null ? ['--headless'] : ['--ui-ip', ui.host, '--ui-port', String(ui.port)]),
    ...['--db-filename', join(serverFolder(dataDir), 'temporal.db')],
    ...['--sqlite-pragma', 'journal_mode=WAL'],
    // NORMAL may lose the last moments at a power cut, never at a crash of the process.
    ...['--sqlite-pragma', `synchronous=${durable ? 'FULL' : 'NORMAL'}`],
    ...dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]),
    // Settings that a person made for the command-line client must not reach the server.
    ...['--disable-config-env', '--disable-config-file', '--log-level', 'warn', '--log-format', 'text'],
  ];
}

/**
 * In a session of its own: Ctrl-C in a terminal ends `dev`, which then stops the server in order. Throws `NoServer` if
 * it cannot be started at all. `logFrom` gives what this launch has logged so far.
 */
export function launchServer(launch: Launch): ServerRecord & { readonly logFrom: () => string } {
  const path = serverLogPath(launch.dataDir);
  const begin = rotateLog(path);
  const output = openForAppending(path);
  try {
    const child = spawn(launch.program, serverArguments(launch), {
      detached: true,
      env: cleanEnvironment(launch.environment),
      stdio: ['ignore', output, output],
    });
    // Reported through a missing pid below; without a listener it would end this process.
    child.on('error', () => undefined);
    if (child.pid === undefined) throw new PortError('NoServer', `${launch.program} could not be started.`);
    const record: ServerRecord = {
      schema: 1,
      address: `127.0.0.1:${launch.port}`,
      uiUrl: null,
      ui: launch.ui,
      guard: null,
      ...identityOf(child.pid),
      boot: bootId(),
      durable: launch.durable,
      owner: thisProcess(),
    };
    writeServerRecord(launch.dataDir, record);
    child.unref();
    return { ...record, logFrom: () => readFileSync(path).subarray(begin).toString('utf8') };
  } finally {
    closeSync(output);
  }
}

/** Keeps one older log; returns where new lines begin. */
function rotateLog(path: string): number {
  try {
    const { size } = statSync(path);
    if (size <= largestLogBytes) return size;
    renameSync(path, `${path}.1`);
  } catch {
    // The first start.
  }
  return 0;
}

/** By id and start time, so that never another process is hit. */
export async function endProcess(identity: ProcessIdentity): Promise<void> {
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
