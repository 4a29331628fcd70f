/**
 * A PID namespace for each run, by bubblewrap or by util-linux's unshare: a first process of ours is the parent of whatever loses its
 * own, and when it ends the kernel ends all of them. Programs see process ids of their own, and can't gain rights (sudo).
 */
import { constants } from 'node:os';
import { type Command, type Containment, type ProgramEnd, throughShell } from './enclosure.ts';

/** `bwrap`: absolute path of the program. The whole file system as it is; only /proc is that of the namespace. */
export const withBubblewrap = (bwrap: string): Containment => ({
  kind: 'bubblewrap',
  open: () => ({
    group: null,
    command: (program) => [
      bwrap,
      '--dev-bind',
      '/',
      '/',
      '--proc',
      '/proc',
      '--unshare-pid',
      '--',
      ...program,
    ],
    ending: asShellsTell,
  }),
});

/**
 * The shell is the namespace's first process, so that the program gets signals as everywhere; it says nothing of its own. With
 * it everything ends: what the program leaves in the background has no grace here.
 */
const asFirst = 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?';

/** `user`: in a user namespace as well, for a worker that is not root. */
export const withUnshare = (unshare: string, { user }: { readonly user: boolean }): Containment => ({
  kind: 'unshare',
  open: () => ({
    group: null,
    command: (program, env): Command => [
      unshare,
      ...(user ? ['--user', '--map-current-user'] : []),
      '--pid',
      '--fork',
      '--mount-proc',
      '--propagation',
      'slave',
      '--',
      ...throughShell(asFirst, [], program, env),
    ],
    ending: asShellsTell,
  }),
});

/** Both tell a signal as 128 and its number. */
function asShellsTell(exitCode: number | null, signal: NodeJS.Signals | null): ProgramEnd {
  const told = Object.entries(constants.signals).find(([, number]) => exitCode === 128 + number)?.[0];
  return told === undefined ? { exitCode, signal } : { exitCode: null, signal: told as NodeJS.Signals };
}
