import type { StartReport } from '../../start.ts';
import type { Cli } from '../cli.ts';
import { exitCodes } from '../exit.ts';
import { requireProjectFile, uncommittedNote } from '../files.ts';
import type { Registry } from '../program.ts';
import { oneLine } from '../text/lines.ts';
import { dryRunText } from '../text/plan-text.ts';
import { watch } from '../watch.ts';

interface StartFlags {
  readonly dryRun?: boolean;
  readonly again?: boolean;
  readonly watch?: boolean;
  readonly untilWaiting?: boolean;
}

export function addStart({ program, run }: Registry): void {
  program
    .command('start')
    .description('start the project of a file; what runs already is not started twice')
    .argument('<file>', 'the project file')
    .option('--dry-run', 'show branches, gates and prompts; nothing is made')
    .option('--again', 'the project has ended: run it anew under the next free slug')
    .option('--watch', 'then follow it until it ends')
    .option('--until-waiting', 'with --watch: until a person is needed (exit code 3)')
    .action(
      run(async (cli, file: string, flags: StartFlags) => {
        const { input, folder } = await requireProjectFile(file, cli.io.cwd);
        const client = await cli.client();
        if (flags.dryRun === true) {
          const result = await client.dryRun(input);
          cli.print(result, () => dryRunText(result, cli));
          return exitCodes.ok;
        }
        const note = await uncommittedNote(folder);
        if (note !== null) cli.say(cli.style.yellow(oneLine(note, 1_000)));
        return follow(cli, await client.start(input, { again: flags.again }), flags);
      }),
    );
}

/** Waits for the plan, so that a project which was turned away is an error of `start`, then says or shows what goes on. */
export async function follow(cli: Cli, started: StartReport, flags: StartFlags): Promise<number> {
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
