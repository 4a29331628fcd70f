/** A status without a worker, put together from what the server itself has. Pure. */
import { integrationBranch, standaloneBranch } from '../domain/names/branches.ts';
import type { PhaseOutcome, ProjectOutcome, TaskOutcome } from '../domain/progress/outcomes.ts';
import type { TaskStatus } from '../domain/model/status.ts';
import type { PhaseView } from '../domain/views/status.ts';
import type { ProjectRecord } from './records.ts';
import { type Status, times } from './status-view.ts';

/** Without a worker: an ended workflow left its outcome with the server; a running one its search attributes. */
export type EitherOutcome = Partial<Omit<ProjectOutcome, 'schema' | 'status'>> &
  Partial<Omit<TaskOutcome, 'schema' | 'status'>> & {
    readonly status: ProjectOutcome['status'] | TaskOutcome['status'];
  };

export function fromServer(record: ProjectRecord, outcome?: EitherOutcome): Status {
  const common = {
    schema: 1 as const,
    source: 'server' as const,
    slug: record.slug,
    workflowId: record.workflowId,
    repository: record.repository,
    condition: record.condition,
    waitingFor: record.waitingFor,
    question: null,
    pullRequest: outcome?.pullRequest ?? null,
    gate: null,
    decisions: [],
    refused: [],
    cost: outcome?.cost ?? null,
    warnings: [],
    pending: [],
    failure: null,
    ...times(record),
  };
  if (record.kind === 'task') {
    return {
      ...common,
      kind: 'task',
      title: outcome?.title ?? record.name ?? record.slug,
      status: outcome?.status === undefined ? null : (outcome.status as TaskStatus),
      reason: outcome?.reason ?? null,
      detail: outcome?.message ?? `Temporal says ${record.execution}`,
      branch: standaloneBranch(record.slug, record.branchPrefix ?? undefined),
      baseBranch: null,
      attempts: outcome?.attempts ?? 0,
      commit: outcome?.commit ?? null,
    };
  }
  return {
    ...common,
    kind: 'project',
    name: record.name ?? record.slug,
    condition: outcome?.status ?? record.condition,
    lifecycle: null,
    detail: '',
    integrationBranch:
      outcome?.integrationBranch ?? integrationBranch(record.slug, record.branchPrefix ?? undefined),
    baseBranch: outcome?.baseBranch ?? null,
    phases: (outcome?.phases ?? []).map(phaseAtItsEnd),
    advances: [],
    mergedSha: outcome?.mergedSha ?? null,
    specDigest: record.specDigest,
  };
}

const phaseAtItsEnd = ({ message, tasks, ...phase }: PhaseOutcome): PhaseView => ({
  number: phase.number,
  name: phase.name,
  status: phase.status,
  reason: phase.reason,
  detail: message,
  branch: phase.branch,
  pullRequest: phase.pullRequest,
  headSha: phase.headSha,
  gate: null,
  tasks: tasks.map((task) => ({
    number: task.number,
    title: task.title,
    status: task.status,
    reason: task.reason,
    detail: task.message,
    attempts: task.attempts,
    commit: task.commit,
  })),
});
