/** A Temporal server for one test file that needs other settings than the run's, or that it kills. State in a folder, so that it can come back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { waitForNamespace } from '../../temporal/namespace.ts';
import { anyFreePort } from '../../temporal/ports.ts';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { serverArguments } from '../../temporal/server-process.ts';
import { type Address, guardWebUi } from '../../temporal/web-ui/guard.ts';
import { hiddenAddress } from '../../temporal/web-ui/start.ts';
import { eventually } from './eventually.ts';
import { testCli } from './servers.ts';

export interface OwnServer {
  readonly address: string;
  /** Of the guard in front of the Web UI. */
  readonly uiUrl: string;
  /** The Web UI itself, that nobody should find. */
  readonly ui: Address;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** On the same port and state. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnServer(extra: readonly string[] = []): Promise<OwnServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'phasewright-server-'));
  const port = await anyFreePort();
  const ui = await hiddenAddress();
  const guard = await guardWebUi({ target: ui, port: 0 });
  const program = await testCli();
  mkdirSync(join(dataDir, 'temporal'), { recursive: true });
  let child: ChildProcess | undefined;
  const address = `127.0.0.1:${port}`;

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await gone;
  }
  const server: OwnServer = {
    address,
    ui,
    uiUrl: `http://127.0.0.1:${guard.port}`,
    kill: () => end('SIGKILL'),
    async start() {
      child = spawn(program, [...serverArguments({ dataDir, port, ui, durable: false }), ...extra], {
        stdio: 'ignore',
      });
      const connection = await connectWhenUp(address);
      await waitForNamespace(connection, 'default');
      await ensureSearchAttributes(connection, 'default');
      await connection.close();
    },
    async stop() {
      await end('SIGTERM');
      await guard.close();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await server.start();
  return server;
}

async function connectWhenUp(address: string): Promise<Connection> {
  return eventually(
    `a server at ${address}`,
    () => Connection.connect({ address, connectTimeout: 5_000 }).catch(() => undefined),
    { everyMs: 200 },
  );
}
