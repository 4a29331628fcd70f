/** Stops the run's Temporal server by its process id. */
import { stopRecordedServer } from './stop-recorded-server.ts';

export default async function globalTeardown(): Promise<void> {
  const dataDir = process.env.PHASEWRIGHT_TEST_SERVER_FOLDER;
  if (dataDir !== undefined) await stopRecordedServer(dataDir);
}
