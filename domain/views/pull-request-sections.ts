/** The sections of a pull request's text: a task, the checks, who worked, how to decide. */
import type { CheckEvidence } from '../model/checks.ts';
import { howEnded } from '../landing/conflicts.ts';
import { noSensitiveFiles, type SensitiveFiles } from '../landing/sensitive-files.ts';
import type { Cost } from '../model/cost.ts';
import type { ResolvedFile } from '../model/git.ts';
import { escapeControls } from '../text/escape.ts';
import { codeBlock, codeSpan, silentProse, quote, table } from '../text/markdown.ts';
import { shorten } from '../text/truncate.ts';

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

export interface Common {
  readonly slug: string;
  /** Names the workflow whose gate decides. */
  readonly workflowId: string;
  readonly checks: readonly CheckEvidence[];
  /** Files of merges that agents finished. */
  readonly resolved?: readonly ResolvedFile[];
  /** Files that tools obey, which agents changed. */
  readonly sensitive?: SensitiveFiles | undefined;
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

export function describeTask(task: PullRequestTask, heading: string): readonly string[] {
  const { description = '', acceptance = [], agents = [], cost } = task;
  const by =
    agents.length === 0
      ? ''
      : ` By ${agents.map((agent) => silentProse(agent)).join(', ')}${costOf(cost, ': ')}.`;
  return [
    heading,
    `${capital(landed(task))}.${by}`,
    description.trim() === '' ? '' : quote(description),
    acceptance.length === 0
      ? ''
      : `Accepted when:\n\n${acceptance.map((item) => `- ${silentProse(item)}`).join('\n')}`,
  ];
}

export function landed({ commit, attempts }: PullRequestTask): string {
  const tries = attempts <= 1 ? '' : `, at attempt ${attempts}`;
  return commit === null ? `no change was needed${tries}` : `commit ${silentProse(commit)}${tries}`;
}

const checksShown = 40;

export function describeChecks(checks: readonly CheckEvidence[]): string {
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

/** What tools will obey once it is merged, or already when it is checked out. */
export function describeSensitive({ files, more }: SensitiveFiles = noSensitiveFiles): string {
  if (files.length === 0) return '';
  const rows = files.map((path) => `- ${codeSpan(path, 200)}`);
  return [
    '## Sensitive files',
    'Agents changed files that tell git, CI, agents, editors or package managers what to do. Look at each before you check this out or approve it.',
    [...rows, ...(more ? ['- and others: look at all the files that differ.'] : [])].join('\n'),
  ].join('\n\n');
}

/** What git could not merge: people look there first. */
export function describeConflicts(resolved: readonly ResolvedFile[]): string {
  if (resolved.length === 0) return '';
  const rows = resolved.map((file) => [codeSpan(file.path, 200), silentProse(file.kind), howEnded(file)]);
  return [
    '## Conflicts',
    'Git could not merge these files by itself; agents resolved them.',
    table(['File', 'Conflict', 'How it ended'], rows),
  ].join('\n\n');
}

export function describeWork({ cost, workflowId, workflowUrl = null }: Common): string {
  const workflow =
    workflowUrl === null
      ? `workflow ${codeSpan(workflowId, 300)}`
      : `[${silentProse(workflowId)}](<${workflowUrl.replace(/[<>\s]/g, encodeURIComponent)}>)`;
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

export function describeDecision(
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
    .map((name) => silentProse(name))
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

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const inline = (text: string): string => escapeControls(text.trim());
