/** A status put together from what workflows and the server say. Pure; `status.ts` asks them. */
import { mergeDecisions } from '../domain/approval/decisions.ts';
import type { FailureReason } from '../domain/failure.ts';
import type { AdvanceRecord } from '../domain/progress/advance.ts';
import { integrationBranch, standaloneBranch } from '../domain/names/branches.ts';
import type { PullRequestRef } from '../domain/model/pull-request.ts';
import type { Decision, Gate } from '../domain/approval/gate.ts';
import type { RefusedMessage } from '../domain/messages/messages.ts';
import type { Cost } from '../domain/model/cost.ts';
import type { Condition, Lifecycle, TaskStatus } from '../domain/model/status.ts';
import {
  type PhaseStatusView,
  type PhaseView,
  type ProjectStatusView,
  repositoryLabel,
  type TaskStatusView,
} from '../domain/views/status.ts';
import type { PendingWork } from '../domain/views/pending.ts';
import type { ProjectRecord } from './records.ts';

interface CommonStatus {
  readonly schema: 1;
  readonly source: 'live' | 'server';
  readonly slug: string;
  readonly workflowId: string;
  readonly repository: string | null;
  readonly condition: Condition;
  readonly waitingFor: string | null;
  readonly question: { readonly phase: number | null; readonly task: number; readonly text: string } | null;
  readonly baseBranch: string | null;
  readonly pullRequest: PullRequestRef | null;
  readonly gate: Gate | null;
  readonly decisions: readonly Decision[];
  readonly refused: readonly RefusedMessage[];
  readonly cost: Cost | null;
  /** What people should know of its plan, in sentences. */
  readonly warnings: readonly string[];
  /** What is handed out and not back yet; the server tells, with or without a worker. */
  readonly pending: readonly PendingWork[];
  /** Why it was turned away before it made anything. */
  readonly failure: string | null;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export interface ProjectStatus extends CommonStatus {
  readonly kind: 'project';
  readonly name: string;
  readonly lifecycle: Lifecycle | null;
  /** What it does now, or how it ended; empty without a worker. */
  readonly detail: string;
  readonly integrationBranch: string;
  readonly phases: readonly PhaseView[];
  readonly advances: readonly AdvanceRecord[];
  readonly mergedSha: string | null;
  readonly specDigest: string | null;
}

export interface StandaloneTaskStatus extends CommonStatus {
  readonly kind: 'task';
  readonly title: string;
  readonly status: TaskStatus | null;
  readonly reason: FailureReason | null;
  readonly detail: string;
  readonly branch: string;
  readonly attempts: number;
  readonly commit: string | null;
}

/** As printed by `status --json`; status.schema.ts describes it. */
export type Status = ProjectStatus | StandaloneTaskStatus;

export const times = (record: ProjectRecord) => ({
  startedAt: record.startedAt.toISOString(),
  endedAt: record.endedAt?.toISOString() ?? null,
});

/** Pure. The live parts of a running phase and task, put into the project's view. */
export function fromProjectView(
  record: ProjectRecord,
  view: ProjectStatusView,
  phase?: PhaseStatusView,
  task?: TaskStatusView,
): ProjectStatus {
  const ended: Partial<ReturnType<typeof endedAs>> = record.open ? {} : endedAs(record, view.condition);
  return {
    schema: 1,
    kind: 'project',
    source: 'live',
    slug: view.slug === '' ? record.slug : view.slug,
    workflowId: record.workflowId,
    name: view.name === '' ? (record.name ?? record.slug) : view.name,
    repository: view.repository === '' ? record.repository : view.repository,
    lifecycle: view.lifecycle,
    detail: ended.condition === 'cancelled' ? 'cancelled' : view.detail,
    condition: view.condition,
    waitingFor: view.waitingFor ?? phase?.waitingFor ?? null,
    question:
      task?.question == null || phase === undefined
        ? null
        : { phase: phase.number, task: task.number, text: task.question },
    integrationBranch:
      view.integrationBranch === ''
        ? integrationBranch(record.slug, record.branchPrefix ?? undefined)
        : view.integrationBranch,
    baseBranch: view.baseBranch === '' ? null : view.baseBranch,
    phases: view.phases.map((each) => {
      if (!record.open) return endedPhase(each);
      return phase !== undefined && each.number === phase.number ? livePhase(phase, task) : each;
    }),
    pullRequest: view.pullRequest,
    gate: record.open ? view.gate : null,
    decisions: inTime(mergeDecisions(view.decisions, phase?.decisions ?? []), []),
    advances: view.advances,
    refused: inTime(view.refused, phase?.refused ?? []),
    cost: view.cost,
    warnings: view.warnings,
    pending: [],
    failure: null,
    mergedSha: view.mergedSha,
    specDigest: view.specDigest === '' ? record.specDigest : view.specDigest,
    ...times(record),
    ...ended,
  };
}

/** A workflow that was cancelled or terminated can't say so itself any more. */
const endedAs = (
  record: ProjectRecord,
  said: Condition,
): { readonly condition: Condition; readonly waitingFor: null; readonly question: null } => ({
  condition: record.execution === 'COMPLETED' ? said : record.condition,
  waitingFor: null,
  question: null,
});

/** What ran when its project was stopped from outside. */
function endedPhase(phase: PhaseView): PhaseView {
  const { status } = phase;
  if (status !== 'running' && status !== 'awaiting_approval' && status !== 'changes_requested') return phase;
  const tasks = phase.tasks.map((task) =>
    task.status === 'done' || task.status === 'failed'
      ? task
      : { ...task, status: 'cancelled' as const, detail: 'cancelled' },
  );
  return { ...phase, status: 'cancelled', gate: null, tasks };
}

function livePhase(phase: PhaseStatusView, task: TaskStatusView | undefined): PhaseView {
  const { number, name, status, reason, detail, branch, pullRequest, headSha, gate, tasks } = phase;
  const live = tasks.map((each) =>
    task !== undefined && each.number === task.number
      ? {
          number: each.number,
          title: each.title,
          status: task.status,
          reason: task.reason,
          detail: task.detail,
          attempts: task.attempts,
          commit: task.commit,
        }
      : each,
  );
  return { number, name, status, reason, detail, branch, pullRequest, headSha, gate, tasks: live };
}

function inTime<T extends { readonly at: number }>(a: readonly T[], b: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  return [...a, ...b]
    .filter((each) => !seen.has(JSON.stringify(each)) && seen.add(JSON.stringify(each)))
    .toSorted((x, y) => x.at - y.at);
}

export function fromTaskView(record: ProjectRecord, view: TaskStatusView): StandaloneTaskStatus {
  return {
    schema: 1,
    kind: 'task',
    source: 'live',
    slug: record.slug,
    workflowId: record.workflowId,
    title: view.title === '' ? (record.name ?? record.slug) : view.title,
    repository: view.workspace === null ? record.repository : repositoryLabel(view.workspace.repository),
    status: view.status,
    reason: view.reason,
    detail: view.detail,
    condition: view.condition,
    waitingFor: view.waitingFor,
    question: view.question === null ? null : { phase: null, task: 1, text: view.question },
    branch:
      view.branch === '' ? standaloneBranch(record.slug, record.branchPrefix ?? undefined) : view.branch,
    baseBranch: null,
    attempts: view.attempts,
    commit: view.commit,
    pullRequest: view.pullRequest,
    gate: view.gate,
    decisions: view.decisions,
    refused: view.refused,
    cost: view.cost,
    warnings: view.warnings,
    pending: [],
    failure: null,
    ...times(record),
    ...(record.open ? {} : endedAs(record, view.condition)),
  };
}
