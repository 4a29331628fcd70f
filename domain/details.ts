/** The current details of a workflow in the Web UI: Markdown with what is awaited and the command that answers it. */
import { commandFor } from './people.ts';
import type { PullRequestRef } from './effects.ts';
import type { Gate } from './gate.ts';
import { escapeControls } from './text.ts';
import type { PhaseStatusView, PhaseView, ProjectStatusView, TaskStatusView, TaskView } from './view.ts';

/** Temporal shows at most 20 KB. */
const MAX_DETAILS = 18_000;

export function projectDetails(view: ProjectStatusView, workflowId: string): string {
  const open = view.phases.find((phase) => phase.gate !== null);
  return fit([
    `**${text(view.name)}** · ${view.lifecycle} · ${view.condition}`,
    view.waitingFor === null ? '' : `**Waits for** ${text(view.waitingFor)}`,
    open?.gate != null
      ? gateBlock(open.gate, view.slug, `${workflowId}.phase.${open.number}`, open.number)
      : '',
    view.gate === null ? '' : gateBlock(view.gate, view.slug, workflowId),
    view.condition === 'failed'
      ? `Retry: \`${commandFor.retry(view.slug)}\` or \`${commandFor.signal(workflowId, 'retry', '{}')}\``
      : '',
    `Branch \`${view.integrationBranch}\` → \`${view.baseBranch}\`${view.pullRequest === null ? '' : ` · ${pullRequest(view.pullRequest)}`}`,
    [
      '| | Phase / task | Status | Branch or commit | Pull request |',
      '|---|---|---|---|---|',
      ...view.phases.flatMap(phaseRows),
    ].join('\n'),
    view.refused.length === 0
      ? ''
      : `Refused: ${view.refused
          .slice(-3)
          .map((each) => `\`${text(each.message)}\` (${each.code}: ${text(each.reason)})`)
          .join('; ')}`,
  ]);
}

export function phaseDetails(view: PhaseStatusView, workflowId: string): string {
  return fit([
    `**Phase ${view.number}: ${text(view.name)}** · ${view.status} · ${text(view.detail)}`,
    view.gate === null ? '' : gateBlock(view.gate, view.slug, workflowId, view.number),
    ['| | Task | Status | Commit | |', '|---|---|---|---|---|', ...phaseRows(view)].join('\n'),
    view.refused.length === 0
      ? ''
      : `Refused: ${view.refused
          .slice(-3)
          .map((each) => `\`${text(each.message)}\` (${each.code}: ${text(each.reason)})`)
          .join('; ')}`,
  ]);
}

export function taskDetails(view: TaskStatusView, workflowId: string): string {
  return fit([
    `**Task ${view.number}: ${text(view.title)}** · ${view.status} · attempt ${view.attempts}`,
    text(view.detail),
    view.question === null
      ? ''
      : `**The agent asks:** ${text(view.question)}\n\nAnswer: \`${commandFor.signal(workflowId, 'answer', '{"text": "…"}')}\``,
    view.gate === null ? '' : gateBlock(view.gate, view.slug, workflowId),
    `Branch \`${view.branch}\`${view.pullRequest === null ? '' : ` · ${pullRequest(view.pullRequest)}`}`,
  ]);
}

function gateBlock(gate: Gate, slug: string, workflowId: string, phase?: number): string {
  const head = gate.headSha === null ? '' : `, "headSha": "${gate.headSha}"`;
  const by = `"by": "your name", "gateId": "${gate.id}"${head}`;
  return [
    `**${text(gate.question)}** Head \`${gate.headSha ?? 'none'}\` on base \`${gate.baseSha ?? 'none'}\`.`,
    gate.checks.length === 0
      ? 'No checks.'
      : gate.checks
          .map((check) => `- ${check.passed ? 'passed' : '**failed**'}: \`${text(check.command)}\``)
          .join('\n'),
    `Approve: \`${commandFor.approve(slug, phase)}\` or send the signal \`approve\` to this workflow id: \`${commandFor.signal(workflowId, 'approve', `{${by}}`)}\``,
    `Reject: \`${commandFor.reject(slug, phase)}\` or \`${commandFor.signal(workflowId, 'reject', `{${by}, "comment": "why"}`)}\``,
    `Reminder after ${new Date(gate.remindAt).toISOString()}, expires ${new Date(gate.expireAt).toISOString()}.`,
  ].join('\n\n');
}

function phaseRows(phase: PhaseView): string[] {
  const pr = phase.pullRequest === null ? '' : pullRequest(phase.pullRequest);
  return [
    `| **${phase.number}** | **${text(phase.name)}** | ${phase.status} | \`${phase.branch}\` | ${pr} |`,
    ...phase.tasks.map((task) => taskRow(phase.number, task)),
  ];
}

const taskRow = (phase: number, task: TaskView): string =>
  `| ${phase}.${task.number} | ${text(task.title)} | ${task.status}${task.attempts > 1 ? ` (attempt ${task.attempts})` : ''} | ${task.commit === null ? '' : `\`${task.commit.slice(0, 10)}\``} | |`;

const pullRequest = ({ number, state }: PullRequestRef): string => `#${number} ${state}`;

/** One line, safe in a Markdown table. */
const text = (value: string): string =>
  escapeControls(value).replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 500);

function fit(parts: readonly string[]): string {
  const whole = parts.filter((part) => part !== '').join('\n\n');
  return whole.length <= MAX_DETAILS
    ? whole
    : `${whole.slice(0, MAX_DETAILS)}\n\n… cut; \`phasewright status\` shows all.`;
}
