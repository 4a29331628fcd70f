/**
 * What a project's workflows have handed out and not got back: asked of the server, so that it is known without a worker too.
 * Children are followed by the ids that the server gives, from the project to its phase and task.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { parseWorkflowId } from '../domain/names/workflow-ids.ts';
import { agentTaskQueue, hostTaskQueue } from '../domain/names/task-queues.ts';
import type { PendingWork } from '../domain/views/pending.ts';
import { type ClientContext, reach } from './context.ts';
import {
  begunAt,
  type RawEvent,
  type RawPendingActivity,
  type RawWorkflowTask,
  toPending,
  toPendingStep,
} from './pending-view.ts';
import { findPollers, livePollers } from './pollers.ts';
import type { ProjectRecord } from './records.ts';

/** Of a running project or standalone task, the project's own first; of an ended one: nothing. */
export async function findPending(
  context: ClientContext,
  record: Pick<ProjectRecord, 'workflowId' | 'slug' | 'open'>,
): Promise<readonly PendingWork[]> {
  if (!record.open) return [];
  const found = await pendingOf(context, record.workflowId);
  const away = new Map<string, number | null>();
  for (const place of new Map(found.filter(waitsForWorker).map((each) => [placeKey(each), each])).values()) {
    const seen = await lastSeenIfAway(context, place);
    if (seen !== undefined) away.set(placeKey(place), seen);
  }
  return found
    .map((each) => {
      const seen = waitsForWorker(each) ? away.get(placeKey(each)) : undefined;
      // Whom the server has forgotten has been away for at least as long as this waits.
      return seen === undefined
        ? each.work
        : { ...each.work, hostAwaySince: seen === null ? each.work.since : new Date(seen).toISOString() };
    })
    .filter(isWorthTelling);
}

interface Found {
  readonly work: PendingWork;
  /** Where it waits for a worker. */
  readonly taskQueue: string;
}

const waitsForWorker = ({ work }: Found): boolean => work.state !== 'running';
const placeKey = ({ work, taskQueue }: Found): string => work.host ?? `any ${taskQueue}`;

/** A step that a worker is about to take is how workflows go on, and no news. */
const isWorthTelling = ({ kind, attempt, hostAwaySince }: PendingWork): boolean =>
  kind !== 'workflow_task' || attempt > 1 || hostAwaySince !== null;

async function pendingOf(context: ClientContext, workflowId: string): Promise<readonly Found[]> {
  const raw = await reach(context, `see what '${workflowId}' waits for`, async () => {
    try {
      return (await context.client.workflow.getHandle(workflowId).describe()).raw;
    } catch (error) {
      // It ended between two looks.
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  });
  const shared = raw?.executionConfig?.taskQueue?.name ?? context.taskQueue;
  const task = (raw?.pendingWorkflowTask ?? null) as RawWorkflowTask | null;
  const activities = ((raw?.pendingActivities ?? []) as readonly RawPendingActivity[]).map((activity) => ({
    activity,
    work: toPending(workflowId, activity),
  }));
  const stepFails = (task?.attempt ?? 1) > 1;
  const events =
    stepFails || activities.some(({ work }) => work.lastFailure !== null)
      ? await newestEvents(context, workflowId)
      : null;
  const step =
    task === null
      ? []
      : [{ work: toPendingStep(workflowId, task, stepFails ? events : null), taskQueue: shared }];
  const handedOut = activities.map(({ activity, work }) => ({
    work:
      work.lastFailure === null || events === null ? work : { ...work, begunAt: begunAt(events, activity) },
    taskQueue: activity.activityOptions?.taskQueue?.name ?? shared,
  }));
  const children = (raw?.pendingChildren ?? []).flatMap(({ workflowId: id }) =>
    id != null && parseWorkflowId(id) !== undefined ? [id] : [],
  );
  const below = await Promise.all(children.map((id) => pendingOf(context, id)));
  return [...step, ...handedOut, ...below.flat()];
}

/** Newest first. While something is tried again, a workflow's history hardly grows. */
async function newestEvents(context: ClientContext, workflowId: string): Promise<readonly RawEvent[]> {
  const { history } = await reach(context, `see since when '${workflowId}' waits`, () =>
    context.client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: context.client.options.namespace,
      execution: { workflowId },
      maximumPageSize: 30,
    }),
  );
  return (history?.events ?? []) as readonly RawEvent[];
}

/** Undefined: a worker polls there. Null: the server has forgotten when one did last. */
async function lastSeenIfAway(
  context: ClientContext,
  { work: { host }, taskQueue }: Found,
): Promise<number | null | undefined> {
  const all = await reach(context, 'look for workers', async () => {
    if (host === null) return findPollers(context.client, taskQueue);
    const queues = [hostTaskQueue(host), agentTaskQueue(host)];
    const found = await Promise.all(queues.map((queue) => findPollers(context.client, queue, 'activities')));
    return found.flat();
  });
  if (livePollers(all, { now: Date.now() }).length > 0) return undefined;
  return all.length === 0 ? null : Math.max(...all.map(({ seenAt }) => seenAt));
}
