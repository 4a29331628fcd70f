import type { Command } from 'commander';
import type { CommandOptions, CommandReport } from '../../steer.ts';
import { amount, confirm, positive, taskNumber, whoAmI } from '../ask.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, UsageError } from '../exit.ts';
import { requireProjectFile } from '../files.ts';
import { offerQueue } from '../offer-queue.ts';
import type { Registry } from '../program.ts';
import { oneLine } from '../text/lines.ts';

interface Common {
  readonly by?: string;
  readonly commandId?: string;
  readonly queue?: boolean;
}

const options = ({ by, commandId, queue }: Common): CommandOptions => ({
  by: by ?? whoAmI(),
  commandId,
  queue,
});

function told(cli: Cli, report: CommandReport & { readonly notes?: readonly string[] }): number {
  cli.print(
    report,
    () => `${[report.message, ...(report.notes ?? [])].map((line) => oneLine(line, 1_000)).join('\n')}\n`,
  );
  return exitCodes.ok;
}

export function addSteering({ program, run }: Registry): void {
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .argument('<slug>', 'the project or task')
      .option('--by <name>', 'who says so (a label; default: your user name)')
      .option('--command-id <id>', 'makes a repeat count once')
      .option('--queue', 'leave it as a signal: carried out when a worker polls');

  command('retry', 'go on after a failure; accepted tasks are kept')
    .option('--phase <n>', 'only if this phase failed', positive)
    .option('--feedback <text>', 'what to do differently')
    .action(
      run(
        async (
          cli,
          slug: string,
          { phase, feedback, ...rest }: Common & { phase?: number; feedback?: string },
        ) =>
          told(
            cli,
            await offerQueue(cli, 'retry', slug, async () =>
              (await cli.client()).retry(slug, { ...options(rest), phase, feedback }),
            ),
          ),
      ),
    );
  for (const name of ['pause', 'resume'] as const) {
    command(
      name,
      name === 'pause'
        ? 'start nothing new; what runs finishes, gates can be answered'
        : 'go on after a pause',
    )
      .option('--reason <text>', 'why')
      .action(
        run(async (cli, slug: string, { reason, ...rest }: Common & { reason?: string }) =>
          told(
            cli,
            await offerQueue(cli, name, slug, async () =>
              (await cli.client())[name](slug, { ...options(rest), reason }),
            ),
          ),
        ),
      );
  }
  command('answer', "answer an agent's question")
    .argument('<text>', 'the answer')
    .option('--task <n>', 'the task that asked, as PHASE.TASK or TASK', taskNumber)
    .action(
      run(
        async (
          cli,
          slug: string,
          text: string,
          { task, ...rest }: Common & { task?: ReturnType<typeof taskNumber> },
        ) =>
          told(
            cli,
            await offerQueue(cli, 'answer', slug, async () =>
              (await cli.client()).answer(slug, { ...options(rest), text, task: task?.task }),
            ),
          ),
      ),
    );
  command('message', 'tell the agent that works something')
    .argument('<text>', 'the message')
    .action(
      run(async (cli, slug: string, text: string, rest: Common) =>
        told(
          cli,
          await offerQueue(cli, 'message', slug, async () =>
            (await cli.client()).message(slug, { ...options(rest), text }),
          ),
        ),
      ),
    );
  command('extend-budget', 'let the agents spend more')
    .option('--usd <amount>', 'US dollars to add', amount)
    .option('--tokens <n>', 'tokens to add', positive)
    .action(
      run(async (cli, slug: string, { usd, tokens, ...rest }: Common & { usd?: number; tokens?: number }) => {
        if (usd === undefined && tokens === undefined)
          throw new UsageError('Name --usd or --tokens: what to add.');
        return told(
          cli,
          await offerQueue(cli, 'extend-budget', slug, async () =>
            (await cli.client()).extendBudget(slug, { ...options(rest), usd, tokens }),
          ),
        );
      }),
    );
  command('skip', 'leave out a phase that has not started')
    .option('--phase <n>', 'the phase', positive)
    .option('--task <n>', 'a task, as PHASE.TASK', taskNumber)
    .action(
      run(
        async (
          cli,
          slug: string,
          { phase, task, ...rest }: Common & { phase?: number; task?: ReturnType<typeof taskNumber> },
        ) => {
          if (task !== undefined)
            throw new UsageError(
              "A task is skipped by taking it out of the project file: 'phasewright amend FILE' then applies that to phases that have not started.",
            );
          if (phase === undefined) throw new UsageError('Name the --phase to skip.');
          return told(
            cli,
            await offerQueue(cli, 'skip', slug, async () =>
              (await cli.client()).skip(slug, { ...options(rest), phase }),
            ),
          );
        },
      ),
    );
  addCancel({ program, run });
  addAmend({ program, run });
}

function addCancel({ program, run }: Registry): void {
  program
    .command('cancel')
    .description('stop a project for good: agents and worktrees go, branches stay')
    .argument('<slug>', 'the project or task')
    .option('--yes', "don't ask at the terminal")
    .action(
      run(async (cli, slug: string, { yes = false }: { yes?: boolean }) => {
        if (!(await confirm(cli, `Cancel '${slug}' for good?`, yes))) {
          cli.say('Nothing was cancelled.');
          return exitCodes.failed;
        }
        const client = await cli.client();
        const report = await client.cancel(slug);
        const note = (await client.hasWorker()) ? [] : ['No worker polls: it is carried out when one does.'];
        return told(cli, { ...report, notes: note });
      }),
    );
}

function addAmend({ program, run }: Registry): void {
  program
    .command('amend')
    .description('apply a changed project file to phases that have not started')
    .argument('<file>', 'the project file')
    .option('--slug <slug>', "the project, if it isn't the file's own slug (as after start --again)")
    .option('--by <name>', 'who says so (a label; default: your user name)')
    .option('--command-id <id>', 'makes a repeat count once')
    .action(
      run(async (cli, file: string, { slug, ...rest }: Common & { slug?: string }) => {
        const { input, draft } = await requireProjectFile(file, cli.io.cwd);
        return told(cli, await (await cli.client()).amendFromFile(slug ?? draft.slug, input, options(rest)));
      }),
    );
}
