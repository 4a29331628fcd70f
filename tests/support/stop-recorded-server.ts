/** Ends the embedded server of a test run by the process id in its record, if it is still that process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readServerRecord } from '../../temporal/server-record.ts';

export async function stopRecordedServer(dataDir: string): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const record = readServerRecord(dataDir);
    if (record === undefined) return;
    process.kill(record.pid, signal);
    for (let waited = 0; waited < 10_000 && readServerRecord(dataDir) !== undefined; waited += 100)
      await sleep(100);
  }
}
