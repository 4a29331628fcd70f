import type { Command } from 'commander';
import type { GateAction } from '../../../domain/approval/gate.ts';
import type { DecisionOptions } from '../../decide.ts';
import { PhasewrightError } from '../../errors.ts';
import { commitSha, confirm, positive, someText, whoAmI } from '../ask.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, UsageError } from '../exit.ts';
import { offerQueue } from '../offer-queue.ts';
import type { Registry } from '../registry.ts';
import { oneLine } from '../text/lines.ts';
import { reviewText } from '../text/review-text.ts';

interface DecisionFlags {
  readonly phase?: number;
  readonly gate?: string;
  readonly head?: string;
  readonly comment?: string;
  readonly by?: string;
  readonly commandId?: string;
  readonly yes?: boolean;
  readonly queue?: boolean;
}

export function addDecisionCommands({ program, run }: Registry): void {
  const common = (command: Command): Command =>
    command
      .argument('<slug>', 'the project or task')
      .option('--phase <n>', "only this phase's gate", positive)
      .option('--gate <id>', 'only this gate', someText)
      .option('--head <sha>', 'the head you looked at; another one now is refused', commitSha)
      .option('--by <name>', 'who answers (a label; default: your user name)')
      .option('--command-id <id>', 'makes a repeat count once', someText)
      .option('--yes', "don't ask at the terminal")
      .option('--queue', 'leave it as a signal: judged when a worker polls');
  common(program.command('approve').description('approve what waits, after showing it'))
    .option('--comment <text>', 'a word about it')
    .action(run((cli, slug: string, flags: DecisionFlags) => decide(cli, 'approve', slug, flags)));
  common(program.command('reject').description('send it back; the comment becomes the next task'))
    .requiredOption('--comment <text>', 'why')
    .action(run((cli, slug: string, flags: DecisionFlags) => decide(cli, 'reject', slug, flags)));
}

async function decide(cli: Cli, action: GateAction, slug: string, flags: DecisionFlags): Promise<number> {
  const { phase, gate: gateId, comment, commandId, queue = false } = flags;
  if (action === 'reject' && (comment ?? '').trim() === '')
    throw new UsageError('A rejection needs a --comment: it becomes the next task.');
  const client = await cli.client();
  const seen = queue ? null : await show(cli, slug, flags, action);
  if (
    seen !== null &&
    !(await confirm(cli, `${action === 'approve' ? 'Approve' : 'Reject'} this?`, flags.yes === true))
  ) {
    cli.say('Nothing was decided.');
    return exitCodes.failed;
  }
  const options: DecisionOptions & { readonly comment: string } = {
    phase,
    // What was shown is what is answered, whatever opens meanwhile.
    gateId: gateId ?? seen?.gateId,
    headSha: flags.head ?? seen?.headSha ?? undefined,
    by: flags.by ?? whoAmI(),
    comment: comment ?? '',
    commandId,
    queue,
    from: 'cli',
  };
  const report = await offerQueue(cli, action, slug, () => client[action](slug, options));
  cli.print(report, () =>
    report.kind === 'decided' && report.alreadyDecided
      ? `Already decided: ${oneLine(report.message, 1_000)}\n`
      : `${oneLine(report.message, 1_000)}\n`,
  );
  return exitCodes.ok;
}

/** Null: nothing waits; the SDK then says what was decided before, or what happens instead. */
async function show(
  cli: Cli,
  slug: string,
  { phase, gate }: DecisionFlags,
  action: GateAction,
): Promise<{ readonly gateId: string; readonly headSha: string | null } | null> {
  const client = await cli.client();
  try {
    const review = await offerQueue(cli, action, slug, () => client.review(slug, { phase, gateId: gate }));
    cli.say(reviewText(review, { style: cli.style, now: Date.now() }));
    return { gateId: review.gate.id, headSha: review.gate.headSha };
  } catch (error) {
    if (error instanceof PhasewrightError && error.code === 'NoOpenGate') return null;
    throw error;
  }
}
