/** The environment of programs we run: an allow-list, so that a worker's credentials never reach them by accident. */

export type Environment = Readonly<Record<string, string | undefined>>;

const passed = ['PATH', 'HOME', 'USER', 'TMPDIR', 'LANG', 'TERM'] as const;

/** `PATH HOME USER TMPDIR LANG TERM` as the worker has them, and what is added. */
export function cleanEnvironment(worker: Environment, added: Environment = {}): Record<string, string> {
  const environment: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  for (const name of passed) {
    const value = worker[name];
    if (value !== undefined) environment[name] = value;
  }
  for (const [name, value] of Object.entries(added)) {
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** Those of the worker's variables that are named and set. */
export function pickVariables(worker: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(names.map((name) => [name, worker[name]]));
}
