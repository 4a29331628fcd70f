/** After a start: waits for the plan, so that a project which was turned away is an error of `start`, then says or shows what goes on. */
import type { StartReport } from '../start.ts';
import type { Cli } from './cli.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { oneLine } from './text/lines.ts';
import { watch } from './watch.ts';

export interface FollowFlags {
  readonly watch?: boolean;
  readonly untilWaiting?: boolean;
}

export async function follow(cli: Cli, started: StartReport, flags: FollowFlags): Promise<ExitCode> {
  const client = await cli.client();
  const plan = await client.awaitPlan(started);
  if (flags.watch === true) {
    cli.say(started.message);
    return watch(cli, started.slug, { untilWaiting: flags.untilWaiting === true });
  }
  const worker = plan === 'planned' || (await client.hasWorker());
  const pending = worker
    ? 'It is still being validated.'
    : "No worker polls: it begins when one does ('phasewright dev' or 'phasewright worker').";
  cli.print(
    { ...started, plan },
    () =>
      `${oneLine(started.message, 1_000)}\n${plan === 'planned' ? '' : `${pending}\n`}  phasewright status ${started.slug} --watch\n`,
  );
  return exitCodes.ok;
}
