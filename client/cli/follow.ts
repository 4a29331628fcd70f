/**
 * After a start: waits for the plan, so that a project which was turned away is an error of `start`, then says or shows what goes
 * on, or what keeps the plan from being made.
 */
import type { StartReport } from '../start.ts';
import type { Cli } from './cli.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { oneLine } from './text/lines.ts';
import { startText } from './text/start-text.ts';
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
  const pending = plan === 'planned' ? [] : await client.pending(await client.record(started.workflowId));
  const { warnings } = plan === 'planned' ? await client.status(started.slug) : { warnings: [] };
  for (const warning of warnings) cli.say(cli.style.yellow(oneLine(warning, 1_000)));
  cli.print({ ...started, plan, pending, warnings }, () =>
    startText({ started, plan, worker, pending }, { style: cli.style, now: Date.now() }),
  );
  return exitCodes.ok;
}
