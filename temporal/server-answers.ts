/** What the embedded server says once it is up, and what it is told then. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { withoutProxy } from './loopback.ts';
import { ensureRetention, waitForNamespace } from './namespace.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

export const EMBEDDED_NAMESPACE = 'default';

/** Waits until it can be used: its namespace keeps closed workflows long enough and knows our search attributes. */
export async function prepareServer(address: string): Promise<void> {
  const connection = await Connection.connect(withoutProxy({ address }));
  try {
    await waitForNamespace(connection, EMBEDDED_NAMESPACE);
    await ensureRetention(connection, EMBEDDED_NAMESPACE);
    await ensureSearchAttributes(connection, EMBEDDED_NAMESPACE);
  } finally {
    await connection.close();
  }
}

/** Undefined if gRPC (system info) answers in time; otherwise why not. Gives up early when `worthWaiting` says no. */
export async function answersWithin(
  address: string,
  ms: number,
  worthWaiting: () => boolean = () => true,
): Promise<string | undefined> {
  const deadline = Date.now() + ms;
  for (;;) {
    try {
      const connectTimeout = Math.min(2_000, Math.max(1, deadline - Date.now()));
      const connection = await Connection.connect(withoutProxy({ address, connectTimeout }));
      await connection.close();
      return undefined;
    } catch (error) {
      if (!worthWaiting()) return 'it ended at once';
      if (Date.now() >= deadline) return `no answer within ${ms / 1000} s (${(error as Error).message})`;
      await sleep(100);
    }
  }
}
