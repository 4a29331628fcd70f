import { exitCodes } from '../exit.ts';
import { positive } from '../ask.ts';
import type { Registry } from '../registry.ts';
import { reviewText } from '../text/review-text.ts';

export function addReview({ program, run }: Registry): void {
  program
    .command('review')
    .description('what is asked: head, checks, files that differ')
    .argument('<slug>', 'the project or task')
    .option('--phase <n>', "only this phase's gate", positive)
    .option('--patch', 'the whole diff')
    .action(
      run(async (cli, slug: string, { phase, patch = false }: { phase?: number; patch?: boolean }) => {
        const review = await (await cli.client()).review(slug, { phase });
        const { status, ...rest } = review;
        cli.print({ slug: status.slug, ...rest }, () =>
          reviewText(review, { style: cli.style, now: Date.now(), patch }),
        );
        return exitCodes.ok;
      }),
    );
}
