import { exitCodes } from '../exit.ts';
import type { Registry } from '../registry.ts';
import { statusText } from '../text/status-text.ts';
import { standing, watch } from '../watch.ts';

interface StatusFlags {
  readonly watch?: boolean;
  readonly untilWaiting?: boolean;
  readonly exitCode?: boolean;
}

export function addStatus({ program, run }: Registry): void {
  program
    .command('status')
    .description('how a project or standalone task stands')
    .argument('<slug>', 'the project or task')
    .option('--watch', 'follow it until it ends')
    .option('--until-waiting', 'follow it until it ends or a person is needed (exit code 3)')
    .option(
      '--exit-code',
      'say it by the exit code: 0 goes on or done, 1 failed or cancelled, 3 a person is needed',
    )
    .action(
      run(async (cli, slug: string, flags: StatusFlags) => {
        if (flags.watch === true || flags.untilWaiting === true)
          return watch(cli, slug, { untilWaiting: flags.untilWaiting === true });
        const status = await (await cli.client()).status(slug);
        cli.print(status, () => statusText(status, { style: cli.style, now: Date.now() }));
        return flags.exitCode === true ? standing(status) : exitCodes.ok;
      }),
    );
}
