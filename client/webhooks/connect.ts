/** A connection that finds the server again soon after it was away: by itself it would wait up to two minutes. */
import { Client } from '@temporalio/client';
import type { Config } from '../../config/load.ts';
import { connectClient, resolveServer } from '../../temporal/connection.ts';
import { dataConverter } from '../../temporal/data-converter.ts';

/** Throws `NoServer` or `ServerUnavailable`. */
export async function connectForHints(config: Config, log: (line: string) => void): Promise<Client> {
  const server = await resolveServer(config, { log });
  const channelArgs = { 'grpc.max_reconnect_backoff_ms': 2_000 };
  const connectionOptions = { ...server.connectionOptions, channelArgs };
  const connection = await connectClient({ ...server, connectionOptions });
  return new Client({ connection, namespace: server.namespace, dataConverter });
}
