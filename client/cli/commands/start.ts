import { exitCodes } from '../exit.ts';
import { type FollowFlags, follow } from '../follow.ts';
import type { Registry } from '../registry.ts';
import { oneLine } from '../text/lines.ts';

interface StartFlags extends FollowFlags {
  readonly dryRun?: boolean;
  readonly again?: boolean;
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
        const { requireProjectFile, uncommittedNote } = await import('../files.ts');
        const { input, folder } = await requireProjectFile(file, cli.io);
        const client = await cli.client();
        if (flags.dryRun === true) {
          const [result, { dryRunText }] = await Promise.all([
            client.dryRun(input),
            import('../text/plan-text.ts'),
          ]);
          cli.print(result, () => dryRunText(result, cli));
          return exitCodes.ok;
        }
        const note = await uncommittedNote(folder, cli.io);
        if (note !== null) cli.say(cli.style.yellow(oneLine(note, 1_000)));
        return follow(cli, await client.start(input, { again: flags.again }), flags);
      }),
    );
}
