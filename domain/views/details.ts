/**
 * The current details of a workflow in the Web UI: Markdown that a person can act from. What is awaited comes first, with
 * the input to paste into the Web UI and the commands for a terminal; then where everything stands.
 */
import { answerOnTheWeb, commandFor } from './how-to-answer.ts';
import type { PullRequestRef } from '../model/pull-request.ts';
import type { Gate } from '../approval/gate.ts';
import type { RefusedMessage } from '../messages/messages.ts';
import { codeBlock, codeSpan, prose, table } from '../text/markdown.ts';
import { wholeCharacters } from '../text/truncate.ts';
import { utcMinute } from '../text/utc-minute.ts';
import type { PhaseStatusView, PhaseView, ProjectStatusView, TaskStatusView, TaskView } from './status.ts';

/** Temporal shows at most 20 KB. */
const MAX_DETAILS = 18_000;

/** Before there is a plan. */
export const validatingDetails = (slug: string): string =>
  fit([`**${prose(slug)}** · is being validated`, whatFails(slug)]);

/** A workflow doesn't know what of its work is tried again; the server does. */
const whatFails = (slug: string): string =>
  `What is done, fails and is tried again, and why: the tab _Pending Activities_ of the workflow that does it, or ${codeSpan(commandFor.status(slug))}`;

const ended: readonly string[] = ['done', 'cancelled', 'completed', 'skipped', 'failed'];

export function projectDetails(view: ProjectStatusView, workflowId: string): string {
  const open = view.phases.find((phase) => phase.gate !== null);
  const asked = open?.gate ?? view.gate;
  return fit([
    `**${prose(view.name)}** · ${words(view.lifecycle)} · ${words(view.condition)}`,
    asked === null ? now(view) : '',
    open?.gate == null
      ? ''
      : gateBlock(open.gate, open.pullRequest, view.slug, `${workflowId}.phase.${open.number}`, open.number),
    view.gate === null ? '' : gateBlock(view.gate, view.pullRequest, view.slug, workflowId),
    view.condition === 'failed'
      ? `To go on, send the signal ${codeSpan('retry')} to this workflow with the input ${codeSpan('{}')}, or:\n\n${codeBlock('sh', commandFor.retry(view.slug), commandFor.signal(workflowId, 'retry', '{}'))}`
      : '',
    `Branch ${codeSpan(view.integrationBranch)} → ${codeSpan(view.baseBranch)}${pullRequest(view.pullRequest, ' · ')}`,
    table(['#', 'Phase or task', 'Status', 'Branch or commit', 'PR'], view.phases.flatMap(phaseRows)),
    refused(view.refused),
    ended.includes(view.condition) ? '' : whatFails(view.slug),
  ]);
}

export function phaseDetails(view: PhaseStatusView, workflowId: string): string {
  return fit([
    `**Phase ${view.number}: ${prose(view.name)}** · ${words(view.status)}`,
    view.gate === null
      ? now(view)
      : gateBlock(view.gate, view.pullRequest, view.slug, workflowId, view.number),
    `Branch ${codeSpan(view.branch)}${pullRequest(view.pullRequest, ' · ')}`,
    table(
      ['#', 'Task', 'Status', 'Commit'],
      view.tasks.map((task) => taskRow(view.number, task)),
    ),
    refused(view.refused),
    ended.includes(view.status) ? '' : whatFails(view.slug),
  ]);
}

export function taskDetails(view: TaskStatusView, workflowId: string): string {
  return fit([
    `**Task ${view.number}: ${prose(view.title)}** · ${words(view.status)} · attempt ${view.attempts}`,
    view.gate !== null
      ? gateBlock(view.gate, view.pullRequest, view.slug, workflowId)
      : view.question === null
        ? now(view)
        : '',
    view.question === null
      ? ''
      : `**The agent asks:** ${prose(view.question)}\n\nTo answer, send the signal ${codeSpan('answer')} to this workflow, or:\n\n${codeBlock('sh', commandFor.signal(workflowId, 'answer', '{"by": "your name", "text": "…"}'))}`,
    `Branch ${codeSpan(view.branch)}${pullRequest(view.pullRequest, ' · ')}`,
    refused(view.refused),
    ended.includes(view.status) ? '' : whatFails(view.slug),
  ]);
}

const now = ({ waitingFor, detail }: Pick<ProjectStatusView, 'waitingFor' | 'detail'>): string =>
  waitingFor === null ? prose(detail) : `**Waits for** ${prose(waitingFor)}`;

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
    `**${prose(gate.question)}**`,
    [
      headSha === null ? 'Nothing changed.' : `Head ${codeSpan(headSha.slice(0, 10))}.`,
      gate.checks.length === 0
        ? 'No checks.'
        : gate.checks
            .map(({ passed, command }) => `${passed ? 'Passed' : '**Failed**'}: ${codeSpan(command)}.`)
            .join(' '),
      `Reminder at ${utcMinute(gate.remindAt)}, expires at ${utcMinute(gate.expireAt)}.`,
    ].join(' '),
    onTheWeb === null ? '' : `**${prose(onTheWeb)}**`,
    ...(gate.approvers.length > 0 ? [] : here()),
  ]
    .filter((part) => part !== '')
    .join('\n\n');

  function here(): readonly string[] {
    return [
      `**To answer here:** open ${codeSpan(workflowId)}, More Actions, Send a Signal, ${codeSpan('approve')} with the input`,
      codeBlock('json', JSON.stringify(answer, null, 2)),
      `or ${codeSpan('reject')} with the same and a ${codeSpan('"comment"')}.`,
      '**In a terminal:**',
      codeBlock('sh', commandFor.approve(slug, phase), commandFor.reject(slug, phase)),
      'or with the official command alone:',
      // Not as a block: a block doesn't wrap.
      codeSpan(commandFor.signal(workflowId, 'approve', yes)),
      codeSpan(commandFor.signal(workflowId, 'reject', no)),
    ];
  }
}

function phaseRows(phase: PhaseView): string[][] {
  return [
    [
      `**${phase.number}**`,
      `**${prose(phase.name)}**`,
      words(phase.status),
      codeSpan(phase.branch),
      pullRequest(phase.pullRequest),
    ],
    ...phase.tasks.map((task) => [...taskRow(phase.number, task), '']),
  ];
}

const taskRow = (phase: number, task: TaskView): string[] => [
  `${phase}.${task.number}`,
  prose(task.title),
  `${words(task.status)}${task.attempts > 1 ? `, attempt ${task.attempts}` : ''}`,
  task.commit === null ? '' : codeSpan(task.commit.slice(0, 10)),
];

function refused(all: readonly RefusedMessage[]): string {
  if (all.length === 0) return '';
  const lines = all
    .slice(-3)
    .map(
      ({ message, code: why, reason, at }) =>
        `- ${utcMinute(at)} ${codeSpan(message)}: ${why}: ${prose(reason)}`,
    );
  return `**Refused messages**\n\n${lines.join('\n')}`;
}

const pullRequest = (pr: PullRequestRef | null, before = ''): string =>
  pr === null ? '' : `${before}#${pr.number} ${pr.state}`;

const words = (status: string): string => status.replaceAll('_', ' ');

/** With spaces, so that it can wrap. */
const onOneLine = (value: Readonly<Record<string, string>>): string =>
  `{${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}: ${JSON.stringify(each)}`)
    .join(', ')}}`;

function fit(parts: readonly string[]): string {
  const whole = parts.filter((part) => part !== '').join('\n\n');
  return whole.length <= MAX_DETAILS
    ? whole
    : `${wholeCharacters(whole, MAX_DETAILS)}\n\n… cut; \`phasewright status\` shows all.`;
}
