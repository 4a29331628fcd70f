/**
 * The processes of this machine, as far as ending a program needs them: who started whom, in which group and session,
 * since when, and (Linux) what marker its environment carries. Read synchronously, in a few milliseconds.
 * Linux: proc(5). Elsewhere: ps(1), which shows no environment.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly session: number;
  /** Opaque; together with the pid it names one process for ever (within one boot). */
  readonly startedAt: string;
  /** Dead already, only not yet collected by its parent. */
  readonly zombie: boolean;
}

/** The environment variable that everything started by one run inherits. */
export const RUN_MARKER = 'PHASEWRIGHT_RUN_ID';

const linux = process.platform === 'linux';

export function readProcessTable(): readonly ProcessEntry[] {
  if (!linux)
    return parsePs(
      execFileSync('ps', psArguments, {
        encoding: 'utf8',
        env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
        maxBuffer: 64 << 20,
      }),
    );
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const entry = readEntry(Number(name));
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/** Undefined when there is no such process. */
export function readEntry(pid: number): ProcessEntry | undefined {
  if (!linux) return readProcessTable().find((entry) => entry.pid === pid);
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** True while the very process that was recorded still runs. */
export function isAlive(recorded: Pick<ProcessEntry, 'pid' | 'startedAt'>): boolean {
  const now = readEntry(recorded.pid);
  return now !== undefined && now.startedAt === recorded.startedAt && !now.zombie;
}

/** One line of /proc/<pid>/stat. The command name may hold anything, so fields are counted from its last bracket. */
export function parseStat(line: string): ProcessEntry | undefined {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, ppid, pgid, session] = fields;
  const startedAt = fields[19];
  if (state === undefined || session === undefined || startedAt === undefined) return undefined;
  return {
    pid: Number.parseInt(line, 10),
    ppid: Number(ppid),
    pgid: Number(pgid),
    session: Number(session),
    startedAt,
    zombie: state === 'Z' || state === 'X',
  };
}

export const psArguments = ['-axo', 'pid=,ppid=,pgid=,stat=,lstart='];

/** ps has no portable session column; a group led by a known process serves as one. */
export function parsePs(output: string): readonly ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const line of output.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (match === null) continue;
    const pgid = Number(match[3]);
    entries.push({
      pid: Number(match[1]),
      ppid: Number(match[2]),
      pgid,
      session: pgid,
      startedAt: match[5] ?? '',
      zombie: match[4]?.startsWith('Z') === true,
    });
  }
  return entries;
}

/** True if the process was started with this run's marker in its environment. Never throws. */
export function carriesMarker(pid: number, runId: string): boolean {
  if (!linux) return false;
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${RUN_MARKER}=${runId}\0`);
  } catch {
    return false;
  }
}

/** Names this boot, so that records of an earlier one are never compared with today's processes. */
export function bootId(): string {
  if (!linux) return 'unknown';
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return 'unknown';
  }
}
