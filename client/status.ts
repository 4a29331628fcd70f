/**
 * How a project stands. Children report to the parent at task end and gate change only, so live detail is composed here:
 * the project's own view, then the running phase's, then the running task's. Without a worker: what the server knows.
 */
import { phaseWorkflowId, taskWorkflowId } from '../domain/names/ids.ts';
import type { WorkspaceRef } from '../domain/model/project.ts';
import type { PhaseStatusView, ProjectStatusView, TaskStatusView } from '../domain/views/status.ts';
import { asPhasewrightError, PhasewrightError } from './errors.ts';
import { find, type Known } from './known.ts';
import { askWorker, type Room } from './room.ts';
import { type EitherOutcome, fromProjectView, fromServer, fromTaskView, type Status } from './status-view.ts';

/** A status with what only this package needs. */
export interface Look {
  readonly status: Status;
  /** Where its git work happens; null: not known yet. */
  readonly workspace: WorkspaceRef | null;
  readonly known: Known;
}

/** The status as a worker or, without one, the server knows it. */
export async function look(room: Room, slug: string): Promise<Look> {
  const known = await find(room, slug);
  return lookAt(room, known);
}

export async function lookAt(room: Room, known: Known): Promise<Look> {
  try {
    return await lookLive(room, known);
  } catch (error) {
    const failure = asPhasewrightError(error, {
      doing: `ask '${known.slug}' how it stands`,
      address: room.address,
    });
    // Asking a workflow that failed before it could answer is as good as having no worker: the server knows the rest.
    if (failure.code !== 'NoWorker' && known.open) throw failure;
    const outcome =
      known.execution === 'COMPLETED'
        ? await optional(() => outcomeOf<EitherOutcome>(room, known))
        : undefined;
    return { status: fromServer(known, outcome), workspace: null, known };
  }
}

/** The live status, or `NoWorker`: for commands that need to know before they act. */
export async function lookLive(room: Room, known: Known): Promise<Look> {
  if (known.kind === 'task') {
    const view = await query<TaskStatusView>(room, known, known.workflowId);
    return { status: fromTaskView(known, view), workspace: view.workspace, known };
  }
  const view = await query<ProjectStatusView>(room, known, known.workflowId);
  const running = view.phases.find(
    ({ status }) => status === 'running' || status === 'awaiting_approval' || status === 'changes_requested',
  );
  const phase =
    known.open && running !== undefined
      ? await optional(() => query<PhaseStatusView>(room, known, phaseWorkflowId(view.slug, running.number)))
      : undefined;
  const current = phase?.currentTask ?? null;
  const task =
    phase === undefined || current === null
      ? undefined
      : await optional(() =>
          query<TaskStatusView>(room, known, taskWorkflowId(view.slug, phase.number, current)),
        );
  return { status: fromProjectView(known, view, phase, task), workspace: view.workspace, known };
}

async function query<View>(room: Room, known: Known, workflowId: string): Promise<View> {
  const doing = `ask '${known.slug}' how it stands`;
  try {
    return await askWorker(room, doing, () =>
      room.client.workflow.getHandle(workflowId).query<View>('status'),
    );
  } catch (error) {
    throw asPhasewrightError(error, { doing, address: room.address });
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
  room: Room,
  known: Pick<Known, 'slug' | 'workflowId'>,
): Promise<Outcome> {
  const doing = `read how '${known.slug}' ended`;
  try {
    return await room.client.withDeadline(
      Date.now() + 10_000,
      () => room.client.workflow.getHandle(known.workflowId).result() as Promise<Outcome>,
    );
  } catch (error) {
    throw asPhasewrightError(error, { doing, address: room.address });
  }
}
