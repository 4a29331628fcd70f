/** What a project knows while it runs, what it carries over continue-as-new (plain data), and what only this run has. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { Decision, Gate, GateState } from '../../domain/approval/gate.ts';
import { mergeDecisions } from '../../domain/approval/decisions.ts';
import { newLanding, withTask } from '../../domain/landing/state.ts';
import type { RefusedCommand, RefusedMessage } from '../../domain/messages/messages.ts';
import type { Question } from '../../domain/messages/questions.ts';
import type { CompletedPhase, Feedback } from '../../domain/model/briefing.ts';
import { addCost, type Budget, type Cost, noCost } from '../../domain/model/cost.ts';
import type { OpenMerge } from '../../domain/model/git.ts';
import type { PhaseSpec, TaskSpec } from '../../domain/model/project.ts';
import type { PullRequestRef } from '../../domain/model/pull-request.ts';
import { change, type Condition, type Lifecycle, type PhaseStatus } from '../../domain/model/status.ts';
import type { AdvanceRecord } from '../../domain/progress/advance.ts';
import type { PhaseOutcome, PhaseProgress, PhaseTaskSummary } from '../../domain/progress/outcomes.ts';
import type { ProjectPlan } from '../../domain/progress/plan.ts';
import type { ApprovalGate } from '../approval/gate.ts';
import type { LandingProgress, WaitsFor } from '../landing/owner.ts';
import type { PullRequestListener } from '../landing/watch.ts';
import type { Answered, MessageHandlers } from '../messaging/message-handlers.ts';
import type { Outbox } from '../messaging/outbox.ts';

export interface NextPhase {
  readonly number: number;
  readonly before: PhaseOutcome | null;
  /** What people asked for and no task has heard yet. */
  readonly words: readonly Feedback[];
  readonly fresh: boolean;
}

/** A phase that runs, as it told us. */
export interface ActivePhase extends PhaseProgress {
  readonly number: number;
  readonly name: string;
  readonly status: PhaseStatus;
  readonly gate: Gate | null;
  readonly pullRequest: PullRequestRef | null;
  readonly headSha: string | null;
  readonly baseSha: string;
  readonly question: Question | null;
  readonly heldUp: string | null;
}

/** A task that a rejection of the whole project, or base in conflict with it, added; it lands on the integration branch. */
export interface ProjectRevision {
  readonly task: TaskSpec;
  /** What it has come to; the next run of it goes on from there. */
  readonly record: PhaseTaskSummary;
  /** The merge of base that it finishes. */
  readonly merge: OpenMerge | null;
}

/** Everything that outlives a run. The landing's head is the integration branch's. */
export interface ProjectState extends LandingProgress {
  lifecycle: Lifecycle;
  condition: Condition;
  outcomes: readonly PhaseOutcome[];
  skipped: readonly number[];
  advances: readonly AdvanceRecord[];
  next: NextPhase | null;
  paused: boolean;
  cost: Cost;
  budget: Budget;
  decisions: readonly Decision[];
  mergedSha: string | null;
  revisions: readonly ProjectRevision[];
}

export interface ProjectLive {
  readonly handlers: MessageHandlers;
  readonly approvalGate: ApprovalGate;
  /** What the running child, a phase or a revision, is told. */
  readonly outbox: Outbox;
  readonly listener: PullRequestListener;
  /** The running phase child; null between phases. */
  activePhase: ActivePhase | null;
  /** Of decisions that we forwarded to the phase. */
  refusals: readonly RefusedCommand[];
  /** What people asked for and is not yet taken up; several retries are one. */
  retry: Retry | null;
  awaitsRetry: boolean;
  /** What the last merge waits for outside of Phasewright. */
  waitsFor: WaitsFor | null;
  /** Of a revision of the whole project. */
  question: Question | null;
}

export interface Retry {
  /** What people said with it. */
  readonly words: readonly Feedback[];
  readonly fresh: boolean;
}

/** Messages may come before there is a plan; `amend` changes it. */
export interface ProjectRun {
  readonly slug: string;
  plan: ProjectPlan | null;
  readonly state: ProjectState;
  readonly live: ProjectLive;
}
export type PlannedProject = ProjectRun & { plan: ProjectPlan };
/** Base under another name: what somebody renamed it to, or says. */
export function moveBase(run: PlannedProject, branch: string): void {
  run.plan = { ...run.plan, base: { ...run.plan.base, branch } };
}

export const isPlanned = (run: ProjectRun): run is PlannedProject => run.plan !== null;

export const newProjectState = (): ProjectState => ({
  lifecycle: 'draft',
  condition: 'running',
  detail: 'is being validated',
  outcomes: [],
  skipped: [],
  advances: [],
  next: null,
  landing: newLanding({ headSha: '', baseSha: '', startSha: '' }),
  fence: { epoch: 1, sha: null },
  workedMs: 0,
  paused: false,
  cost: noCost,
  budget: { usd: null, tokens: null },
  decisions: [],
  mergedSha: null,
  revisions: [],
});

export interface CarriedProject {
  readonly carried: {
    readonly schema: 1;
    readonly plan: ProjectPlan;
    readonly state: ProjectState;
    readonly gates: GateState;
    readonly refused: readonly RefusedMessage[];
    readonly answered: readonly Answered[];
  };
}

export const isCarried = (input: unknown): input is CarriedProject =>
  typeof input === 'object' && input !== null && 'carried' in input;

/** Pure: an older schema becomes this one; a newer one is refused by name. */
export function migrate({ carried }: CarriedProject): CarriedProject['carried'] {
  const schema: unknown = (carried as { readonly schema?: unknown } | null)?.schema;
  if (schema !== 1) {
    throw ApplicationFailure.nonRetryable(
      `The carried project has schema ${String(schema)}; this version knows 1. Deploy the version that wrote it.`,
      'UnknownSchema',
    );
  }
  return carried;
}

export const carry = ({ plan, state, live }: PlannedProject): CarriedProject => ({
  carried: {
    schema: 1,
    plan,
    state,
    gates: live.approvalGate.state,
    refused: live.handlers.refused,
    answered: live.handlers.answered,
  },
});

export function setLifecycle({ state }: ProjectRun, to: Lifecycle): void {
  state.lifecycle = change('lifecycle', state.lifecycle, to);
}

export function phaseSpec({ plan }: PlannedProject, number: number): PhaseSpec {
  const phase = plan.phases.find((each) => each.number === number);
  if (phase === undefined)
    throw ApplicationFailure.nonRetryable(`There is no phase ${number}.`, 'InvalidProject');
  return phase;
}
export const outcomeOf = ({ state }: ProjectRun, number: number): PhaseOutcome | undefined =>
  state.outcomes.find((outcome) => outcome.number === number);

/** The newest outcome of each phase; cost adds up over retries. */
export function recordOutcome({ state, live }: ProjectRun, outcome: PhaseOutcome): void {
  state.outcomes = [...state.outcomes.filter(({ number }) => number !== outcome.number), outcome].toSorted(
    (a, b) => a.number - b.number,
  );
  state.fence = outcome.fence;
  if (outcome.integrationSha !== '')
    state.landing = withTask(state.landing, {
      headSha: outcome.integrationSha,
      tested: outcome.tested,
      resolved: outcome.landing?.resolved ?? [],
      sensitive: outcome.landing?.sensitive,
    });
  state.cost = addCost(state.cost, outcome.cost);
  state.decisions = mergeDecisions(state.decisions, outcome.decisions);
  live.activePhase = null;
  state.detail = outcome.message;
}

/** The one that is not done yet. */
export const openRevision = ({ state }: ProjectRun): ProjectRevision | undefined =>
  state.revisions.find(({ record }) => record.status !== 'done');

export function keepRevision({ state }: ProjectRun, revision: ProjectRevision): void {
  const { number } = revision.task;
  state.revisions = [...state.revisions.filter(({ task }) => task.number !== number), revision];
}

/** What the next phase's agents are told of the phases before. */
export const completedPhases = ({ state }: ProjectRun): CompletedPhase[] =>
  state.outcomes
    .filter((outcome) => outcome.status === 'completed')
    .map(({ number, name, branch, pullRequest, tasks, files }) => ({
      number,
      name,
      branch,
      pullRequest: pullRequest?.number ?? null,
      tasks: tasks.map((task) => task.title),
      files,
    }));
