/**
 * The current details of a workflow in the Web UI: Markdown that a person can act from. What is awaited comes first, with
 * the input to paste into the Web UI and the commands for a terminal; then where everything stands.
 */
import { answerOnTheWeb, commandFor } from './how-to-answer.ts';
import type { PullRequestRef } from '../model/pull-request.ts';
import type { Gate } from '../approval/gate.ts';
import type { RefusedMessage } from '../messages/messages.ts';
import { escapeControls } from '../text/escape.ts';
import type { PhaseStatusView, PhaseView, ProjectStatusView, TaskStatusView, TaskView } from './status.ts';

/** Temporal shows at most 20 KB. */
const MAX_DETAILS = 18_000;

export function projectDetails(view: ProjectStatusView, workflowId: string): string {
  const open = view.phases.find((phase) => phase.gate !== null);
  const asked = open?.gate ?? view.gate;
  return fit([
    `**${text(view.name)}** · ${words(view.lifecycle)} · ${words(view.condition)}`,
    view.waitingFor === null || asked !== null ? '' : `**Waits for** ${text(view.waitingFor)}`,
    open?.gate == null
      ? ''
      : gateBlock(open.gate, open.pullRequest, view.slug, `${workflowId}.phase.${open.number}`, open.number),
    view.gate === null ? '' : gateBlock(view.gate, view.pullRequest, view.slug, workflowId),
    view.condition === 'failed'
      ? `To go on, send the signal ${code('retry')} to this workflow with the input ${code('{}')}, or:\n\n${commands(commandFor.retry(view.slug), commandFor.signal(workflowId, 'retry', '{}'))}`
      : '',
    `Branch ${code(view.integrationBranch)} → ${code(view.baseBranch)}${pullRequest(view.pullRequest, ' · ')}`,
    table(['#', 'Phase or task', 'Status', 'Branch or commit', 'PR'], view.phases.flatMap(phaseRows)),
    refused(view.refused),
  ]);
}

export function phaseDetails(view: PhaseStatusView, workflowId: string): string {
  return fit([
    `**Phase ${view.number}: ${text(view.name)}** · ${words(view.status)}`,
    view.gate === null
      ? text(view.detail)
      : gateBlock(view.gate, view.pullRequest, view.slug, workflowId, view.number),
    `Branch ${code(view.branch)}${pullRequest(view.pullRequest, ' · ')}`,
    table(
      ['#', 'Task', 'Status', 'Commit'],
      view.tasks.map((task) => taskRow(view.number, task)),
    ),
    refused(view.refused),
  ]);
}

export function taskDetails(view: TaskStatusView, workflowId: string): string {
  return fit([
    `**Task ${view.number}: ${text(view.title)}** · ${words(view.status)} · attempt ${view.attempts}`,
    view.gate === null ? text(view.detail) : gateBlock(view.gate, view.pullRequest, view.slug, workflowId),
    view.question === null
      ? ''
      : `**The agent asks:** ${text(view.question)}\n\nTo answer, send the signal ${code('answer')} to this workflow, or:\n\n${commands(commandFor.signal(workflowId, 'answer', '{"by": "your name", "text": "…"}'))}`,
    `Branch ${code(view.branch)}${pullRequest(view.pullRequest, ' · ')}`,
    refused(view.refused),
  ]);
}

function gateBlock(
  gate: Gate,
  asked: PullRequestRef | null,
  slug: string,
  workflowId: string,
  phase?: number,
): string {
  const onTheWeb = answerOnTheWeb(gate.approvers, asked);
  const { id: gateId, headSha } = gate;
  const answer = { by: 'your name', gateId, ...(headSha === null ? {} : { headSha }) };
  const yes = onOneLine(answer);
  const no = onOneLine({ ...answer, comment: 'why, and what to do instead' });
  return [
    `**${text(gate.question)}**`,
    [
      headSha === null ? 'Nothing changed.' : `Head ${code(headSha.slice(0, 10))}.`,
      gate.checks.length === 0
        ? 'No checks.'
        : gate.checks
            .map(({ passed, command }) => `${passed ? 'Passed' : '**Failed**'}: ${code(command)}.`)
            .join(' '),
      `Reminder at ${minute(gate.remindAt)}, expires at ${minute(gate.expireAt)}.`,
    ].join(' '),
    onTheWeb === null ? '' : `**${text(onTheWeb)}**`,
    ...(gate.approvers.length > 0 ? [] : here()),
  ]
    .filter((part) => part !== '')
    .join('\n\n');

  function here(): readonly string[] {
    return [
      `**To answer here:** open ${code(workflowId)}, More Actions, Send a Signal, ${code('approve')} with the input`,
      block('json', JSON.stringify(answer, null, 2)),
      `or ${code('reject')} with the same and a ${code('"comment"')}.`,
      '**In a terminal:**',
      commands(commandFor.approve(slug, phase), commandFor.reject(slug, phase)),
      'or with the official command alone:',
      // Not as a block: a block doesn't wrap.
      code(commandFor.signal(workflowId, 'approve', yes)),
      code(commandFor.signal(workflowId, 'reject', no)),
    ];
  }
}

function phaseRows(phase: PhaseView): string[][] {
  return [
    [
      `**${phase.number}**`,
      `**${text(phase.name)}**`,
      words(phase.status),
      code(phase.branch),
      pullRequest(phase.pullRequest),
    ],
    ...phase.tasks.map((task) => [...taskRow(phase.number, task), '']),
  ];
}

const taskRow = (phase: number, task: TaskView): string[] => [
  `${phase}.${task.number}`,
  text(task.title),
  `${words(task.status)}${task.attempts > 1 ? `, attempt ${task.attempts}` : ''}`,
  task.commit === null ? '' : code(task.commit.slice(0, 10)),
];

function refused(all: readonly RefusedMessage[]): string {
  if (all.length === 0) return '';
  const lines = all
    .slice(-3)
    .map(({ message, code: why, reason, at }) => `- ${minute(at)} ${code(message)}: ${why}: ${text(reason)}`);
  return `**Refused messages**\n\n${lines.join('\n')}`;
}

const pullRequest = (pr: PullRequestRef | null, before = ''): string =>
  pr === null ? '' : `${before}#${pr.number} ${pr.state}`;

const words = (status: string): string => status.replaceAll('_', ' ');

/** `2026-11-21 13:20 UTC` */
const minute = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** With spaces, so that it can wrap. */
const onOneLine = (value: Readonly<Record<string, string>>): string =>
  `{${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}: ${JSON.stringify(each)}`)
    .join(', ')}}`;

const block = (language: string, ...lines: readonly string[]): string =>
  ['```' + language, ...lines, '```'].join('\n');
const commands = (...lines: readonly string[]): string => block('sh', ...lines);

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  // In a table a bar ends the cell, in code too.
  const cell = (each: string): string => each.replace(/(?<!\\)\|/g, '\\|');
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(headings), line(headings.map(() => ':--')), ...rows.map(line)].join('\n');
}

/** One line of somebody's text: shown as it is, no Markdown. Escapes only what needs it, so that the source reads well too. */
const text = (value: string): string =>
  oneLine(value)
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '\\\\')
    .replace(/[`*_<|~&]|(?<=\])\(/g, '\\$&');

/** One line as code. */
function code(value: string): string {
  const line = oneLine(value);
  const ticks = '`'.repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const space = ticks.length > 1 ? ' ' : '';
  return `${ticks}${space}${line}${space}${ticks}`;
}

const oneLine = (value: string): string => escapeControls(value).slice(0, 500);

function fit(parts: readonly string[]): string {
  const whole = parts.filter((part) => part !== '').join('\n\n');
  return whole.length <= MAX_DETAILS
    ? whole
    : `${whole.slice(0, MAX_DETAILS)}\n\n… cut; \`phasewright status\` shows all.`;
}
