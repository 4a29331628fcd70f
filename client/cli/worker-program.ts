/** How a worker is started from here: the program, and its flags from ours. */
import type { Config } from '../../config/load.ts';
import { programPath } from '../../temporal/package-root.ts';
import type { SupervisedProgram } from './supervisor.ts';

export interface WorkerFlags {
  readonly namespace?: string | undefined;
  readonly profile?: string | undefined;
  readonly agents?: string | undefined;
  readonly filters?: string | undefined;
  readonly checkEnv?: string | undefined;
  readonly logLevel?: string | undefined;
}

/** Without a given address the worker finds our embedded server by the data folder. */
export function workerProgram(
  config: Config,
  { namespace, profile, agents, filters, checkEnv, logLevel }: WorkerFlags,
): SupervisedProgram {
  const flag = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [`--${name}`, value];
  const args = [
    ...flag('home', config.dataDir),
    ...flag('address', config.temporal.address),
    ...flag('namespace', namespace),
    ...flag('profile', profile),
    ...flag('agents', agents),
    ...flag('filters', filters),
    ...flag('check-env', checkEnv),
    ...flag('log-level', logLevel),
  ];
  return { path: programPath('workers/main'), args, env: config.environment };
}
