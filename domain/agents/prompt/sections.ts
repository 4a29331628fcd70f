/** The middle sections of a prompt: plan, progress, tasks, git. Everything that others wrote is capped, and marked as data. */
import type { CompletedPhase, Feedback, PersonMessage, PromptRequest } from '../../model/briefing.ts';
import { isJudge, type Role, type TaskSpec } from '../../model/project.ts';
import { coneText } from '../../model/cone.ts';
import { asData, defuse, escapeControls } from '../../text/escape.ts';
import { capText } from '../../text/truncate.ts';

const maxDesign = 256 * 1024;
const maxFeedback = 16 * 1024;
const maxMessage = 8 * 1024;

const line = (text: string): string => defuse(escapeControls(text));
const block = (text: string): string => defuse(escapeControls(text, { newlines: 'keep' }));

export function planSection(
  project: { readonly name: string; readonly design: string | null },
  phase: PromptRequest['phase'],
): string {
  const what =
    phase === null
      ? 'This is a standalone task: it has no project around it.'
      : `Current phase: ${phase.number}. ${line(phase.name)}`;
  const design =
    project.design === null ? [] : ['', asData('design document', capText(project.design, maxDesign))];
  return [
    '<project-plan>',
    `${phase === null ? 'Task' : 'Project'}: ${line(project.name)}`,
    what,
    ...design,
    '</project-plan>',
  ].join('\n');
}

export function progressSection(completed: readonly CompletedPhase[]): string {
  if (completed.length === 0) return '# Project Progress\n\nNo phase has been completed before this one.';
  return [
    '# Project Progress',
    '',
    'The following phases have already been completed:',
    ...completed.map(completedPhase),
  ].join('\n');
}

function completedPhase({ name, branch, pullRequest, tasks, files }: CompletedPhase): string {
  const number = pullRequest === null ? '' : ` (PR #${pullRequest})`;
  const list = (heading: string, items: readonly string[]): readonly string[] =>
    items.length === 0 ? [] : ['', heading, ...items.map((item) => `- ${line(item)}`)];
  return [
    '',
    `## Completed: ${line(name)} — branch \`${line(branch)}\`${number}`,
    ...list('Tasks:', tasks),
    ...list('Files changed:', files),
  ].join('\n');
}

export function tasksSection(
  role: Role,
  request: Pick<PromptRequest, 'task' | 'candidate' | 'feedback' | 'messages'>,
): string {
  const { task, candidate, feedback, messages } = request;
  return [
    '# Your Tasks',
    ...(role === 'breakdown' ? breakdownTask(task) : taskText(task)),
    ...(candidate === null ? [] : candidateText(candidate)),
    ...feedbackText(role, feedback),
    ...messagesText(messages),
  ].join('\n');
}

function taskText({ title, description, acceptance }: TaskSpec): readonly string[] {
  return [
    '',
    `**${line(title)}**`,
    ...(description.trim() === '' ? [] : ['', block(description.trim())]),
    ...(acceptance.length === 0
      ? []
      : ['', 'Acceptance criteria:', ...acceptance.map((criterion) => `- ${line(criterion)}`)]),
  ];
}

const breakdownTask = (task: TaskSpec): readonly string[] => [
  ...taskText(task),
  '',
  'Write only the tasks of the current phase. What completed phases did is already in the repository.',
];

function candidateText({ from, to }: { readonly from: string; readonly to: string }): readonly string[] {
  if (from === to) {
    return [
      '',
      `Judge: the agent declared that nothing needs to change at commit ${from}. Accept only if the task is already done there.`,
    ];
  }
  return [
    '',
    `Judge exactly the candidate \`${from}..${to}\`: \`git diff ${from}..${to}\` shows it, and it is checked out here.`,
  ];
}

function feedbackText(role: Role, feedback: readonly Feedback[]): readonly string[] {
  if (feedback.length === 0) return [];
  const heading = isJudge(role)
    ? 'Feedback that earlier attempts got (see whether it was acted on):'
    : 'Feedback on earlier attempts (act on every point):';
  return ['', heading, ...feedback.map(({ from, text }) => asData(from, capText(text, maxFeedback)))];
}

function messagesText(messages: readonly PersonMessage[]): readonly string[] {
  if (messages.length === 0) return [];
  return [
    '',
    'Messages from people about this task:',
    ...messages.map(({ from, text }) => asData(`message from ${from}`, capText(text, maxMessage))),
  ];
}

export function gitSection(
  { branch, basedOn, target }: PromptRequest['git'],
  paths: readonly string[] = [],
): string {
  return [
    '## Git Context',
    '',
    `- Your working branch: \`${line(branch)}\``,
    `- Based on: \`${line(basedOn)}\` (contains all prior phase work)`,
    `- PR will target: \`${line(target)}\``,
    '- Do NOT delete or force-push any branches.',
    ...(paths.length === 0
      ? []
      : [
          `- Of the repository, this clone holds only what the project works in: ${line(coneText(paths))}. The rest is not deleted: git has it (\`git show HEAD:PATH\`, \`git grep WORD HEAD\`), and it stays as it is. Change and add nothing outside; a commit with such a change is refused.`,
        ]),
  ].join('\n');
}

export function workflowSection(role: Role): string {
  const rules =
    isJudge(role) || role === 'breakdown'
      ? [
          'Change no files, commit nothing and switch no branches: you only read. You may run commands that leave the worktree as it is.',
          'Do NOT push; Phasewright does that.',
        ]
      : [
          'Commit with descriptive messages as you work; the commits are squashed into one when the task lands.',
          'Do NOT push; Phasewright does that. Do NOT switch branches, and do NOT open or merge pull requests.',
          'Do NOT leave uncommitted changes.',
        ];
  return [
    'IMPORTANT — Git workflow:',
    ...[...rules, 'PLAN.md is a planning artifact: it is not part of the pull request.'].map(
      (rule) => `- ${rule}`,
    ),
  ].join('\n');
}
