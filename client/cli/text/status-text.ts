/** A status for people. Pure. */
import type { Gate } from '../../../domain/approval/gate.ts';
import { firstWords } from '../../../domain/text/first-words.ts';
import { answerOnTheWeb, commandFor } from '../../../domain/views/how-to-answer.ts';
import type { PullRequestRef } from '../../../domain/model/pull-request.ts';
import type { Condition } from '../../../domain/model/status.ts';
import type { PhaseView, TaskView } from '../../../domain/views/status.ts';
import type { ProjectStatus, StandaloneTaskStatus, Status } from '../../status-view.ts';
import { carried, gateFacts } from './approval-text.ts';
import { pendingLines } from './pending-text.ts';
import { bar, manyLines, oneLine, relative, short, type Style, table } from './lines.ts';

export interface View {
  readonly style: Style;
  /** Epoch milliseconds. */
  readonly now: number;
}

export function statusText(status: Status, view: View): string {
  const lines = status.kind === 'project' ? projectLines(status, view) : taskLines(status, view);
  return `${lines.join('\n')}\n`;
}

function projectLines(status: ProjectStatus, view: View): readonly string[] {
  const { style } = view;
  const done = status.phases.filter(({ status: each }) => each === 'completed' || each === 'skipped').length;
  const progress =
    status.phases.length === 0
      ? ''
      : `  ${bar(done, status.phases.length)} ${done}/${status.phases.length} phases`;
  return [
    `${style.bold(oneLine(status.name))}  ${condition(status.condition, style)}${status.lifecycle === null ? '' : ` · ${status.lifecycle}`}${progress}`,
    style.dim(
      `${oneLine(status.repository ?? 'repository not known')}: ${status.integrationBranch} → ${status.baseBranch ?? 'base'}${pullRequest(status.pullRequest)}`,
    ),
    ...serverNote(status, style),
    ...status.warnings.map((warning) => style.yellow(oneLine(warning, 1_000))),
    ...failure(status, style),
    ...waiting(status, view),
    ...carried(status, style),
    ...projectDetail(status, style),
    ...pendingLines(status.pending, view),
    ...(status.phases.length === 0
      ? []
      : ['', ...table(status.phases.flatMap((phase) => phaseRows(phase, style)))]),
    ...ending(status, style),
    ...refused(status, view),
  ];
}

/** What it does itself; a phase that runs says so in its own line. */
function projectDetail({ condition: how, detail, phases }: ProjectStatus, style: Style): readonly string[] {
  return how !== 'running' || detail === '' || phases.some(isActive)
    ? []
    : [style.dim(oneLine(`${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`, 500))];
}

function taskLines(status: StandaloneTaskStatus, view: View): readonly string[] {
  const { style } = view;
  const attempt = status.attempts > 1 ? `, attempt ${status.attempts}` : '';
  return [
    `${style.bold(oneLine(status.title))}  ${condition(status.condition, style)}${status.status === null ? '' : ` · ${status.status}${attempt}`}`,
    style.dim(
      `${oneLine(status.repository ?? 'repository not known')}: ${status.branch} → ${status.baseBranch ?? 'base'}${pullRequest(status.pullRequest)}`,
    ),
    ...serverNote(status, style),
    ...status.warnings.map((warning) => style.yellow(oneLine(warning, 1_000))),
    ...failure(status, style),
    ...(status.failure === null && status.waitingFor?.includes(status.detail) !== true
      ? [firstWords(status.detail, 500)]
      : []),
    ...waiting(status, view),
    ...carried(status, style),
    ...pendingLines(status.pending, view),
    ...cost(status),
    ...refused(status, view),
  ];
}

const serverNote = ({ source, endedAt }: Status, style: Style): readonly string[] =>
  source === 'live'
    ? []
    : [
        style.yellow(
          `No worker answers; this is what the server knows${endedAt === null ? '' : ` of how it ended`}.`,
        ),
      ];

const failure = ({ failure: why }: Status, style: Style): readonly string[] =>
  why === null
    ? []
    : [style.red(manyLines(why)), 'Nothing was made. Start it again when that has been put right.'];

function condition(each: Condition, style: Style): string {
  const colour = {
    running: style.cyan,
    waiting: style.yellow,
    paused: style.yellow,
    failed: style.red,
    cancelled: style.dim,
    done: style.green,
  }[each];
  return colour(each);
}

const pullRequest = (pr: PullRequestRef | null): string =>
  pr === null ? '' : ` · PR #${pr.number} ${pr.state}`;

/** What is awaited, and the commands that answer it. */
export function waiting(status: Status, { style, now }: View): readonly string[] {
  const phase = status.kind === 'project' ? status.phases.find(({ gate }) => gate !== null) : undefined;
  const gate = phase?.gate ?? status.gate;
  const commands = commandsFor(status, gate, phase?.number).map((command) => `  ${style.cyan(command)}`);
  if (gate !== null)
    return [
      style.yellow(`Waits for a person: ${oneLine(gate.question, 500)}`),
      `  ${gateFacts(gate, now)}`,
      ...commands,
    ];
  if (status.question !== null) {
    const { phase: number, task, text } = status.question;
    return [
      style.yellow(
        `The agent of task ${number === null ? task : `${number}.${task}`} asks: ${oneLine(text, 2_000)}`,
      ),
      ...commands,
    ];
  }
  if (status.waitingFor === null) return commands;
  return [style.yellow(`Waits for ${firstWords(status.waitingFor, 1_000)}`), ...commands];
}

function commandsFor(status: Status, gate: Gate | null, phase: number | undefined): readonly string[] {
  const { slug } = status;
  if (gate !== null) {
    const onTheWeb = answerOnTheWeb(gate.approvers, askedOn(status, phase));
    return [
      `phasewright review ${slug}${phase === undefined ? '' : ` --phase ${phase}`}`,
      ...(gate.approvers.length > 0 ? [] : [commandFor.approve(slug, phase), commandFor.reject(slug, phase)]),
      ...(onTheWeb === null ? [] : [oneLine(onTheWeb, 1_000)]),
    ];
  }
  if (status.question !== null) return [commandFor.answer(slug)];
  if (status.condition === 'failed' && status.endedAt === null) return [commandFor.retry(slug)];
  return status.condition === 'paused' ? [commandFor.resume(slug)] : [];
}

/** The pull request that a gate is about. */
function askedOn(status: Status, phase: number | undefined): PullRequestRef | null {
  if (status.kind === 'task' || phase === undefined) return status.pullRequest;
  return status.phases.find(({ number }) => number === phase)?.pullRequest ?? null;
}

const marks: Readonly<Record<string, string>> = {
  completed: '✔',
  done: '✔',
  skipped: '-',
  failed: '✘',
  cancelled: '✘',
  pending: '○',
  incoming: '○',
  blocked: '?',
  awaiting_approval: '?',
};

function mark(status: string, style: Style): string {
  const sign = marks[status] ?? '●';
  return sign === '✔'
    ? style.green(sign)
    : sign === '✘'
      ? style.red(sign)
      : sign === '?'
        ? style.yellow(sign)
        : sign === '○'
          ? style.dim(sign)
          : style.cyan(sign);
}

const isActive = ({ status }: PhaseView): boolean => status === 'running' || status === 'changes_requested';

function phaseRows(phase: PhaseView, style: Style): readonly (readonly string[])[] {
  const done = phase.tasks.filter(({ status }) => status === 'done').length;
  // Why an earlier round ended is old news at the next gate.
  const over = phase.status === 'completed' || phase.status === 'awaiting_approval';
  const why = phase.reason === null || over ? '' : ` (${phase.reason})`;
  const pr = phase.pullRequest === null ? '' : `  PR #${phase.pullRequest.number} ${phase.pullRequest.state}`;
  const now = isActive(phase) && phase.gate === null && phase.detail !== phase.status ? phase.detail : '';
  const head = [
    mark(phase.status, style),
    style.bold(`${phase.number} ${oneLine(phase.name, 60)}`),
    `${phase.status}${why}`,
    `${bar(done, phase.tasks.length)} ${done}/${phase.tasks.length}${pr}${now === '' ? '' : style.dim(`  ${oneLine(now, 120)}`)}`,
  ];
  // Tasks of phases to come, and of phases that went well, are no news.
  const quiet = phase.status === 'pending' || phase.status === 'skipped';
  return [head, ...(quiet ? [] : phase.tasks.map((task) => taskRow(phase.number, task, style)))];
}

function taskRow(phase: number, task: TaskView, style: Style): readonly string[] {
  const status = `${task.status}${task.attempts > 1 ? `, attempt ${task.attempts}` : ''}`;
  const what = task.commit === null ? oneLine(task.detail, 70) : short(task.commit);
  return [
    '',
    `  ${mark(task.status, style)} ${phase}.${task.number} ${oneLine(task.title, 60)}`,
    status,
    style.dim(what),
  ];
}

function ending(status: ProjectStatus, style: Style): readonly string[] {
  const merged =
    status.mergedSha === null
      ? []
      : [style.green(`Merged into ${status.baseBranch ?? 'base'} as ${short(status.mergedSha)}.`)];
  // What a retry is awaited for says it already, and may be about more than the last phase.
  const last =
    status.condition === 'failed' && status.waitingFor === null ? status.advances.at(-1) : undefined;
  return [
    ...(last === undefined ? [] : ['', style.red(firstWords(last.message, 1_000))]),
    ...merged,
    ...cost(status),
  ];
}

function cost({ cost: spent }: Status): readonly string[] {
  if (spent === null || (spent.usd === 0 && spent.tokens === 0 && !spent.unknown)) return [];
  if (spent.usd === 0 && spent.tokens === 0) return ['Cost so far: not known, the agents did not say.'];
  const unknown = spent.unknown ? ', and what some agents could not say' : '';
  return [`Cost so far: $${spent.usd.toFixed(2)}, ${spent.tokens.toLocaleString('en-US')} tokens${unknown}.`];
}

function refused({ refused: all }: Status, { style, now }: View): readonly string[] {
  if (all.length === 0) return [];
  const lines = all
    .slice(-3)
    .map(
      ({ message, code, reason, at }) =>
        `  ${oneLine(message, 40)}: ${code}: ${oneLine(reason, 300)} (${relative(at, now)})`,
    );
  return [style.yellow('Messages that were refused:'), ...lines];
}
