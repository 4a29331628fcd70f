/** How a worker is started from here: the program, and its flags from ours. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../../config/load.ts';
import { type WorkerFlags, workerFlags, workerSettings } from '../../config/worker-settings.ts';
import { programPath } from '../../temporal/package-root.ts';
import type { Cli } from './cli.ts';
import type { SupervisedProgram } from './supervisor.ts';

/** What a command takes for the worker that it starts; the rest are flags of every command. */
export type OwnFlags = Omit<WorkerFlags, 'dataDir' | 'address' | 'namespace' | 'profile'>;

export const withWorkerFlags = (command: Command): Command =>
  command
    .option('--agents <file>', 'the agents file (default: agents.yaml in the data folder)')
    .option('--filters <names>', "filters of .gitattributes that may run, e.g. 'lfs' (default: none)")
    .option('--check-env <names>', "the worker's variables that setup and checks get: NAME,NAME")
    .option('--git-passes <names>', 'variables that credential helpers of git read')
    .option('--git-author <person>', "the author of commits, as 'Name <address>'")
    .option('--git-committer <person>', 'their committer (default: the author)')
    .option('--merge-subject <text>', "the subject of merge commits, e.g. 'OPS-1 {subject}'")
    .option('--log-level <level>', 'debug, info, warn or error');

/** As the person means it, from the folder they are in. */
export const agentsFile = (cli: Cli, { agents }: OwnFlags): string | undefined =>
  agents === undefined ? undefined : resolve(cli.io.cwd, agents);

/** Without a given address the worker finds our embedded server by the data folder. */
export function workerProgram(config: Config, given: WorkerFlags): SupervisedProgram {
  const flags: WorkerFlags = { ...given, dataDir: config.dataDir, address: config.temporal.address };
  const args = workerSettings.flatMap((name) => {
    const value = flags[name];
    return value === undefined ? [] : [`--${workerFlags[name]}`, value];
  });
  return { path: programPath('workers/main'), args, env: config.environment };
}
