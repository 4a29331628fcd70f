import { spawn } from 'node:child_process';
import type { Cli } from '../cli.ts';
import type { Registry } from '../registry.ts';
import { agentsFile, type OwnFlags, withWorkerFlags, workerProgram } from '../worker-program.ts';

export function addWorker({ program, run }: Registry): void {
  withWorkerFlags(
    program
      .command('worker')
      .description('run a worker on this host until it is told to stop (SIGTERM drains it)'),
  ).action(run((cli, flags: OwnFlags) => worker(cli, flags)));
}

/** In the foreground, under a service manager as well as at a terminal: its lines, signals and exit code are passed on. */
async function worker(cli: Cli, given: OwnFlags): Promise<number> {
  const flags = { ...given, agents: agentsFile(cli, given) };
  const config = await cli.config(flags);
  const { namespace, profile } = cli.globals();
  const { path, args, env } = workerProgram(config, { ...flags, namespace, profile });
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
