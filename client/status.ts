/**
 * How a project stands. Children report to the parent at task end and gate change only, so live detail is composed here:
 * the project's own view, then the running phase's, then the running task's. Without a worker: what the server knows.
 */
import { explain } from '../domain/failure.ts';
import { phaseWorkflowId, taskWorkflowId } from '../domain/names/workflow-ids.ts';
import type { WorkspaceRef } from '../domain/model/project.ts';
import type { PhaseStatusView, ProjectStatusView, TaskStatusView } from '../domain/views/status.ts';
import { asPhasewrightError } from './error-translation.ts';
import { PhasewrightError } from './errors.ts';
import { findPending } from './pending.ts';
import { findRecord, type ProjectRecord } from './records.ts';
import { askWorker, type ClientContext } from './context.ts';
import { type EitherOutcome, fromServer } from './status-from-server.ts';
import { fromProjectView, fromTaskView, type Status } from './status-view.ts';

/** A status with what only this package needs. */
export interface Look {
  readonly status: Status;
  /** Where its git work happens; null: not known yet. */
  readonly workspace: WorkspaceRef | null;
  readonly record: ProjectRecord;
}

/** The status as a worker or, without one, the server knows it, with what is pending. */
export async function look(context: ClientContext, slug: string): Promise<Look> {
  const record = await findRecord(context, slug);
  const [looked, pending, failure] = await Promise.all([
    lookAt(context, record),
    findPending(context, record),
    findFailure(context, record),
  ]);
  return { ...looked, status: { ...looked.status, pending, failure } };
}

/** Why it was turned away before it made anything, as its code and a sentence; null: it was not. */
export async function findFailure(context: ClientContext, record: ProjectRecord): Promise<string | null> {
  if (record.execution !== 'FAILED' && record.execution !== 'TIMED_OUT') return null;
  try {
    await outcomeOf(context, record);
    return null;
  } catch (error) {
    if (!(error instanceof PhasewrightError) || error.code === 'ServerUnavailable') throw error;
    return explain(error.code, error.message);
  }
}

export async function lookAt(context: ClientContext, record: ProjectRecord): Promise<Look> {
  try {
    return await lookLive(context, record);
  } catch (error) {
    const failure = asPhasewrightError(error, {
      doing: `ask '${record.slug}' how it stands`,
      address: context.address,
    });
    // Asking a workflow that failed before it could answer is as good as having no worker: the server knows the rest.
    if (failure.code !== 'NoWorker' && record.open) throw failure;
    const outcome =
      record.execution === 'COMPLETED'
        ? await optional(() => outcomeOf<EitherOutcome>(context, record))
        : undefined;
    return { status: fromServer(record, outcome), workspace: null, record };
  }
}

/** The live status, or `NoWorker`: for commands that need to know before they act. */
export async function lookLive(context: ClientContext, record: ProjectRecord): Promise<Look> {
  if (record.kind === 'task') {
    const view = await query<TaskStatusView>(context, record, record.workflowId);
    return { status: fromTaskView(record, view), workspace: view.workspace, record };
  }
  const view = await query<ProjectStatusView>(context, record, record.workflowId);
  const running = view.phases.find(
    ({ status }) => status === 'running' || status === 'awaiting_approval' || status === 'changes_requested',
  );
  const phase =
    record.open && running !== undefined
      ? await optional(() =>
          query<PhaseStatusView>(context, record, phaseWorkflowId(view.slug, running.number)),
        )
      : undefined;
  const current = phase?.currentTask ?? null;
  const task =
    phase === undefined || current === null
      ? undefined
      : await optional(() =>
          query<TaskStatusView>(context, record, taskWorkflowId(view.slug, phase.number, current)),
        );
  return { status: fromProjectView(record, view, phase, task), workspace: view.workspace, record };
}

async function query<View>(context: ClientContext, record: ProjectRecord, workflowId: string): Promise<View> {
  const doing = `ask '${record.slug}' how it stands`;
  try {
    return await askWorker(context, doing, () =>
      context.client.workflow.getHandle(workflowId).query<View>('status'),
    );
  } catch (error) {
    throw asPhasewrightError(error, { doing, address: context.address });
  }
}

/** A child that just ended, or a slow one: the parent's view stands. */
async function optional<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof PhasewrightError && error.code !== 'ServerUnavailable') return undefined;
    throw error;
  }
}

/** The outcome of a workflow that completed; its failure is thrown. */
export async function outcomeOf<Outcome>(
  context: ClientContext,
  record: Pick<ProjectRecord, 'slug' | 'workflowId'>,
): Promise<Outcome> {
  const doing = `read how '${record.slug}' ended`;
  try {
    return await context.client.withDeadline(
      Date.now() + 10_000,
      () => context.client.workflow.getHandle(record.workflowId).result() as Promise<Outcome>,
    );
  } catch (error) {
    throw asPhasewrightError(error, { doing, address: context.address });
  }
}
