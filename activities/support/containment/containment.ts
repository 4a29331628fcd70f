/** Which containment this process has for the programs it runs: asked for by name, or the first that works here. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { PortError } from '../port-error.ts';
import { inGroups, ownGroup } from './cgroup.ts';
import { type Containment, type ContainmentKind, containmentKinds, nothing } from './enclosure.ts';
import { withBubblewrap, withUnshare } from './namespaces.ts';

const run = promisify(execFile);
const probeLimitMs = 5_000;

let chosen: Promise<Containment> | undefined;

/** The one that was chosen; else the first that works. */
export function containment(): Promise<Containment> {
  return (chosen ??= findContainment('auto'));
}

/** For all programs that this process runs from now on. Throws `InvalidConfig` if the one that is named doesn't work here. */
export async function chooseContainment(wanted: ContainmentKind | 'auto'): Promise<Containment> {
  const found = await findContainment(wanted);
  chosen = Promise.resolve(found);
  return found;
}

/** `auto`: the strongest first; process ids as the host's before others; at last none. */
export async function findContainment(wanted: ContainmentKind | 'auto'): Promise<Containment> {
  for (const kind of wanted === 'auto' ? containmentKinds : [wanted]) {
    const found = await finders[kind]();
    if (found !== undefined) return found;
  }
  throw new PortError(
    'InvalidConfig',
    `PHASEWRIGHT_CONTAINMENT asks for '${wanted}', which does not work here: ${needs[wanted as ContainmentKind]}. Set it to 'auto' to take what works.`,
  );
}

/** For people: what holds programs together, and what that means. */
export const describeContainment = (kind: ContainmentKind): string => meanings[kind];

const meanings: Readonly<Record<ContainmentKind, string>> = {
  bubblewrap:
    'Everything that agents, setup and checks start is ended with them (a PID namespace by bubblewrap).',
  cgroup: 'Everything that agents, setup and checks start is ended with them (a control group for each).',
  unshare: 'Everything that agents, setup and checks start is ended with them (a PID namespace by unshare).',
  none: "Nothing holds together what agents, setup and checks start: a program that leaves its parents and clears its environment can outlive them. Install bubblewrap, or let the worker make control groups (with systemd: 'Delegate=yes').",
};

const needs: Readonly<Record<ContainmentKind, string>> = {
  bubblewrap: "it needs Linux, 'bwrap' on the worker's PATH, and leave to make namespaces",
  cgroup: 'it needs Linux with cgroups version 2, and leave to make groups below the own one',
  unshare: "it needs Linux, util-linux's 'unshare' on the worker's PATH, and leave to make namespaces",
  none: 'it always works',
};

const finders: Readonly<Record<ContainmentKind, () => Promise<Containment | undefined>>> = {
  async bubblewrap() {
    const bwrap = await locate('bwrap');
    return bwrap === undefined ? undefined : working(withBubblewrap(bwrap));
  },
  async cgroup() {
    const parent = process.platform === 'linux' ? ownGroup() : undefined;
    return parent === undefined ? undefined : working(inGroups(parent));
  },
  async unshare() {
    const unshare = await locate('unshare');
    if (unshare === undefined) return undefined;
    return (
      (await working(withUnshare(unshare, { user: false }))) ?? working(withUnshare(unshare, { user: true }))
    );
  },
  none: async () => nothing,
};

/** On the PATH of this process. */
async function locate(program: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const found = await run('/bin/sh', ['-c', 'command -v "$1"', 'sh', program]).catch(() => undefined);
  const path = found?.stdout.trim() ?? '';
  return path.startsWith('/') ? path : undefined;
}

/** A program really starts in it, sees its own processes, and is where it should be. */
async function working(candidate: Containment): Promise<Containment | undefined> {
  try {
    const { group, command } = candidate.open(randomUUID());
    try {
      const look = 'test -r /proc/$$/stat && cat /proc/self/cgroup && echo "pid $$"';
      const [program, ...args] = command(['/bin/sh', '-c', look], {});
      const { stdout } = await run(program, args, { timeout: probeLimitMs, killSignal: 'SIGKILL' });
      const inside =
        group === null ? /^pid \d{1,2}$/m.test(stdout) : stdout.includes(group.path.split('/').at(-1) ?? '');
      return inside ? candidate : undefined;
    } finally {
      await group?.remove();
    }
  } catch {
    return undefined;
  }
}
