/**
 * The texts of pull requests: what was asked, what was done, what was tested, and the commands that decide. Pure; text from
 * people is quoted with its control characters shown, and can neither end our sections early nor fake our marker.
 */
import { maxBodyLength, maxTitleLength } from '../code-host/text-limits.ts';
import { hiddenMarker, withMarker } from '../names/markers.ts';
import { escapeControls } from '../text/escape.ts';
import { cutWithNote, silentProse } from '../text/markdown.ts';
import { withoutReferences } from '../text/references.ts';
import { shorten } from '../text/truncate.ts';
import {
  type Common,
  describeChecks,
  describeConflicts,
  describeDecision,
  describeSensitive,
  describeTask,
  describeWork,
  landed,
  type PullRequestTask,
} from './pull-request-sections.ts';

export interface PullRequestText {
  /** One line. */
  readonly title: string;
  /** Markdown; ends with the marker. */
  readonly body: string;
  /** Hidden in the body: says which workflow opened the pull request. The same for every version of the text. */
  readonly marker: string;
}

export interface PullRequestPhase {
  readonly number: number;
  readonly name: string;
  /** Null: merged without one, or nothing changed. */
  readonly pullRequest: { readonly number: number } | null;
  readonly tasks: readonly PullRequestTask[];
}

export interface PhasePullRequest extends Common {
  readonly project: string;
  readonly phase: { readonly number: number; readonly name: string };
  readonly tasks: readonly PullRequestTask[];
}

export interface ProjectPullRequest extends Common {
  readonly project: string;
  readonly phases: readonly PullRequestPhase[];
}

export interface StandalonePullRequest extends Common {
  readonly task: PullRequestTask;
}

export function phasePullRequest(input: PhasePullRequest): PullRequestText {
  const { project, phase, tasks } = input;
  return compose(input, {
    title: `${inline(project)}, phase ${phase.number}: ${inline(phase.name)}`,
    intro: `Phase ${phase.number} of **${silentProse(project)}**: ${silentProse(phase.name)}. ${count(tasks.length, 'task')}, one commit each.`,
    story: [
      '## Tasks',
      ...tasks.flatMap((task) => describeTask(task, `### ${task.number}. ${silentProse(task.title)}`)),
    ],
    merges: 'the phase into the project',
  });
}

export function projectPullRequest(input: ProjectPullRequest): PullRequestText {
  const { project, phases } = input;
  const tasks = phases.reduce((sum, phase) => sum + phase.tasks.length, 0);
  return compose(input, {
    title: inline(project),
    intro: `The whole of **${silentProse(project)}**: ${count(phases.length, 'phase')}, ${count(tasks, 'task')}.`,
    story: phases.flatMap((phase) => [
      `## Phase ${phase.number}: ${silentProse(phase.name)}${phase.pullRequest === null ? '' : ` (#${phase.pullRequest.number})`}`,
      phase.tasks.map((task) => `- ${task.number}. ${silentProse(task.title)}: ${landed(task)}`).join('\n'),
    ]),
    merges: 'the project into its base branch',
  });
}

export function taskPullRequest(input: StandalonePullRequest): PullRequestText {
  const { task } = input;
  return compose(input, {
    title: inline(task.title),
    intro: `A task of its own: **${silentProse(task.title)}**.`,
    story: describeTask(task, '## Task'),
    merges: 'the task into its base branch',
  });
}

/** A workflow's page in Temporal's Web UI; null: nobody said where that is. */
export const workflowUrl = (
  webUi: string | null | undefined,
  namespace: string,
  workflowId: string,
): string | null =>
  webUi == null
    ? null
    : `${webUi}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;

interface Story {
  readonly title: string;
  readonly intro: string;
  readonly story: readonly string[];
  /** "Approving merges …". */
  readonly merges: string;
}

/** What people decide by (checks, commands) is always whole; what is too long is the story in the middle. */
function compose(common: Common, { title, intro, story, merges }: Story): PullRequestText {
  const marker = hiddenMarker(common.workflowId);
  const before = cutWithNote(intro, 2_000);
  const after = [
    describeSensitive(common.sensitive),
    describeConflicts(common.resolved ?? []),
    describeChecks(common.checks),
    describeWork(common),
    describeDecision(common, merges),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  const room = maxBodyLength - marker.length - before.length - after.length - 3 * '\n\n'.length;
  const body = [before, cutWithNote(story.filter((part) => part !== '').join('\n\n'), room), after].join(
    '\n\n',
  );
  return { title: shorten(title, maxTitleLength) || common.slug, body: withMarker(body, marker), marker };
}

const inline = (text: string): string => withoutReferences(escapeControls(text.trim()));
const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
