/**
 * Notes about running programs, one file per run under `<dataDir>/processes/`, so that a worker that was killed leaves
 * nothing behind: the note is written before the program starts and removed after its last process has gone; the
 * next worker (and the next run in the same place) ends what notes without a living writer name.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordedGroup } from './containment/cgroup.ts';
import type { ProcessGroup } from './containment/enclosure.ts';
import { temporaryPrefix } from './atomic-file.ts';
import { readOwnFileSync } from './own-file.ts';
import { createProcessFamily } from './process-family.ts';
import { type ProcessEntry, bootId, isAlive, readEntry } from './process-table.ts';

type Identity = Pick<ProcessEntry, 'pid' | 'startedAt'>;

interface ProcessRecord {
  readonly schema: 1;
  readonly runId: string;
  readonly boot: string;
  readonly writer: Identity;
  /** Null until the program has started. */
  readonly root: Identity | null;
  /** Where it works, e.g. a worktree's path: at most one run at a time is wanted there. */
  readonly scope: string | null;
  /** The control group that holds it. Without one, its first process is in a PID namespace or nothing holds it: the mark leads to it. */
  readonly group: string | null;
  /** For people who look. */
  readonly program: string;
}

export interface RunRecord {
  started(root: Identity): void;
  remove(): void;
}

const folder = (dataDir: string): string => join(dataDir, 'processes');

let self: Identity | undefined;
const whoWrites = (): Identity => (self ??= identityOf(process.pid));

export function identityOf(pid: number): Identity {
  return { pid, startedAt: readEntry(pid)?.startedAt ?? 'unknown' };
}

export function recordRun(run: {
  readonly dataDir: string;
  readonly runId: string;
  readonly scope: string | undefined;
  readonly program: string;
  readonly group: ProcessGroup | null;
}): RunRecord {
  const path = join(folder(run.dataDir), `${run.runId}.json`);
  const write = (root: Identity | null): void => {
    const record: ProcessRecord = {
      schema: 1,
      runId: run.runId,
      boot: bootId(),
      writer: whoWrites(),
      root,
      scope: run.scope ?? null,
      group: run.group?.path ?? null,
      program: run.program.slice(0, 200),
    };
    mkdirSync(folder(run.dataDir), { recursive: true, mode: 0o700 });
    // The program knows its own mark: a name that it can't guess, and never one that is there.
    const draft = join(folder(run.dataDir), `${temporaryPrefix}${randomUUID()}`);
    writeFileSync(draft, JSON.stringify(record), { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  };
  write(null);
  return { started: write, remove: () => rmSync(path, { force: true }) };
}

/**
 * Ends the programs that dead workers of this data folder left running, and returns how many runs that were. With
 * `scope`, also those that a living worker still runs in that place: the newest run owns it (a worker that was stopped
 * and comes back finds its program gone). Safe to repeat.
 */
export async function killLeftovers(
  dataDir: string,
  { scope }: { readonly scope?: string } = {},
): Promise<number> {
  const left = readRecords(dataDir).filter((record) => {
    if (scope !== undefined && record.scope === scope) return true;
    return record.boot !== bootId() || !isAlive(record.writer);
  });
  await Promise.all(
    left.map(async (record) => {
      if (record.boot === bootId()) {
        const rootAlive = record.root !== null && isAlive(record.root);
        const group = recordedGroup(record.group, record.runId);
        const family = createProcessFamily({
          runId: record.runId,
          root: record.root ?? undefined,
          groupIsOurs: rootAlive,
          group,
        });
        await family.end({ graceMs: 1000, withinMs: 5000 });
        await group?.remove();
      }
      rmSync(join(folder(dataDir), `${record.runId}.json`), { force: true });
    }),
  );
  return left.length;
}

function readRecords(dataDir: string): readonly ProcessRecord[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder(dataDir));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    if (!/^[0-9a-f-]{36}\.json$/.test(name)) return [];
    try {
      const record = JSON.parse(readOwnFileSync(join(folder(dataDir), name)) ?? '') as ProcessRecord;
      return record.schema === 1 && `${record.runId}.json` === name ? [record] : [];
    } catch {
      // Removed meanwhile, or cut off by a power loss: then its processes are gone as well.
      return [];
    }
  });
}
