/**
 * The texts of pull requests: what was asked, what was done, what was tested, and the commands that decide. Pure; text from
 * people is quoted with its control characters shown, and can neither end our sections early nor fake our marker.
 */
import { hiddenMarker } from '../names/markers.ts';
import type { CheckEvidence } from '../model/checks.ts';
import type { Cost } from '../model/cost.ts';
import { escapeControls } from '../text/escape.ts';
import { codeBlock, codeSpan, cutWithNote, prose, quote, table } from '../text/markdown.ts';
import { shorten } from '../text/truncate.ts';

/** GitHub's limits; longer texts are refused there. */
export const maxTitleLength = 256;
export const maxBodyLength = 65_536;

export interface PullRequestText {
  /** One line. */
  readonly title: string;
  /** Markdown; ends with the marker. */
  readonly body: string;
  /** Hidden in the body: says which workflow opened the pull request. The same for every version of the text. */
  readonly marker: string;
}

export interface PullRequestTask {
  readonly number: number;
  readonly title: string;
  readonly description?: string;
  readonly acceptance?: readonly string[];
  /** Null: an accepted no-op, or not landed. */
  readonly commit: string | null;
  readonly attempts: number;
  /** Who worked on it, e.g. `implementer: claude-code`. */
  readonly agents?: readonly string[];
  readonly cost?: Cost;
}

export interface PullRequestPhase {
  readonly number: number;
  readonly name: string;
  /** Null: merged without one, or nothing changed. */
  readonly pullRequest: { readonly number: number } | null;
  readonly tasks: readonly PullRequestTask[];
}

interface Common {
  readonly slug: string;
  /** Names the workflow whose gate decides. */
  readonly workflowId: string;
  readonly checks: readonly CheckEvidence[];
  readonly approveCommand: string;
  readonly rejectCommand: string;
  /** What the agents have cost so far; left out: not known. */
  readonly cost?: Cost;
  /** The workflow in Temporal's Web UI; null: nobody said where that is. */
  readonly workflowUrl?: string | null;
  /** Reviews and comments on the pull request decide as well. */
  readonly reviewsDecide?: boolean;
  /** Who alone may decide, and only there; empty: whoever may. */
  readonly approvers?: readonly string[];
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
    intro: `Phase ${phase.number} of **${prose(project)}**: ${prose(phase.name)}. ${count(tasks.length, 'task')}, one commit each.`,
    story: [
      '## Tasks',
      ...tasks.flatMap((task) => describeTask(task, `### ${task.number}. ${prose(task.title)}`)),
    ],
    merges: 'the phase into the project',
  });
}

export function projectPullRequest(input: ProjectPullRequest): PullRequestText {
  const { project, phases } = input;
  const tasks = phases.reduce((sum, phase) => sum + phase.tasks.length, 0);
  return compose(input, {
    title: inline(project),
    intro: `The whole of **${prose(project)}**: ${count(phases.length, 'phase')}, ${count(tasks, 'task')}.`,
    story: phases.flatMap((phase) => [
      `## Phase ${phase.number}: ${prose(phase.name)}${phase.pullRequest === null ? '' : ` (#${phase.pullRequest.number})`}`,
      phase.tasks.map((task) => `- ${task.number}. ${prose(task.title)}: ${landed(task)}`).join('\n'),
    ]),
    merges: 'the project into its base branch',
  });
}

export function taskPullRequest(input: StandalonePullRequest): PullRequestText {
  const { task } = input;
  return compose(input, {
    title: inline(task.title),
    intro: `A task of its own: **${prose(task.title)}**.`,
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

/** The body with the marker in it, within the limit. */
export function withMarker(body: string, marker: string): string {
  if (body.includes(marker) && body.length <= maxBodyLength) return body;
  const rest = cutWithNote(body.replaceAll(marker, ''), maxBodyLength - marker.length - 2).trimEnd();
  return rest === '' ? marker : `${rest}\n\n${marker}`;
}

// ── how it is put together ──────────────────────────────────────────────────────────────────────────────────────

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
  const after = [describeChecks(common.checks), describeWork(common), describeDecision(common, merges)].join(
    '\n\n',
  );
  const room = maxBodyLength - marker.length - before.length - after.length - 3 * '\n\n'.length;
  const body = [before, cutWithNote(story.filter((part) => part !== '').join('\n\n'), room), after].join(
    '\n\n',
  );
  return { title: shorten(title, maxTitleLength) || common.slug, body: withMarker(body, marker), marker };
}

function describeTask(task: PullRequestTask, heading: string): readonly string[] {
  const { description = '', acceptance = [], agents = [], cost } = task;
  const by =
    agents.length === 0 ? '' : ` By ${agents.map((agent) => prose(agent)).join(', ')}${costOf(cost, ': ')}.`;
  return [
    heading,
    `${capital(landed(task))}.${by}`,
    description.trim() === '' ? '' : quote(description),
    acceptance.length === 0
      ? ''
      : `Accepted when:\n\n${acceptance.map((item) => `- ${prose(item)}`).join('\n')}`,
  ];
}

function landed({ commit, attempts }: PullRequestTask): string {
  const tries = attempts <= 1 ? '' : `, at attempt ${attempts}`;
  return commit === null ? `no change was needed${tries}` : `commit ${prose(commit)}${tries}`;
}

const checksShown = 40;

function describeChecks(checks: readonly CheckEvidence[]): string {
  if (checks.length === 0) {
    return '## Checks\n\n**No checks.** The project names none (`checks:`), so nothing was run on this tree.';
  }
  const rows = checks
    .slice(0, checksShown)
    .map(({ command, passed, exitCode, elapsedMs }) => [
      codeSpan(command, 200),
      passed ? 'passed' : `**failed**${exitCode === null ? '' : ` (exit ${exitCode})`}`,
      seconds(elapsedMs),
    ]);
  const more = checks.length - checksShown;
  return [
    '## Checks',
    'Run by the orchestrator on exactly this tree.',
    table(['Command', 'Result', 'Time'], [...rows, ...(more > 0 ? [[`and ${more} more`, '', '']] : [])]),
  ].join('\n\n');
}

function describeWork({ cost, workflowId, workflowUrl = null }: Common): string {
  const workflow =
    workflowUrl === null
      ? `workflow ${codeSpan(workflowId, 300)}`
      : `[${prose(workflowId)}](<${workflowUrl.replace(/[<>\s]/g, encodeURIComponent)}>)`;
  return `## Work\n\nDone by agents${costOf(cost, ', for ')}. Watch it in Temporal: ${workflow}.`;
}

function costOf(cost: Cost | undefined, before: string): string {
  if (cost === undefined || (cost.usd === 0 && cost.tokens === 0 && !cost.unknown)) return '';
  const known =
    cost.usd === 0 && cost.tokens === 0 ? [] : [`${cost.usd.toFixed(2)} USD`, `${cost.tokens} tokens`];
  const parts = [
    ...known,
    ...(cost.unknown ? [known.length === 0 ? 'an unknown cost' : 'more that is unknown'] : []),
  ];
  return `${before}${parts.join(', ')}`;
}

const reviewWords =
  'To approve, review this pull request with **Approve**, or comment `/approve`. To reject, review it with **Request changes** (comments on lines are taken along), or comment `/reject` and why.';

function describeDecision(
  { approveCommand, rejectCommand, reviewsDecide = false, approvers = [] }: Common,
  merges: string,
): string {
  const commands = codeBlock(
    'sh',
    shorten(inline(approveCommand), 1_000),
    shorten(inline(rejectCommand), 1_000),
  );
  const named = approvers
    .slice(0, namesShown)
    .map((name) => prose(name))
    .join(', ');
  const more = approvers.length > namesShown ? ` and ${approvers.length - namesShown} more` : '';
  return [
    '## To decide',
    `Approving merges ${merges}; it counts for the commit you looked at, and is asked for again if the head moves. A rejection needs a comment, which becomes the next task.`,
    ...(reviewsDecide ? [reviewWords] : []),
    approvers.length > 0
      ? `Only ${named}${more} may decide.`
      : `${reviewsDecide ? 'From a terminal:\n\n' : ''}${commands}`,
  ].join('\n\n');
}

const namesShown = 20;

const inline = (text: string): string => escapeControls(text.trim());
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
