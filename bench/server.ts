/** A Temporal server of the benchmark's own, in a temporary folder that goes with it, however it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { loadConfig } from '../config/load.ts';
import { findTemporalCli } from '../temporal/cli.ts';
import { dataConverter } from '../temporal/data-converter.ts';
import { startEmbeddedServer } from '../temporal/embedded-server.ts';

export interface BenchServer {
  readonly client: Client;
  readonly address: string;
  /** Removed at the end. */
  readonly folder: string;
}

export async function withServer(
  say: (line: string) => void,
  body: (server: BenchServer) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'phasewright-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const config = loadConfig({ env: { ...process.env, PHASEWRIGHT_HOME: join(folder, 'server') } });
  const { cacheDir, searchPath, temporalCli, download } = config;
  const findCli = async () =>
    (await findTemporalCli({ log: say, cacheDir, searchPath, cliPath: temporalCli, download })).path;
  const server = await startEmbeddedServer({
    dataDir: config.dataDir,
    findCli,
    log: say,
    headless: true,
    environment: config.environment,
    port: 17400,
  });
  const connection = await Connection.connect({ address: server.address });
  // It is a process of its own, and would go on.
  const endServer = (): void => void process.kill(server.pid, 'SIGTERM');
  process.once('exit', endServer);
  try {
    await body({ client: new Client({ connection, dataConverter }), address: server.address, folder });
  } finally {
    await connection.close();
    process.off('exit', endServer);
    await server.stop();
  }
}
