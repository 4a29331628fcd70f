/** What a phase starts with, what it knows while it runs (plain data, changed only between two awaits), and what only this run has. */
import type { FailureReason } from '../../domain/failure.ts';
import type { GateState } from '../../domain/approval/gate.ts';
import type { RefusedCommand, RefusedMessage } from '../../domain/messages/messages.ts';
import type { Question } from '../../domain/messages/questions.ts';
import type { Flow } from '../../domain/flow/flow.ts';
import { newLanding, retried, withTask } from '../../domain/landing/state.ts';
import { type CompletedPhase, type Feedback, withFiles } from '../../domain/model/briefing.ts';
import { addCost, type Budget, type Cost, noCost } from '../../domain/model/cost.ts';
import type { Fence, OpenMerge } from '../../domain/model/git.ts';
import type { PhaseSpec, ProjectSettings, TaskSpec, WorkspaceRef } from '../../domain/model/project.ts';
import { change, type PhaseStatus } from '../../domain/model/status.ts';
import type { PhaseOutcome, PhaseTaskSummary, TaskOutcome } from '../../domain/progress/outcomes.ts';
import { summaryOf, takeUp, withRecord } from '../../domain/progress/phase-progress.ts';
import type { ApprovalGate } from '../approval/gate.ts';
import type { LandingProgress, WaitsFor } from '../landing/owner.ts';
import type { PullRequestListener } from '../landing/watch.ts';
import type { Answered, MessageHandlers } from '../messaging/message-handlers.ts';
import type { Outbox } from '../messaging/outbox.ts';
import type { Reporter } from '../messaging/reports.ts';

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
  /** What people asked for with the retry, and whatever earlier runs had no task left to tell it to. */
  readonly words: readonly Feedback[];
  /** A retry's unfinished tasks start at the branch's head instead of at their last candidates. */
  readonly fresh: boolean;
  /** Temporal's Web UI as people reach it. */
  readonly webUi?: string | null;
  /** Set when it goes on where an earlier run of it was. */
  readonly carried?: CarriedPhase;
}

/** What a phase takes along when it continues as new between two tasks. */
export interface CarriedPhase {
  readonly state: PhaseState;
  readonly gates: GateState;
  readonly refused: readonly RefusedMessage[];
  readonly answered: readonly Answered[];
  /** Reports sent so far: its project takes no older one. */
  readonly reports: number;
}

export interface PhaseState extends LandingProgress {
  status: PhaseStatus;
  reason: FailureReason | null;
  tasks: readonly TaskSpec[];
  /** Of each task that was begun: what it has come to. */
  records: readonly PhaseTaskSummary[];
  current: { readonly task: TaskSpec } | null;
  question: Question | null;
  branchMade: boolean;
  /** Gates rejected in this run of the phase. */
  rejections: number;
  /** What people or steps asked for and no task has heard yet. */
  words: readonly Feedback[];
  /** How often the breakdown was tried, over all runs of the phase. */
  breakdowns: number;
  /** The integration branch moved in conflict: the revision task finishes this merge. */
  merge: OpenMerge | null;
  files: readonly string[];
  paused: boolean;
  /** Of what the project told it; not reported yet. */
  refusals: readonly RefusedCommand[];
  cost: Cost;
}

export interface PhaseLive {
  readonly handlers: MessageHandlers;
  readonly approvalGate: ApprovalGate;
  readonly listener: PullRequestListener;
  /** Tells the project what is new. */
  readonly reporter: Reporter;
  /** What the running task is told. */
  readonly outbox: Outbox;
  /** What an approved merge waits for outside of Phasewright. */
  waitsFor: WaitsFor | null;
}

export interface PhaseRun {
  readonly plan: PhaseInput;
  readonly state: PhaseState;
  readonly live: PhaseLive;
}

const nowhere = { headSha: '', baseSha: '', startSha: '' };

export function newPhaseState(plan: PhaseInput): PhaseState {
  const { before, carried } = plan;
  if (carried !== undefined) return carried.state;
  const landing = before?.landing ?? null;
  const progress = takeUp(before);
  return {
    status: 'pending',
    reason: null,
    detail: 'not started',
    tasks: [...plan.phase.tasks, ...progress.added],
    records: progress.tasks,
    current: null,
    question: null,
    branchMade: landing !== null,
    landing: landing === null ? newLanding(nowhere) : retried(landing),
    fence: plan.fence,
    rejections: 0,
    words: plan.words,
    breakdowns: 0,
    merge: progress.merge,
    files: before?.files ?? [],
    paused: plan.paused,
    refusals: [],
    workedMs: 0,
    cost: noCost,
  };
}

export function setPhaseStatus({ state }: PhaseRun, status: PhaseStatus, detail: string): void {
  state.status = change('phase', state.status, status);
  state.detail = detail;
}

export const phaseRemainingMs = ({ plan, state }: PhaseRun): number =>
  Math.max(0, plan.settings.limits.phaseTimeoutMs - state.workedMs);

export const isToBreakDown = ({ plan, state }: PhaseRun): boolean =>
  plan.phase.breakdown && state.tasks.length === 0;

export const doneNumbers = ({ state }: PhaseRun): number[] =>
  state.records.filter((task) => task.status === 'done').map(({ number }) => number);

/** What a task came to: its commit is on the branch, and the landing goes on from there. */
export function recordTask({ state }: PhaseRun, outcome: TaskOutcome): void {
  state.records = withRecord(state.records, summaryOf(outcome));
  state.fence = outcome.fence;
  state.cost = addCost(state.cost, outcome.cost);
  state.workedMs += outcome.workedMs;
  if (outcome.status !== 'done') return;
  const { headSha, tree, checks, resolved, sensitive } = outcome;
  const tested = outcome.commit === null || tree === null ? null : { sha: headSha, tree, checks };
  state.landing = withTask(state.landing, { headSha, tested, merged: state.merge, resolved, sensitive });
  if (outcome.commit === null) return;
  state.merge = null;
  state.files = withFiles(state.files, outcome.files);
}

export const carryPhase = ({ plan, state, live }: PhaseRun): PhaseInput => ({
  ...plan,
  carried: {
    state,
    gates: live.approvalGate.state,
    refused: live.handlers.refused,
    answered: live.handlers.answered,
    reports: live.reporter.reports,
  },
});
