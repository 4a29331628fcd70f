/** A client of the server that the options name. A file of its own: Temporal's client takes a moment to load, and only commands that need a server load it. */
import { Client } from '@temporalio/client';
import type { Config } from '../../config/load.ts';
import { connectClient, resolveServer, type Server } from '../../temporal/connection.ts';
import { dataConverter } from '../../temporal/data-converter.ts';
import { createPhasewrightClient, type PhasewrightClient } from '../phasewright-client.ts';

export interface Session {
  readonly client: PhasewrightClient;
  readonly server: Server;
  readonly config: Config;
}

export async function openSession(
  config: Config,
  { log, tell }: { readonly log: (line: string) => void; readonly tell: (sentence: string) => void },
): Promise<Session> {
  const server = await resolveServer(config, { log });
  const connection = await connectClient(server);
  const temporal = new Client({ connection, namespace: server.namespace, dataConverter });
  const client = await createPhasewrightClient({ client: temporal, address: server.address }, { tell });
  return { client, server, config };
}
