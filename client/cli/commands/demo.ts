import { InvalidArgumentError } from 'commander';
import type { Registry } from '../registry.ts';

export function addDemo({ program, run }: Registry): void {
  program
    .command('demo')
    .description(
      'see a whole project run: server, worker, recorded agents, approvals; in a folder of its own',
    )
    .option('--keep', 'leave server, worker and repository running afterwards')
    .option('--pace <ms>', 'pause before each recorded action', pace)
    .action(
      run(async (cli, { keep = false, pace: slow }: { keep?: boolean; pace?: number }) => {
        const { runDemo } = await import('../demo.ts');
        const { home } = cli.globals();
        return runDemo({
          keep,
          ...(home === undefined ? {} : { home }),
          ...(slow === undefined ? {} : { pace: slow }),
        });
      }),
    );
}

function pace(value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new InvalidArgumentError('It must be a number of milliseconds.');
  return Number(value);
}
