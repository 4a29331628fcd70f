/** The keys that say how a project works, shared by project files and standalone tasks: types, defaults, meanings. */
import { z } from 'zod';
import { checked, duration, list, oneOf, plainText, text } from '../yaml/fields.schema.ts';
import { parseFolder } from './paths.ts';
import { strict } from '../yaml/issues.schema.ts';
import type { NotifyTarget } from '../model/project.ts';

const commands = (meaning: string) =>
  list(text('A command', 4_000), 'commands', 50).default([]).describe(meaning);

const approvalKeys = <Level extends z.ZodType>(level: Level) => ({
  phases: level.describe('required: a person approves each phase. none: it goes on by itself.'),
  project: level.describe(
    'required: a person approves the last merge into base. none: it goes on by itself.',
  ),
  approvers: list(text('An approver', 200), 'approvers', 100)
    .default([])
    .describe('Code-host logins that may decide; empty: anyone who may reach the namespace.'),
  remind_after: duration.prefault('4h').describe('When to remind people of an open gate.'),
  expire_after: duration.prefault('7d').describe('When to stop waiting; never an approval.'),
  on_expiry: oneOf(['hold', 'reject'])
    .default('hold')
    .describe('What an expired gate does: hold, or reject.'),
  carry: oneOf(['patches', 'never'])
    .default('patches')
    .describe(
      'When base moved. patches: an approval counts on for equal patches. never: people are asked again.',
    ),
});
const level = oneOf(['required', 'none']);

export const projectApproval = strict(approvalKeys(level.default('required')))
  .prefault({})
  .describe('Who decides at the gates, and when they are reminded.');
export const taskApproval = strict(approvalKeys(level.optional()))
  .prefault({})
  .describe('Who decides before the merge; phases and project mean the same here.');

const limits = strict({
  agent_timeout: duration.prefault('30m').describe('How long one attempt of agent work may take.'),
  phase_timeout: duration
    .prefault('1d')
    .describe(
      'How long the tasks, checks and landing of one phase may take; gates and questions do not count.',
    ),
  attempts: z
    .int({ error: 'The attempts are a whole number from 1 to 50.' })
    .min(1, { error: 'At least 1 attempt.' })
    .max(50, { error: 'At most 50 attempts.' })
    .default(3)
    .describe('Automatic attempts per task, and rounds of revision per gate.'),
  budget_usd: z
    .number({ error: 'The budget is a number of US dollars.' })
    .positive({ error: 'The budget must be above 0.' })
    .max(1e9, { error: 'The budget is above a billion.' })
    .nullable()
    .default(null)
    .describe('The most that agents may spend, in US dollars; null: no limit.'),
  tokens: z
    .int({ error: 'The tokens are a whole number.' })
    .positive({ error: 'The tokens must be above 0.' })
    .nullable()
    .default(null)
    .describe('The most tokens that agents may use; null: no limit.'),
})
  .prefault({})
  .describe('How much time, how many attempts and how much money the agents get.');

const notifyKinds = ['slack', 'discord', 'telegram', 'webhook'] as const;
const target = (kind: (typeof notifyKinds)[number]) =>
  checked(plainText(`The target of ${kind}`), (value) => {
    if (value.trim() === '') return `The target of ${kind} is empty.`;
    return kind === 'webhook' && !/^https?:\/\/[^\s/@]+(\/\S*)?$/.test(value)
      ? 'A webhook is an http(s) URL without a user name.'
      : undefined;
  });
const notifyMap = strict({
  slack: target('slack').optional().describe('A channel of Slack.'),
  discord: target('discord').optional().describe('A channel of Discord.'),
  telegram: target('telegram').optional().describe('A chat of Telegram.'),
  webhook: target('webhook').optional().describe('An http(s) URL that gets a POST.'),
});
const targetForms =
  "Write 'stdout' or a map such as { slack: '#deployments' } (slack, discord, telegram, webhook).";
const notify = list(
  z
    .union([z.literal('stdout', { error: targetForms }), notifyMap], { error: targetForms })
    .transform((value, context): NotifyTarget => {
      if (value === 'stdout') return { kind: 'stdout' };
      const given = notifyKinds.flatMap((kind) =>
        value[kind] === undefined ? [] : [{ kind, to: value[kind] }],
      );
      const [only, ...more] = given;
      if (only !== undefined && more.length === 0) return only;
      // An unknown key has been reported.
      if (context.issues.length > 0) return z.NEVER;
      context.addIssue({
        code: 'custom',
        message: `Each entry names one target: ${notifyKinds.join(', ')}.`,
      });
      return z.NEVER;
    }),
  'targets',
  20,
)
  .prefault(['stdout'])
  .describe("Where people are told: 'stdout', or { slack | discord | telegram | webhook: target }.");

const folder = plainText('A path').transform((value, context) => {
  const parsed = parseFolder(value);
  if ('path' in parsed) return parsed.path;
  context.addIssue({ code: 'custom', message: parsed.problem });
  return z.NEVER;
});

export const paths = list(folder, 'folders of the repository', 100)
  .min(1, { error: 'Name a folder, or leave out paths to work in the whole repository.' })
  .optional()
  .describe('Folders of the repository: all that agents and checks get of it. Left out: everything.');

export const settingsKeys = {
  setup: commands('Commands that prepare a fresh checkout, e.g. npm ci.'),
  checks: commands('Commands that must pass on every candidate, e.g. npm test.'),
  check_timeout: duration.prefault('10m').describe('How long one setup or check command may take.'),
  limits,
  notify,
  merge_method: oneOf(['merge', 'squash'])
    .default('merge')
    .describe('How the last pull request goes into base: merge or squash.'),
  on_cancel: oneOf(['keep_pull_requests', 'close_pull_requests'])
    .default('keep_pull_requests')
    .describe('What cancelling does with open pull requests.'),
};
