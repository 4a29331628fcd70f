/** A worker's connection; apart from connection.ts, so that the command line doesn't load the SDK's native part. */
import { NativeConnection } from '@temporalio/worker';
import { type Server, unavailable } from './connection.ts';

/** Throws `ServerUnavailable`. */
export async function connectWorker(server: Server): Promise<NativeConnection> {
  return NativeConnection.connect(server.connectionOptions).catch((error: unknown) => {
    throw unavailable(server, error);
  });
}
