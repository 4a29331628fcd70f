import { exitCodes } from '../exit.ts';
import { positive } from '../ask.ts';
import type { Registry } from '../registry.ts';
import { listText } from '../text/list-text.ts';

export function addList({ program, run }: Registry): void {
  program
    .command('list')
    .description('projects and standalone tasks, newest first')
    .option('--open', 'only those that run')
    .option('--limit <n>', 'at most so many', positive, 50)
    .action(
      run(async (cli, { open = false, limit }: { open?: boolean; limit: number }) => {
        const client = await cli.client();
        const listed = await client.list({ open, limit });
        const all = await Promise.all(
          listed.map(async (record) => {
            const [pending, failure] = await Promise.all([client.pending(record), client.failure(record)]);
            return { ...record, pending, failure };
          }),
        );
        cli.print(all, () => listText(all, { style: cli.style, now: Date.now() }));
        return exitCodes.ok;
      }),
    );
}
