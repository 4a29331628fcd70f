/** The commands that steer a running project or task, one row each; `cancel` and `amend` differ and stand apart. */
import type { Command } from 'commander';
import type { PhasewrightClient } from '../../phasewright-client.ts';
import type { CommandOptions, CommandReport } from '../../steer.ts';
import { amount, confirm, positive, someText, taskNumber, whoAmI } from '../ask.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, UsageError } from '../exit.ts';
import { offerQueue } from '../offer-queue.ts';
import type { Registry } from '../registry.ts';
import { oneLine } from '../text/lines.ts';

interface Common {
  readonly by?: string;
  readonly commandId?: string;
  readonly queue?: boolean;
}

/** Of all rows; each declares its own. */
interface Flags extends Common {
  readonly phase?: number;
  readonly feedback?: string;
  readonly fresh?: boolean;
  readonly base?: string;
  readonly reason?: string;
  readonly task?: ReturnType<typeof taskNumber>;
  readonly usd?: number;
  readonly tokens?: number;
}

interface Given {
  readonly slug: string;
  /** Empty where the row takes none. */
  readonly text: string;
  readonly flags: Flags;
  readonly options: CommandOptions;
}

interface Row {
  readonly name: string;
  readonly description: string;
  /** What `<text>` is; absent: the command takes none. */
  readonly text?: string;
  readonly declare?: (command: Command) => Command;
  readonly send: (client: PhasewrightClient, given: Given) => Promise<CommandReport>;
  /** A sentence if the flags make no sense together. */
  readonly misuse?: (flags: Flags) => string | undefined;
}

const withReason = (command: Command): Command => command.option('--reason <text>', 'why');

const rows: readonly Row[] = [
  {
    name: 'retry',
    description: 'go on after a failure; accepted tasks are kept',
    declare: (command) =>
      command
        .option('--phase <n>', 'only if this phase failed', positive)
        .option('--feedback <text>', 'what to do differently')
        .option('--fresh', "start at the branch's tip, not at the last candidate")
        .option('--base <branch>', 'base is gone: what it is called now', someText),
    send: (client, { slug, options, flags: { phase, feedback, fresh, base } }) =>
      client.retry(slug, { ...options, phase, feedback, fresh, base }),
  },
  {
    name: 'pause',
    description: 'start nothing new; what runs finishes, gates can be answered',
    declare: withReason,
    send: (client, { slug, options, flags: { reason } }) => client.pause(slug, { ...options, reason }),
  },
  {
    name: 'resume',
    description: 'go on after a pause',
    declare: withReason,
    send: (client, { slug, options, flags: { reason } }) => client.resume(slug, { ...options, reason }),
  },
  {
    name: 'answer',
    description: "answer an agent's question",
    text: 'the answer',
    declare: (command) =>
      command.option('--task <n>', 'the task that asked, as PHASE.TASK or TASK', taskNumber),
    send: (client, { slug, options, text, flags: { task } }) =>
      client.answer(slug, { ...options, text, task: task?.task }),
  },
  {
    name: 'message',
    description: 'tell the agent that works something',
    text: 'the message',
    send: (client, { slug, options, text }) => client.message(slug, { ...options, text }),
  },
  {
    name: 'extend-budget',
    description: 'let the agents spend more',
    declare: (command) =>
      command
        .option('--usd <amount>', 'US dollars to add', amount)
        .option('--tokens <n>', 'tokens to add', positive),
    misuse: ({ usd, tokens }) =>
      usd === undefined && tokens === undefined ? 'Name --usd or --tokens: what to add.' : undefined,
    send: (client, { slug, options, flags: { usd, tokens } }) =>
      client.extendBudget(slug, { ...options, usd, tokens }),
  },
  {
    name: 'skip',
    description: 'leave out a phase that has not started',
    declare: (command) =>
      command
        .option('--phase <n>', 'the phase', positive)
        .option('--task <n>', 'a task, as PHASE.TASK', taskNumber),
    misuse: ({ phase, task }) => {
      if (task !== undefined)
        return "A task is skipped by taking it out of the project file: 'phasewright amend FILE' then applies that to phases that have not started.";
      return phase === undefined ? 'Name the --phase to skip.' : undefined;
    },
    send: (client, { slug, options, flags: { phase = 0 } }) => client.skip(slug, { ...options, phase }),
  },
];

export function addSteering(registry: Registry): void {
  for (const row of rows) addRow(registry, row);
  addCancel(registry);
  addAmend(registry);
}

function addRow({ program, run }: Registry, { name, description, text, declare, misuse, send }: Row): void {
  const command = program
    .command(name)
    .description(description)
    .argument('<slug>', 'the project or task')
    .option('--by <name>', 'who says so (a label; default: your user name)')
    .option('--command-id <id>', 'makes a repeat count once', someText)
    .option('--queue', 'leave it as a signal: carried out when a worker polls');
  declare?.(command);
  const steer = async (cli: Cli, slug: string, said: string, flags: Flags): Promise<number> => {
    const wrong = misuse?.(flags);
    if (wrong !== undefined) throw new UsageError(wrong);
    const given = { slug, text: said, flags, options: optionsOf(flags) };
    return told(cli, await offerQueue(cli, name, slug, async () => send(await cli.client(), given)));
  };
  if (text === undefined)
    command.action(run((cli, slug: string, flags: Flags) => steer(cli, slug, '', flags)));
  else command.argument('<text>', text).action(run(steer));
}

const optionsOf = ({ by, commandId, queue }: Common): CommandOptions => ({
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
    .option('--command-id <id>', 'makes a repeat count once', someText)
    .action(
      run(async (cli, file: string, { slug, ...rest }: Common & { slug?: string }) => {
        const { requireProjectFile } = await import('../files.ts');
        const { input, draft } = await requireProjectFile(file, cli.io);
        return told(
          cli,
          await (await cli.client()).amendFromFile(slug ?? draft.slug, input, optionsOf(rest)),
        );
      }),
    );
}
