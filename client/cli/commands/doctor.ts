import { Option } from 'commander';
import { parseRepository } from '../../../domain/project-file/repository.ts';
import type { CodeHostQuestion } from '../doctor-services.ts';
import { exitCodes, UsageError } from '../exit.ts';
import type { Registry } from '../registry.ts';
import { oneLine } from '../text/lines.ts';

export function addDoctor({ program, run }: Registry): void {
  program
    .command('doctor')
    .description(
      'check this machine, the agents, the server and its workers, and a repository on its code host; changes nothing',
    )
    .option('--repository <owner/name>', 'also look at this repository on the code host')
    .option('--base <branch>', 'the branch that projects go into (default: its default branch)')
    .addOption(
      new Option('--merge-method <method>', 'how the last pull request goes into it')
        .choices(['merge', 'squash'])
        .default('merge'),
    )
    .option('--webhook <url>', "the webhook's address (default: any that ends in /github)")
    .action(
      run(async (cli, question: CodeHostQuestion) => {
        requireNames(question);
        const { diagnose } = await import('../doctor.ts');
        const diagnostics = await diagnose(await cli.config(), question);
        const sign = {
          ok: cli.style.green('ok     '),
          warning: cli.style.yellow('warning'),
          problem: cli.style.red('problem'),
        };
        cli.print(
          diagnostics,
          () =>
            `${diagnostics.map(({ what, state, detail }) => `${sign[state]}  ${cli.style.bold(what)}: ${oneLine(detail, 2_000)}`).join('\n')}\n`,
        );
        return diagnostics.some(({ state }) => state === 'problem') ? exitCodes.failed : exitCodes.ok;
      }),
    );
}

function requireNames({ repository, webhook }: CodeHostQuestion): void {
  if (repository !== undefined) {
    const parsed = parseRepository(repository);
    if (!('repository' in parsed) || parsed.repository.kind !== 'hosted')
      throw new UsageError(`'${repository}' is not a repository on a code host: write owner/name.`);
  }
  if (webhook !== undefined && !URL.canParse(webhook))
    throw new UsageError(`'${webhook}' is not an address: write https://…/github.`);
}
