import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Cli } from '../cli.ts';
import type { Registry } from '../registry.ts';
import { workerProgram } from '../worker-program.ts';

interface WorkerFlags {
  readonly agents?: string;
  readonly filters?: string;
  readonly checkEnv?: string;
  readonly logLevel?: string;
}

export function addWorker({ program, run }: Registry): void {
  program
    .command('worker')
    .description('run a worker on this host until it is told to stop (SIGTERM drains it)')
    .option('--agents <file>', 'the agents file (default: agents.yaml in the data folder)')
    .option('--filters <names>', "filters of .gitattributes that may run, e.g. 'lfs' (default: none)")
    .option('--check-env <names>', "the worker's variables that setup and checks get: NAME,NAME")
    .option('--log-level <level>', 'debug, info, warn or error')
    .action(run((cli, flags: WorkerFlags) => worker(cli, flags)));
}

/** In the foreground, under a service manager as well as at a terminal: its lines, signals and exit code are passed on. */
async function worker(cli: Cli, given: WorkerFlags): Promise<number> {
  const agents = given.agents === undefined ? undefined : resolve(cli.io.cwd, given.agents);
  const flags = { ...given, agents };
  const config = await cli.config(flags);
  const { namespace, profile } = cli.globals();
  const { path, args, env } = workerProgram(config, { namespace, profile, ...flags });
  const child = spawn(process.execPath, [path, ...args], { env: env as NodeJS.ProcessEnv, stdio: 'inherit' });
  const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];
  // A terminal sends Ctrl-C to the child as well; here it only must not end us before it.
  const pass = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT') child.kill('SIGTERM');
  };
  for (const signal of signals) process.on(signal, pass);
  try {
    return await new Promise<number>((done, fail) => {
      child.once('error', fail);
      child.once('close', (code, signal) =>
        done(code ?? (signal === 'SIGTERM' || signal === 'SIGINT' ? 0 : 1)),
      );
    });
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}
