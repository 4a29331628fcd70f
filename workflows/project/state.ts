/** What a project knows while it runs, and what it carries over continue-as-new: plain data with a schema number. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { AdvanceRecord } from '../../domain/progress/advance.ts';
import type { CheckEvidence } from '../../domain/model/checks.ts';
import type { CompletedPhase } from '../../domain/model/briefing.ts';
import type { Fence } from '../../domain/model/git.ts';
import type { PullRequestRef } from '../../domain/model/pull-request.ts';
import type { Decision, Gate, GateState, Refusal } from '../../domain/approval/gate.ts';
import type { RefusedMessage } from '../../domain/messages/messages.ts';
import { addCost, type Cost, noCost, type Budget } from '../../domain/model/cost.ts';
import type { PhaseOutcome, PhaseTaskSummary } from '../../domain/progress/outcomes.ts';
import type { ProjectPlan } from '../../domain/progress/plan.ts';
import type { PhaseSpec, TaskSpec } from '../../domain/model/project.ts';
import { change, type Condition, type Lifecycle, type PhaseStatus } from '../../domain/model/status.ts';
import {
  type PhaseView,
  type ProjectStatusView,
  repositoryLabel,
  type TaskView,
} from '../../domain/views/status.ts';
import type { Answered, MessageHandlers } from '../messaging/message-handlers.ts';
import type { Outbox } from '../messaging/outbox.ts';
import type { ApprovalGate } from '../approval/gate.ts';
import type { PullRequestListener } from '../landing/watch.ts';

export interface NextPhase {
  readonly number: number;
  readonly before: PhaseOutcome | null;
  readonly feedback: string | null;
}

/** A phase that runs, as it told us. */
export interface ActivePhase {
  readonly number: number;
  readonly status: PhaseStatus;
  readonly gate: Gate | null;
  readonly pullRequest: PullRequestRef | null;
  readonly headSha: string | null;
  readonly tasks: readonly PhaseTaskSummary[];
  readonly baseSha: string;
  readonly question: { readonly task: number; readonly text: string } | null;
  readonly heldUp: string | null;
}

/** Everything that outlives a run. */
export interface ProjectState {
  readonly schema: 1;
  plan: ProjectPlan | null;
  lifecycle: Lifecycle;
  condition: Condition;
  detail: string;
  outcomes: readonly PhaseOutcome[];
  skipped: readonly number[];
  advances: readonly AdvanceRecord[];
  next: NextPhase | null;
  fence: Fence;
  integrationSha: string;
  paused: boolean;
  cost: Cost;
  budget: Budget;
  decisions: readonly Decision[];
  pullRequest: PullRequestRef | null;
  mergedSha: string | null;
  approvedHead: string | null;
  rounds: number;
  /** Tasks that a rejection of the whole project added; they land on the integration branch. */
  revisions: readonly (TaskSpec & { readonly commit: string | null; readonly attempts: number })[];
  tested: { readonly sha: string; readonly checks: readonly CheckEvidence[] } | null;
  gates: GateState;
  refused: readonly RefusedMessage[];
  answered: readonly Answered[];
}

export interface ProjectRun extends ProjectState {
  readonly handlers: MessageHandlers;
  readonly approvalGate: ApprovalGate;
  /** What the running child, a phase or a revision, is told. */
  readonly outbox: Outbox;
  /** The running phase child; null between phases. */
  activePhase: ActivePhase | null;
  /** Refusals by command id, from the phase we forwarded to. */
  refusals: readonly { readonly commandId: string; readonly refusal: Refusal }[];
  /** A person's retry, not yet taken up. */
  retry: { readonly feedback: string | null } | null;
  awaitsRetry: boolean;
  readonly listener: PullRequestListener;
  /** What the code host's rules make the approved last merge wait for. */
  heldUp: string | null;
  /** The command a person must run by hand, e.g. a `git merge`. */
  byHand: string | null;
  question: { readonly task: number; readonly text: string } | null;
}

export const newProjectState = (): ProjectState => ({
  schema: 1,
  plan: null,
  lifecycle: 'draft',
  condition: 'running',
  detail: 'is being validated',
  outcomes: [],
  skipped: [],
  advances: [],
  next: null,
  fence: { epoch: 1, sha: null },
  integrationSha: '',
  paused: false,
  cost: noCost,
  budget: { usd: null, tokens: null },
  decisions: [],
  pullRequest: null,
  mergedSha: null,
  approvedHead: null,
  rounds: 0,
  revisions: [],
  tested: null,
  gates: { open: null, decisions: [] },
  refused: [],
  answered: [],
});

export interface CarriedProject {
  readonly carried: ProjectState;
}

export const isCarried = (input: object): input is CarriedProject => 'carried' in input;

/** Pure: an older schema becomes this one; a newer one is refused by name. */
export function migrate({ carried }: CarriedProject): ProjectState {
  if ((carried as ProjectState | null)?.schema !== 1) {
    throw ApplicationFailure.nonRetryable(
      `The carried project has schema ${String((carried as { schema?: unknown } | null)?.schema)}; this version knows 1. Deploy the version that wrote it.`,
      'UnknownSchema',
    );
  }
  return carried;
}

/** What continue-as-new takes along: the state without what belongs to this run. */
export function carry(run: ProjectRun): CarriedProject {
  const {
    handlers,
    approvalGate,
    activePhase: _m,
    refusals: _r,
    retry: _t,
    awaitsRetry: _a,
    byHand: _b,
    question: _q,
    listener: _e,
    heldUp: _h,
    outbox: _o,
    ...state
  } = run;
  return {
    carried: { ...state, gates: approvalGate.state, refused: handlers.refused, answered: handlers.answered },
  };
}

export function planOf(run: ProjectState): ProjectPlan {
  if (run.plan === null) throw new Error('The project has no plan yet.');
  return run.plan;
}

export function setLifecycle(run: ProjectState, to: Lifecycle): void {
  run.lifecycle = change('lifecycle', run.lifecycle, to);
}

/** The condition follows from the state: one place that says when a project waits, is paused or failed. */
export function refreshCondition(run: ProjectRun, end?: 'done' | 'cancelled'): void {
  const to: Condition =
    end ??
    (run.paused ? 'paused' : run.awaitsRetry ? 'failed' : waitsFor(run) === null ? 'running' : 'waiting');
  run.condition = change('condition', run.condition, to);
}

/** Instead of what somebody asked for, in a refusal. */
export const whatHappens = (run: ProjectRun): string =>
  `the project is ${run.condition}: ${waitsFor(run) ?? run.detail}`;

export function waitsFor(run: ProjectRun): string | null {
  if (run.approvalGate.state.open !== null)
    return `approval of the project (gate ${run.approvalGate.state.open.id})`;
  if (run.byHand !== null) return `a merge by hand: ${run.byHand}`;
  if (run.heldUp !== null) return run.heldUp;
  if (run.awaitsRetry) return `a retry: ${run.detail}`;
  const activePhase = run.activePhase;
  if (activePhase?.heldUp != null) return activePhase.heldUp;
  const question = run.question ?? activePhase?.question ?? null;
  if (question !== null) return `an answer to task ${question.task}: ${question.text}`;
  if (activePhase?.gate != null)
    return `approval of phase ${activePhase.number} '${phaseSpec(run, activePhase.number)?.name ?? ''}' (gate ${activePhase.gate.id})`;
  return null;
}

export const phaseSpec = (run: ProjectState, number: number): PhaseSpec | undefined =>
  run.plan?.phases.find((phase) => phase.number === number);
export const outcomeOf = (run: ProjectState, number: number): PhaseOutcome | undefined =>
  run.outcomes.find((outcome) => outcome.number === number);

/** The newest outcome of each phase; cost adds up over retries. */
export function recordOutcome(run: ProjectRun, outcome: PhaseOutcome): void {
  run.outcomes = [...run.outcomes.filter(({ number }) => number !== outcome.number), outcome].toSorted(
    (a, b) => a.number - b.number,
  );
  run.fence = outcome.fence;
  if (outcome.integrationSha !== '') run.integrationSha = outcome.integrationSha;
  run.cost = addCost(run.cost, outcome.cost);
  run.decisions = mergeDecisions(run.decisions, outcome.decisions);
  run.activePhase = null;
  run.detail = outcome.message;
}

const MAX_DECISIONS = 50;

/** Reports may come late or twice: a gate has one decision. */
export function mergeDecisions(known: readonly Decision[], more: readonly Decision[]): readonly Decision[] {
  return [...known, ...more.filter((each) => !known.some(({ gateId }) => gateId === each.gateId))].slice(
    -MAX_DECISIONS,
  );
}

/** What the next phase's agents are told of the phases before. */
export function completedPhases(run: ProjectState): CompletedPhase[] {
  return run.outcomes
    .filter((outcome) => outcome.status === 'completed')
    .map(({ number, name, branch, pullRequest, tasks, files }) => ({
      number,
      name,
      branch,
      pullRequest: pullRequest?.number ?? null,
      tasks: tasks.map((task) => task.title),
      files,
    }));
}

export function projectView(run: ProjectRun, slug: string): ProjectStatusView {
  const plan = run.plan;
  return {
    schema: 1,
    kind: 'project',
    slug,
    name: plan?.name ?? slug,
    repository: plan === null ? '' : repositoryLabel(plan.workspace.repository),
    lifecycle: run.lifecycle,
    condition: run.condition,
    waitingFor: waitsFor(run),
    integrationBranch: plan?.integrationBranch ?? '',
    baseBranch: plan?.base.branch ?? '',
    phases:
      plan?.phases.map((phase) => phaseLine(run, phase, phase.number === plan.phases.at(-1)?.number)) ?? [],
    pullRequest: run.pullRequest,
    gate: run.approvalGate.state.open,
    decisions: run.decisions,
    advances: run.advances,
    refused: run.handlers.refused,
    cost: run.cost,
    mergedSha: run.mergedSha,
    specDigest: plan?.specDigest ?? '',
    workspace: plan?.workspace ?? null,
  };
}

function phaseLine(run: ProjectRun, phase: PhaseSpec, last: boolean): PhaseView {
  const { number, name, branch } = phase;
  const outcome = outcomeOf(run, number);
  const activePhase = run.activePhase?.number === number ? run.activePhase : undefined;
  const status: PhaseStatus =
    activePhase?.status ?? (run.skipped.includes(number) ? 'skipped' : (outcome?.status ?? 'pending'));
  const planned = phase.tasks.map(
    (task): TaskView => ({
      number: task.number,
      title: task.title,
      status: 'incoming',
      reason: null,
      detail: 'waits for its turn',
      attempts: 0,
      commit: null,
    }),
  );
  const reported = (activePhase?.tasks ?? outcome?.tasks ?? []).map(
    ({ number: n, title, status: s, reason, message, attempts, commit }): TaskView => ({
      number: n,
      title,
      status: s,
      reason,
      detail: message,
      attempts,
      commit,
    }),
  );
  const tasks = [
    ...reported,
    ...planned.filter((task) => !reported.some((each) => each.number === task.number)),
  ].toSorted((a, b) => a.number - b.number);
  const revisions = last
    ? run.revisions.map(
        (task): TaskView => ({
          number: task.number,
          title: task.title,
          status: task.commit === null ? 'claimed' : 'done',
          reason: null,
          detail: task.description,
          attempts: task.attempts,
          commit: task.commit,
        }),
      )
    : [];
  return {
    number,
    name,
    status,
    reason: activePhase === undefined ? (outcome?.reason ?? null) : null,
    detail: activePhase === undefined ? (outcome?.message ?? '') : activePhase.status,
    branch,
    pullRequest: activePhase?.pullRequest ?? outcome?.pullRequest ?? null,
    headSha: activePhase?.headSha ?? outcome?.headSha ?? null,
    gate: activePhase?.gate ?? null,
    tasks: [...tasks, ...revisions],
  };
}
