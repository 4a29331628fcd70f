/**
 * Everything that one run has started: what the kernel keeps together for us (see containment/), its process group, its descendants,
 * and those that left both (setsid, double fork) but carry the run's marker in their environment or were seen while their parent lived.
 * What must stay true: no process is signalled that was not started by this run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessGroup } from './containment/enclosure.ts';
import { type ProcessEntry, carriesMarker, readProcessTable } from './process-table.ts';

export interface ProcessFamily {
  /** Remembers who belongs to the run now, so that they are known after their parent is gone. */
  observe(): void;
  /** The members that are alive now. */
  members(): readonly ProcessEntry[];
  /** SIGTERM, then SIGKILL after `graceMs`, until none is left or `withinMs` is over. Returns how many survived. */
  end(limits: { readonly graceMs: number; readonly withinMs: number }): Promise<number>;
  /** SIGKILL once, at once, for a process that is about to exit itself. */
  killNow(): void;
}

export interface FamilyRoot {
  readonly runId: string;
  /** Undefined when the run's first process is not known (a record whose writer died before the start). */
  readonly root: Pick<ProcessEntry, 'pid' | 'startedAt'> | undefined;
  /** True while nobody else can have got the root's pid, so that its group and session are certainly ours. */
  readonly groupIsOurs: boolean;
  /** The control group that holds it; absent or null: none does. */
  readonly group?: ProcessGroup | null;
}

export function createProcessFamily({ runId, root, groupIsOurs, group = null }: FamilyRoot): ProcessFamily {
  /** pid → start of every process that was ever seen to belong. */
  const known = new Map<number, string>();
  /** pid → start of processes whose environment was read and is not ours: not read again. */
  const strangers = new Map<number, string>();
  let seenBefore = new Map<number, string>();
  if (root !== undefined) known.set(root.pid, root.startedAt);

  function observe(): readonly ProcessEntry[] {
    const table = readProcessTable();
    const byPid = new Map(table.map((entry) => [entry.pid, entry]));
    for (const pid of group?.pids() ?? []) {
      const entry = byPid.get(pid);
      if (entry !== undefined) known.set(pid, entry.startedAt);
    }
    const isKnown = (pid: number): boolean => {
      const startedAt = known.get(pid);
      return startedAt !== undefined && byPid.get(pid)?.startedAt === startedAt;
    };
    const belongs = (entry: ProcessEntry): boolean => {
      if (entry.pid === process.pid || entry.pid <= 1) return false;
      if (isKnown(entry.ppid) || isKnown(entry.session) || isKnown(entry.pgid)) return true;
      if (groupIsOurs && root !== undefined && (entry.pgid === root.pid || entry.session === root.pid))
        return true;
      if (strangers.get(entry.pid) === entry.startedAt || isOlder(entry, root)) return false;
      if (carriesMarker(entry.pid, runId)) return true;
      // A process that has just been forked may still show its parent's environment or none: only settled ones are strangers.
      if (seenBefore.get(entry.pid) === entry.startedAt) strangers.set(entry.pid, entry.startedAt);
      return false;
    };
    for (let grown = true; grown; ) {
      grown = false;
      for (const entry of table) {
        if (isKnown(entry.pid) || !belongs(entry)) continue;
        known.set(entry.pid, entry.startedAt);
        grown = true;
      }
    }
    seenBefore = new Map(table.map((entry) => [entry.pid, entry.startedAt]));
    return table.filter((entry) => isKnown(entry.pid) && !entry.zombie);
  }

  function signalAll(members: readonly ProcessEntry[], signal: NodeJS.Signals): void {
    // Groups first: one call reaches all of a group at once, so that a fork bomb can't outrun a loop over pids.
    const groups = new Set(members.map((member) => member.pgid).filter((pgid) => known.has(pgid)));
    for (const pgid of groups) send(-pgid, signal);
    for (const member of members) if (!groups.has(member.pgid)) send(member.pid, signal);
  }

  function killAll(members: readonly ProcessEntry[]): void {
    group?.kill();
    signalAll(members, 'SIGKILL');
  }

  return {
    observe,
    members: observe,
    async end({ graceMs, withinMs }) {
      const begun = Date.now();
      let members = observe();
      if (members.length > 0 && graceMs > 0) {
        signalAll(members, 'SIGTERM');
        while (members.length > 0 && Date.now() - begun < graceMs) {
          await sleep(25);
          members = observe();
        }
      }
      // Twice empty: a process that forks and exits can slip through one reading of the table.
      for (let empty = 0; empty < 2 && Date.now() - begun < withinMs; ) {
        killAll(members);
        empty = members.length === 0 ? empty + 1 : 0;
        if (empty < 2) {
          await sleep(members.length === 0 ? 2 : 20);
          members = observe();
        }
      }
      return Math.max(members.length, group?.pids().length ?? 0);
    },
    killNow() {
      killAll(observe());
    },
  };
}

/** Older than the run's first process: cannot be its child. Only Linux counts in ticks since boot. */
function isOlder(entry: ProcessEntry, root: FamilyRoot['root']): boolean {
  return root !== undefined && Number(entry.startedAt) < Number(root.startedAt);
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // Gone already, or not ours to signal (a setuid program): the next reading of the table tells.
  }
}
