/**
 * A control group (cgroups version 2) for each run, below the worker's own: what a member starts is a member, whatever it does to its
 * environment, session and parents, and one write ends them all. Process ids stay the host's.
 * Source: the Linux kernel's documentation, admin-guide/cgroup-v2.
 */
import { mkdirSync, readFileSync, readdirSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Containment, type ProcessGroup, throughShell } from './enclosure.ts';

const cgroup2Magic = 0x63677270;
const nameOf = (runId: string): string => `phasewright-${runId}`;
/** `0`: whoever writes it. */
const enter = 'echo 0 > "$1/cgroup.procs" || exit 126; shift; exec "$@"';

/** `parent`: see `ownGroup`. */
export function inGroups(parent: string): Containment {
  return {
    kind: 'cgroup',
    open(runId) {
      const path = join(parent, nameOf(runId));
      mkdirSync(path);
      return {
        group: groupAt(path),
        command: (program, env) => throughShell(enter, [path], program, env),
        ending: (exitCode, signal) => ({ exitCode, signal }),
      };
    },
  };
}

/** The group that this process is in, as a folder; undefined: this system has none, or shows it elsewhere. */
export function ownGroup(): string | undefined {
  try {
    const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    if (own === undefined) return undefined;
    return mountsOfCgroup2(readFileSync('/proc/self/mountinfo', 'utf8'))
      .map(({ root, at }) => join(at, relative(root, own)))
      .find((path) => processesOf(path).includes(process.pid));
  } catch {
    return undefined;
  }
}

/** proc_pid_mountinfo(5): also the one that a system with version 1 mounts beside it. */
export function mountsOfCgroup2(
  mountinfo: string,
): readonly { readonly root: string; readonly at: string }[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, at] = before.split(' ');
    if (root === undefined || at === undefined || !after.startsWith('cgroup2 ')) return [];
    return [{ root: unescaped(root), at: unescaped(at) }];
  });
}

const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The group that a note about this run names, if that is one and is still there. */
export function recordedGroup(path: string | null, runId: string): ProcessGroup | null {
  if (path === null || basename(path) !== nameOf(runId)) return null;
  try {
    return statfsSync(path).type === cgroup2Magic ? groupAt(path) : null;
  } catch {
    return null;
  }
}

function groupAt(path: string): ProcessGroup {
  const pids = (): readonly number[] =>
    [path, ...foldersBelow(path)].flatMap(processesOf).filter((pid) => pid > 1 && pid !== process.pid);
  return {
    path,
    pids,
    kill() {
      try {
        writeFileSync(join(path, 'cgroup.kill'), '1');
      } catch {
        // Kernels before 5.14 have no such file: one by one, until the caller finds the group empty.
        for (const pid of pids()) killOne(pid);
      }
    },
    async remove() {
      // A process that was killed leaves its group a moment later.
      for (let tries = 0; tries < 20 && !removed(path); tries += 1) await sleep(5);
    },
  };
}

/** What a member made inside, deepest first, then the group. */
function removed(path: string): boolean {
  try {
    for (const folder of [...foldersBelow(path)].reverse()) rmdirSync(folder);
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function foldersBelow(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => [join(path, name), ...foldersBelow(join(path, name))]);
  } catch {
    return [];
  }
}

function processesOf(path: string): readonly number[] {
  try {
    return readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
