/** What a phase knows while it runs: plain data, changed only by the phase's own code between two awaits. */
import type { FailureReason } from '../../domain/failure.ts';
import type { CheckEvidence } from '../../domain/model/checks.ts';
import type { CompletedPhase } from '../../domain/model/briefing.ts';
import type { Fence, OpenMerge } from '../../domain/model/git.ts';
import type { PullRequestRef } from '../../domain/model/pull-request.ts';
import type { Flow } from '../../domain/flow/flow.ts';
import { addCost, type Cost, noCost, type Budget } from '../../domain/model/cost.ts';
import type { PhaseOutcome, PhaseTaskSummary, TaskOutcome } from '../../domain/progress/outcomes.ts';
import type { PhaseSpec, ProjectSettings, TaskSpec, WorkspaceRef } from '../../domain/model/project.ts';
import { revisionTask } from '../../domain/progress/revision.ts';
import { change, type PhaseStatus } from '../../domain/model/status.ts';
import type { PhaseStatusView, TaskView } from '../../domain/views/status.ts';
import type { Refusal } from '../../domain/approval/gate.ts';
import type { MessageHandlers } from '../messaging/message-handlers.ts';
import { createOutbox, type Outbox } from '../messaging/outbox.ts';
import type { Reporter } from '../messaging/reports.ts';
import type { ApprovalGate } from '../approval/gate.ts';
import { type PullRequestListener, isHosted, createPullRequestListener } from '../landing/watch.ts';

/** What a phase starts with. */
export interface PhaseInput {
  readonly schema: 1;
  readonly slug: string;
  readonly project: { readonly name: string; readonly design: string | null };
  readonly phase: PhaseSpec;
  readonly workspace: WorkspaceRef;
  readonly flow: Flow;
  readonly settings: ProjectSettings;
  readonly integrationBranch: string;
  /** Where it is as far as we know; the phase looks again. */
  readonly integrationSha: string;
  /** What the project started from: PLAN.md stays in a diff only if it is there. */
  readonly baseSha: string;
  /** The project's other branches. */
  readonly siblings: readonly string[];
  readonly completed: readonly CompletedPhase[];
  readonly fence: Fence;
  readonly budget: Budget;
  readonly paused: boolean;
  /** A retry: how the phase ended before. Its branch is its own, its accepted tasks are kept. */
  readonly before: PhaseOutcome | null;
  readonly feedback: string | null;
  /** Temporal's Web UI as people reach it. */
  readonly webUi?: string | null;
}

export interface PhaseRun {
  readonly input: PhaseInput;
  readonly handlers: MessageHandlers;
  readonly approvalGate: ApprovalGate;
  status: PhaseStatus;
  reason: FailureReason | null;
  detail: string;
  tasks: readonly TaskSpec[];
  finished: readonly PhaseTaskSummary[];
  current: { readonly task: TaskSpec; readonly workflowId: string } | null;
  question: { readonly task: number; readonly text: string } | null;
  branchMade: boolean;
  /** The phase branch's head, as we landed it. */
  head: string;
  /** What the head is based on: a tip of the integration branch. */
  base: string;
  integrationSha: string;
  fence: Fence;
  /** The checks' evidence and the commit that it is of. */
  tested: { readonly sha: string; readonly checks: readonly CheckEvidence[] } | null;
  pullRequest: PullRequestRef | null;
  approvedHead: string | null;
  /** People merged it by hand outside of a gate, and the checks passed on it: no step is left to do. */
  landedByHand: boolean;
  /** Gates opened so far. */
  rounds: number;
  /** Gates rejected in this run of the phase. */
  rejections: number;
  /** Why people or steps said no: what the revision task is about. */
  feedback: string;
  /** The integration branch moved in conflict: the revision task finishes this merge. */
  merge: OpenMerge | null;
  files: readonly string[];
  paused: boolean;
  /** Tells the project what is new. */
  readonly reporter: Reporter;
  /** What the running task is told. */
  readonly outbox: Outbox;
  readonly listener: PullRequestListener;
  /** What the code host's rules make an approved merge wait for. */
  heldUp: string | null;
  refusals: readonly { readonly commandId: string; readonly refusal: Refusal }[];
  workedMs: number;
  cost: Cost;
}

export function newPhaseRun(
  input: PhaseInput,
  parts: Pick<PhaseRun, 'handlers' | 'approvalGate' | 'reporter'>,
): PhaseRun {
  const { before } = input;
  const kept = before?.tasks.filter((task) => task.status === 'done') ?? [];
  return {
    input,
    ...parts,
    status: 'pending',
    reason: null,
    detail: 'not started',
    tasks: [...input.phase.tasks, ...revisionsOf(before, input.phase)],
    finished: kept,
    current: null,
    question: null,
    branchMade: before?.branchMade ?? false,
    head: before?.headSha ?? '',
    base: before?.baseSha ?? '',
    integrationSha: input.integrationSha,
    fence: input.fence,
    tested: null,
    pullRequest: before?.pullRequest ?? null,
    approvedHead: before?.approvedHead ?? null,
    landedByHand: false,
    rounds: before?.rounds ?? 0,
    rejections: 0,
    feedback: input.feedback ?? '',
    merge: before?.merge ?? null,
    files: before?.files ?? [],
    paused: input.paused,
    outbox: createOutbox(),
    listener: createPullRequestListener(),
    heldUp: null,
    refusals: [],
    workedMs: 0,
    cost: noCost,
  };
}

/** Tasks that earlier runs of the phase added, so that a retry keeps their numbers and what they are about. */
function revisionsOf(before: PhaseOutcome | null, phase: PhaseSpec): TaskSpec[] {
  return (before?.tasks ?? [])
    .filter((task) => !phase.tasks.some(({ number }) => number === task.number))
    .map(({ number, title }) => revisionTask(number, title, before?.feedback ?? ''));
}

export function setPhaseStatus(run: PhaseRun, status: PhaseStatus, detail: string): void {
  run.status = change('phase', run.status, status);
  run.detail = detail;
}

export const phaseRemainingMs = (run: PhaseRun): number =>
  Math.max(0, run.input.settings.limits.phaseTimeoutMs - run.workedMs);

export function recordTask(run: PhaseRun, outcome: TaskOutcome): void {
  const { number, title, status, reason, message, attempts, commit, noop, agents = [], cost } = outcome;
  run.finished = [
    ...run.finished.filter((each) => each.number !== number),
    { number, title, status, reason, message, attempts, commit, noop, agents, cost },
  ];
  run.fence = outcome.fence;
  run.cost = addCost(run.cost, outcome.cost);
  run.workedMs += outcome.workedMs;
  if (outcome.status === 'done' && outcome.commit !== null) {
    if (run.merge !== null) run.base = run.merge.parentSha;
    run.merge = null;
    run.head = outcome.tip;
    run.tested = { sha: outcome.tip, checks: outcome.checks };
  }
}

export const doneNumbers = (run: PhaseRun): number[] =>
  run.finished.filter((task) => task.status === 'done').map(({ number }) => number);

export function phaseOutcome(run: PhaseRun, status: PhaseOutcome['status']): PhaseOutcome {
  const { phase } = run.input;
  const unfinished = status === 'failed' ? 'failed' : status === 'cancelled' ? 'cancelled' : 'incoming';
  const tasks = run.tasks.map(
    (task): PhaseTaskSummary =>
      run.finished.find(({ number }) => number === task.number) ?? {
        number: task.number,
        title: task.title,
        status: unfinished,
        reason: run.reason,
        message: 'not finished',
        attempts: 0,
        commit: null,
        noop: false,
      },
  );
  return {
    schema: 1,
    number: phase.number,
    name: phase.name,
    status,
    reason: run.reason,
    message: run.detail,
    branch: phase.branch,
    headSha: run.head === '' ? null : run.head,
    integrationSha: run.integrationSha,
    baseSha: run.base,
    pullRequest: run.pullRequest,
    tasks,
    files: run.files,
    branchMade: run.branchMade,
    decisions: run.approvalGate.state.decisions,
    rounds: run.rounds,
    ...stillApproved(run),
    feedback: run.feedback,
    merge: run.merge,
    fence: run.fence,
    cost: run.cost,
    workedMs: run.workedMs,
  };
}

/** Whoever puts the pull request right again need not be asked again, while the head is the same. */
const stillApproved = ({ input, reason, approvedHead }: PhaseRun): Pick<PhaseOutcome, 'approvedHead'> =>
  isHosted(input.workspace) && reason === 'pull_request_closed' && approvedHead !== null
    ? { approvedHead }
    : {};

export function phaseWaits(run: PhaseRun): string | null {
  const { number, name } = run.input.phase;
  if (run.approvalGate.state.open !== null)
    return `approval of phase ${number} '${name}' (gate ${run.approvalGate.state.open.id})`;
  if (run.heldUp !== null) return run.heldUp;
  if (run.question !== null)
    return `an answer to task ${run.question.task} of phase ${number}: ${run.question.text}`;
  return null;
}

export function phaseView(run: PhaseRun): PhaseStatusView {
  const { phase, slug } = run.input;
  return {
    schema: 1,
    kind: 'phase',
    slug,
    number: phase.number,
    name: phase.name,
    status: run.status,
    reason: run.reason,
    detail: run.detail,
    branch: phase.branch,
    pullRequest: run.pullRequest,
    headSha: run.head === '' ? null : run.head,
    gate: run.approvalGate.state.open,
    tasks: run.tasks.map((task) => taskLine(run, task)),
    decisions: run.approvalGate.state.decisions,
    refused: run.handlers.refused,
    paused: run.paused,
    waitingFor: phaseWaits(run),
    currentTask: run.current?.task.number ?? null,
    cost: run.cost,
  };
}

function taskLine(run: PhaseRun, task: TaskSpec): TaskView {
  const finished = run.finished.find(({ number }) => number === task.number);
  const { number, title } = task;
  if (finished !== undefined) {
    return {
      number,
      title,
      status: finished.status,
      reason: finished.reason,
      detail: finished.message,
      attempts: finished.attempts,
      commit: finished.commit,
    };
  }
  const asks = run.question?.task === number;
  const status =
    run.current?.task.number === number
      ? asks
        ? 'blocked'
        : 'claimed'
      : run.status === 'failed'
        ? 'failed'
        : 'incoming';
  return {
    number,
    title,
    status,
    reason: null,
    detail: asks ? `asks: ${run.question?.text ?? ''}` : status === 'claimed' ? 'runs' : 'waits for its turn',
    attempts: 0,
    commit: null,
  };
}
