/**
 * What runs as our embedded server: `server.json` in the data folder. It is believed only as far as it can be checked:
 * the very process must live (pid and start time, of this boot), and later its gRPC must answer.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Address } from './web-ui/guard.ts';
import { readOwnFileSync } from '../activities/support/own-file.ts';
import { bootId, isAlive, readEntry } from '../activities/support/process-table.ts';

export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

export interface ServerRecord {
  readonly schema: 1;
  /** `127.0.0.1:port`, gRPC. */
  readonly address: string;
  /** Of the guard in front of the Web UI. Null: there is none. */
  readonly uiUrl: string | null;
  /** Where the Web UI itself listens, for the guard alone. Null: headless. */
  readonly ui: Address | null;
  readonly guard: ProcessIdentity | null;
  readonly pid: number;
  readonly startedAt: string;
  readonly boot: string;
  readonly durable: boolean;
  /** The `dev` or `demo` that stops it; once that is dead, whoever comes next takes it over. */
  readonly owner: ProcessIdentity;
}

export const serverFolder = (dataDir: string): string => join(dataDir, 'temporal');
const recordPath = (dataDir: string): string => join(dataDir, 'server.json');

/** The record, if the process that it names is alive. Undefined: nothing of ours runs. */
export function readServerRecord(dataDir: string): ServerRecord | undefined {
  const record = read(dataDir);
  if (record === undefined || !isAlive(record)) return undefined;
  return guardOf(record) === undefined ? { ...record, uiUrl: null, guard: null } : record;
}

/** The guard of a server that ended: it is about to end as well, and has the port until then. */
export function leftGuard(dataDir: string): ProcessIdentity | undefined {
  const record = read(dataDir);
  return record === undefined ? undefined : guardOf(record);
}

const guardOf = ({ guard }: ServerRecord): ProcessIdentity | undefined =>
  guard !== null && isAlive(guard) ? guard : undefined;

function read(dataDir: string): ServerRecord | undefined {
  let record: ServerRecord;
  try {
    record = JSON.parse(readOwnFileSync(recordPath(dataDir)) ?? '') as ServerRecord;
  } catch {
    // Absent, or cut off by a power loss: then the process is gone too.
    return undefined;
  }
  if (record.schema !== 1 || typeof record.address !== 'string') return undefined;
  // As an earlier version wrote it, without a guard.
  return record.boot === bootId()
    ? { ...record, ui: record.ui ?? null, guard: record.guard ?? null }
    : undefined;
}

export function writeServerRecord(dataDir: string, record: ServerRecord): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${recordPath(dataDir)}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, recordPath(dataDir));
}

/** Only the record of that very process: a newer one stays. */
export function removeServerRecord(dataDir: string, { pid, startedAt }: ProcessIdentity): void {
  try {
    const record = JSON.parse(readOwnFileSync(recordPath(dataDir)) ?? '') as ServerRecord;
    if (record.pid === pid && record.startedAt === startedAt) rmSync(recordPath(dataDir), { force: true });
  } catch {
    // Gone already.
  }
}

export const thisProcess = (): ProcessIdentity => identityOf(process.pid);

export function identityOf(pid: number): ProcessIdentity {
  return { pid, startedAt: readEntry(pid)?.startedAt ?? 'unknown' };
}
