import { positive } from '../ask.ts';
import { checkout } from '../checkout.ts';
import { exitCodes } from '../exit.ts';
import type { Registry } from '../registry.ts';
import { pullRequestsText, pullRequestText } from '../text/list-text.ts';
import { manyLines } from '../text/lines.ts';

export function addPullRequests({ program, run }: Registry): void {
  const pr = program.command('pr').description('the pull requests of a project or task');
  pr.command('list')
    .description('all of them')
    .argument('<slug>', 'the project or task')
    .action(
      run(async (cli, slug: string) => {
        const all = await (await cli.client()).pullRequests.list(slug);
        cli.print(all, () => pullRequestsText(slug, all, cli));
        return exitCodes.ok;
      }),
    );
  pr.command('show')
    .description('one of them')
    .argument('<slug>', 'the project or task')
    .argument('<number>', 'its number', positive)
    .action(
      run(async (cli, slug: string, number: number) => {
        const entry = await (await cli.client()).pullRequests.get(slug, number);
        cli.print(entry, () => pullRequestText(entry, cli));
        return exitCodes.ok;
      }),
    );
  pr.command('diff')
    .description('what it changes')
    .argument('<slug>', 'the project or task')
    .argument('<number>', 'its number', positive)
    .option('--stat', 'only the files')
    .action(
      run(async (cli, slug: string, number: number, { stat = false }: { stat?: boolean }) => {
        const { entry, diff } = await (await cli.client()).pullRequests.diff(slug, number);
        cli.print(
          { ...entry, diff },
          () => `${manyLines(stat ? diff.stat : diff.patch).replace(/\n$/, '')}\n`,
        );
        if (diff.truncated) cli.say('The diff is longer; this is its beginning.');
        return exitCodes.ok;
      }),
    );
  pr.command('checkout')
    .description('switch to its branch in the current repository, if that is clean')
    .argument('<slug>', 'the project or task')
    .argument('<number>', 'its number', positive)
    .option('--print', 'only print the commands')
    .action(
      run(async (cli, slug: string, number: number, { print = false }: { print?: boolean }) => {
        const client = await cli.client();
        const [entry, status] = [await client.pullRequests.get(slug, number), await client.status(slug)];
        return checkout(cli, { branch: entry.head, repository: status.repository ?? '', print });
      }),
    );
}
