/** What a task knows while it runs: plain data, changed only by the task's own code between two awaits. */
import type { FailureReason } from '../../domain/failure.ts';
import type { CheckEvidence } from '../../domain/model/checks.ts';
import type { CommitCandidateResult } from '../../activities/git/contract.ts';
import type { CompletedPhase, Feedback } from '../../domain/model/briefing.ts';
import type { Fence, OpenMerge } from '../../domain/model/git.ts';
import type { PullRequestRef } from '../../domain/model/pull-request.ts';
import type { FlowDefinition } from '../../domain/flow/flow.ts';
import type { Receipt } from '../../domain/messages/messages.ts';
import { type Budget, type Cost, noCost } from '../../domain/model/cost.ts';
import type { TaskOutcome } from '../../domain/progress/outcomes.ts';
import type { ProjectSettings, Role, TaskSpec, WorkspaceRef } from '../../domain/model/project.ts';
import { change, type TaskStatus } from '../../domain/model/status.ts';
import type { TaskStatusView } from '../../domain/views/status.ts';
import type { ApprovalGate } from '../approval/gate.ts';
import { type PullRequestListener, createPullRequestListener } from '../landing/watch.ts';
import type { MessageHandlers } from '../messaging/message-handlers.ts';
import type { Reporter } from '../messaging/reports.ts';

/** What a task of a phase starts with. */
export interface ChildTaskInput {
  readonly schema: 1;
  readonly kind: 'child';
  readonly slug: string;
  readonly project: { readonly name: string; readonly design: string | null };
  readonly phase: { readonly number: number; readonly name: string };
  readonly task: TaskSpec;
  readonly workspace: WorkspaceRef;
  readonly flow: FlowDefinition;
  readonly settings: ProjectSettings;
  readonly branch: string;
  /** Where the branch is now; the candidate's only parent. */
  readonly tip: string;
  /** What the branch started from: PLAN.md stays only if it is there. */
  readonly base: string;
  readonly git: { readonly basedOn: string; readonly target: string };
  readonly completed: readonly CompletedPhase[];
  readonly feedback: readonly Feedback[];
  /** Set for a task that finishes a merge: its attempts start on the conflicted files. */
  readonly merge: OpenMerge | null;
  readonly fence: Fence;
  /** What is left of the phase's clock. */
  readonly clockMs: number;
  readonly budget: Budget;
  readonly paused: boolean;
}

/** What may still be spent; null: no limit. */
/** A child's input and a standalone task's plan in one shape. */
export type TaskContext = Omit<
  ChildTaskInput,
  'schema' | 'kind' | 'paused' | 'fence' | 'tip' | 'feedback'
> & {
  readonly standalone: boolean;
  /** Key of attempts: phase 0 for a standalone task. */
  readonly owner: string;
  readonly baseBranch: string;
  readonly webUi?: string | null;
};

export type Candidate = Extract<CommitCandidateResult, { kind: 'candidate' }>;

export interface TaskRun {
  context: TaskContext | null;
  readonly handlers: MessageHandlers;
  readonly approvalGate: ApprovalGate;
  /** Tells the parent what is new. */
  readonly reporter: Reporter;
  status: TaskStatus;
  detail: string;
  reason: FailureReason | null;
  attempt: number;
  /** How often each role has run, over all attempts. */
  turns: Partial<Record<Role, number>>;
  tip: string;
  fence: Fence;
  /** What the current attempt started from. */
  start: string;
  /** Where the next attempt starts: the rejected candidate, or the tip after tampering or an unusable answer. */
  nextStart: string | null;
  candidate: Candidate | null;
  /** The maker declared that nothing needed changing. */
  noop: boolean;
  checks: readonly CheckEvidence[];
  /** The tree that passed the checks last, by commit. */
  tested: string | null;
  feedback: readonly Feedback[];
  messages: readonly Receipt[];
  agentRuns: boolean;
  /** Who has worked on it, e.g. `implementer: claude-code`. */
  agents: readonly string[];
  question: string | null;
  answered: boolean;
  paused: boolean;
  pullRequest: PullRequestRef | null;
  /** The command a person must run by hand, e.g. a `git merge`. */
  byHand: string | null;
  approvedHead: string | null;
  rounds: number;
  readonly listener: PullRequestListener;
  /** What the code host's rules make an approved merge wait for. */
  heldUp: string | null;
  /** A merge brought something that nobody tested: a retry runs the checks on it. */
  landedUntested: string | null;
  commit: string | null;
  workedMs: number;
  cost: Cost;
}

export function newTaskRun(parts: Pick<TaskRun, 'handlers' | 'approvalGate' | 'reporter'>): TaskRun {
  return {
    context: null,
    ...parts,
    status: 'incoming',
    detail: 'not started',
    reason: null,
    attempt: 0,
    turns: {},
    tip: '',
    fence: { epoch: 1, sha: null },
    start: '',
    nextStart: null,
    candidate: null,
    noop: false,
    checks: [],
    tested: null,
    feedback: [],
    messages: [],
    agentRuns: false,
    agents: [],
    question: null,
    answered: false,
    paused: false,
    pullRequest: null,
    byHand: null,
    approvedHead: null,
    rounds: 0,
    listener: createPullRequestListener(),
    heldUp: null,
    landedUntested: null,
    commit: null,
    workedMs: 0,
    cost: noCost,
  };
}

export function contextOf(run: TaskRun): TaskContext {
  if (run.context === null) throw new Error('The task has no plan yet.');
  return run.context;
}

export function setStatus(run: TaskRun, status: TaskStatus, detail: string): void {
  run.status = change('task', run.status, status);
  run.detail = detail;
}

/** What is left of the phase's clock; agents, checks and landing are given no more than this. */
export const remainingMs = (run: TaskRun): number => Math.max(0, contextOf(run).clockMs - run.workedMs);

const MAX_FEEDBACK = 6;
const MAX_FEEDBACK_CHARS = 6_000;

/** Kept for the next prompt, newest last, bounded. */
export function addFeedback(run: TaskRun, from: string, text: string): void {
  run.feedback = [...run.feedback, { from, text: text.slice(0, MAX_FEEDBACK_CHARS) }].slice(-MAX_FEEDBACK);
}

export function taskOutcome(run: TaskRun, status: TaskOutcome['status']): TaskOutcome {
  const { task } = contextOf(run);
  return {
    schema: 1,
    number: task.number,
    title: task.title,
    status,
    reason: run.reason,
    message: run.detail,
    attempts: run.attempt,
    commit: status === 'done' ? run.commit : null,
    noop: run.noop,
    tip: run.tip,
    fence: run.fence,
    checks: run.checks,
    pullRequest: run.pullRequest,
    cost: run.cost,
    agents: run.agents,
    workedMs: run.workedMs,
  };
}

export function taskView(run: TaskRun): TaskStatusView {
  const context = run.context;
  const waitingFor = waits(run);
  const gone = run.status === 'failed' || run.status === 'cancelled' || run.status === 'done';
  return {
    schema: 1,
    kind: 'task',
    slug: context?.slug ?? '',
    number: context?.task.number ?? 1,
    title: context?.task.title ?? '',
    status: run.status,
    reason: run.reason,
    detail: run.detail,
    attempts: run.attempt,
    commit: run.commit,
    branch: context?.branch ?? '',
    condition: gone
      ? run.status === 'done'
        ? 'done'
        : run.status === 'failed'
          ? 'failed'
          : 'cancelled'
      : run.paused
        ? 'paused'
        : waitingFor === null
          ? 'running'
          : 'waiting',
    question: run.question,
    gate: run.approvalGate.state.open,
    decisions: run.approvalGate.state.decisions,
    pullRequest: run.pullRequest,
    messages: run.messages,
    refused: run.handlers.refused,
    paused: run.paused,
    waitingFor,
    cost: run.cost,
    workspace: context?.workspace ?? null,
  };
}

export function waits(run: TaskRun): string | null {
  if (run.approvalGate.state.open !== null)
    return `a person's answer to: ${run.approvalGate.state.open.question}`;
  if (run.byHand !== null) return `a merge by hand: ${run.byHand}`;
  if (run.heldUp !== null) return run.heldUp;
  if (run.question !== null) return `an answer to the agent's question: ${run.question}`;
  return null;
}
