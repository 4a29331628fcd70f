import { exitCodes } from '../exit.ts';
import type { Registry } from '../program.ts';
import { oneLine } from '../text/lines.ts';

export function addDoctor({ program, run }: Registry): void {
  program
    .command('doctor')
    .description('check this machine, the agents, the server and its workers; changes nothing')
    .action(
      run(async (cli) => {
        const { examine } = await import('../doctor.ts');
        const findings = await examine(await cli.config());
        const sign = {
          ok: cli.style.green('ok     '),
          warning: cli.style.yellow('warning'),
          problem: cli.style.red('problem'),
        };
        cli.print(
          findings,
          () =>
            `${findings.map(({ what, state, detail }) => `${sign[state]}  ${cli.style.bold(what)}: ${oneLine(detail, 2_000)}`).join('\n')}\n`,
        );
        return findings.some(({ state }) => state === 'problem') ? exitCodes.failed : exitCodes.ok;
      }),
    );
}
