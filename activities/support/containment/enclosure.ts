/** Where one run is kept together, whatever its programs do to environment, session and parents. */

export interface Containment {
  readonly kind: ContainmentKind;
  /** Makes the place for one run. Throws when that isn't possible now. */
  open(runId: string): Enclosure;
}

export const containmentKinds = ['bubblewrap', 'cgroup', 'unshare', 'none'] as const;
export type ContainmentKind = (typeof containmentKinds)[number];
export type Command = readonly [string, ...string[]];
export type ProgramEnvironment = Readonly<Record<string, string>>;

export interface Enclosure {
  /** The control group that holds the run, for the note about it; null: its processes are found from its first one. */
  readonly group: ProcessGroup | null;
  /** What to start instead of the program, so that it starts inside. Environment, place, streams and arguments stay. */
  command(program: Command, env: ProgramEnvironment): Command;
  /** How the program ended, from how what was started instead of it ended. */
  ending(exitCode: number | null, signal: NodeJS.Signals | null): ProgramEnd;
}

export interface ProgramEnd {
  /** Null when it was ended by a signal. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Processes that the kernel keeps together: what a member starts is one, for ever. */
export interface ProcessGroup {
  /** Absolute. */
  readonly path: string;
  /** Those alive now. */
  pids(): readonly number[];
  /** SIGKILL to all of them. */
  kill(): void;
  /** The group itself gone, once it is empty; one with a survivor stays. */
  remove(): Promise<void>;
}

/** Nothing around the program: its descendants are known by their parents and by their mark. */
export const nothing: Containment = {
  kind: 'none',
  open: () => ({
    group: null,
    command: (program) => program,
    ending: (exitCode, signal) => ({ exitCode, signal }),
  }),
};

/**
 * The program started by a shell that first does `script`, which ends with running `"$@"`. Some shells drop variables that they could
 * not name themselves (`npm_config_//host/:token`), so env(1) puts these back.
 */
export function throughShell(
  script: string,
  given: readonly string[],
  program: Command,
  env: ProgramEnvironment,
): Command {
  const unnameable = Object.entries(env).filter(([name]) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  const restored = unnameable.map(([name, value]) => `${name}=${value}`);
  return [
    '/bin/sh',
    '-c',
    script,
    'sh',
    ...given,
    ...(restored.length === 0 ? [] : ['env', ...restored]),
    ...program,
  ];
}
