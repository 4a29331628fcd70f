/** What a task runs on, what it knows while it runs (plain data, changed only between two awaits), and what only this run has. */
import type { FailureReason } from '../../domain/failure.ts';
import type { SensitiveFiles } from '../../domain/landing/sensitive-files.ts';
import { newLanding } from '../../domain/landing/state.ts';
import type { Receipt, RefusedCommand } from '../../domain/messages/messages.ts';
import { type Feedback, withFeedback } from '../../domain/model/briefing.ts';
import type { CheckEvidence } from '../../domain/model/checks.ts';
import { type Cost, noCost } from '../../domain/model/cost.ts';
import type { AttemptKey, OpenMerge, ResolvedFile } from '../../domain/model/git.ts';
import type { Role } from '../../domain/model/project.ts';
import { change, type TaskStatus } from '../../domain/model/status.ts';
import type { ApprovalGate } from '../approval/gate.ts';
import type { LandingProgress, WaitsFor } from '../landing/owner.ts';
import type { PullRequestListener } from '../landing/watch.ts';
import type { MessageHandlers } from '../messaging/message-handlers.ts';
import type { Reporter } from '../messaging/reports.ts';
import type { TaskTerms } from './input.ts';

/** A child's input and a standalone task's plan in one shape. */
export interface TaskPlan extends TaskTerms {
  readonly standalone: boolean;
  /** Key of attempts. */
  readonly owner: string;
  readonly baseBranch: string;
  readonly warnings?: readonly string[];
  readonly webUi?: string | null;
}

export interface Candidate {
  readonly sha: string;
  readonly tree: string;
  readonly files: readonly string[];
  /** Of the merge that it finishes. */
  readonly resolved: readonly ResolvedFile[];
  readonly sensitive: SensitiveFiles;
}

export interface TaskState extends LandingProgress {
  status: TaskStatus;
  reason: FailureReason | null;
  /** Counts on over a person's retry, so that evidence is never overwritten. */
  attempt: number;
  /** The last one that this try may use. */
  lastAttempt: number;
  /** How often each role has run, over all attempts. */
  turns: Partial<Record<Role, number>>;
  /** What the current attempt started from. */
  startSha: string;
  /** Where the next attempt starts: the rejected candidate; null: the branch's head. */
  nextStartSha: string | null;
  candidate: Candidate | null;
  /** What a judge rejected last, and how often the same tree. */
  rejected: { readonly candidate: Candidate; readonly times: number } | null;
  /** The maker declared that nothing needed changing. */
  noop: boolean;
  /** Conflicted files that makers of this attempt say are right as they stand. */
  resolved: readonly string[];
  /** The maker's own words on what it did last. */
  summary: string;
  checks: readonly CheckEvidence[];
  testedSha: string | null;
  feedback: readonly Feedback[];
  /** What the first attempt of this try came to; null: it has not ended. */
  firstFailure: string | null;
  /** The merge that the next candidate finishes. */
  merge: OpenMerge | null;
  messages: readonly Receipt[];
  /** Of what its parent told it; not reported yet. */
  refusals: readonly RefusedCommand[];
  /** The maker that runs now and may be sent messages. */
  atWork: Role | null;
  /** Who has worked on it, e.g. `implementer: claude-code`. */
  agents: readonly string[];
  question: string | null;
  answered: boolean;
  /** The next attempt mends the files as they lie in the clone: they could not become a commit. */
  keepFiles: boolean;
  /** A person's retry said what to do: then work comes before landing. */
  asked: boolean;
  /** People retried after they were told that the branch lost what was done. */
  toldOfLoss: boolean;
  paused: boolean;
  commit: string | null;
  files: readonly string[];
  cost: Cost;
}

export interface TaskLive {
  readonly handlers: MessageHandlers;
  readonly approvalGate: ApprovalGate;
  readonly listener: PullRequestListener;
  /** Tells the phase, or the project, what it asks. */
  readonly reporter: Reporter;
  waitsFor: WaitsFor | null;
}

/** Messages may come before there is a plan. */
export interface TaskRun {
  plan: TaskPlan | null;
  readonly state: TaskState;
  readonly live: TaskLive;
}
export type PlannedTask = TaskRun & { plan: TaskPlan };
export const isPlanned = (run: TaskRun): run is PlannedTask => run.plan !== null;

export const newTaskState = (paused: boolean): TaskState => ({
  status: 'incoming',
  detail: 'not started',
  reason: null,
  attempt: 0,
  lastAttempt: 0,
  turns: {},
  landing: newLanding({ headSha: '', baseSha: '', startSha: '' }),
  fence: { epoch: 1, sha: null },
  startSha: '',
  nextStartSha: null,
  candidate: null,
  rejected: null,
  noop: false,
  resolved: [],
  summary: '',
  checks: [],
  testedSha: null,
  feedback: [],
  firstFailure: null,
  merge: null,
  messages: [],
  refusals: [],
  atWork: null,
  agents: [],
  question: null,
  answered: false,
  keepFiles: false,
  asked: false,
  toldOfLoss: false,
  paused,
  commit: null,
  files: [],
  workedMs: 0,
  cost: noCost,
});

/** Standalone: phase 0. */
export const attemptKey = ({ plan, state }: PlannedTask): AttemptKey => ({
  owner: plan.owner,
  phase: plan.standalone ? 0 : plan.phase.number,
  task: plan.task.number,
  attempt: state.attempt,
});

export function setStatus({ state }: TaskRun, status: TaskStatus, detail: string): void {
  state.status = change('task', state.status, status);
  state.detail = detail;
}

/** What is left of the phase's clock; agents, checks and landing are given no more than this. */
export const remainingMs = ({ plan, state }: PlannedTask): number =>
  Math.max(0, plan.clockMs - state.workedMs);

export function addFeedback({ state }: TaskRun, from: string, text: string): void {
  state.feedback = withFeedback(state.feedback, { from, text });
}
