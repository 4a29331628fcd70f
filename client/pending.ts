/**
 * What a project's workflows have handed out and not got back: asked of the server, so that it is known without a worker too.
 * Children are followed by the ids that the server gives, from the project to its phase and task.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { parseWorkflowId } from '../domain/names/workflow-ids.ts';
import { agentTaskQueue, hostTaskQueue } from '../domain/names/task-queues.ts';
import { type ClientContext, reach } from './context.ts';
import { type PendingActivity, type RawPendingActivity, toPending } from './pending-view.ts';
import { findPollers, livePollers } from './pollers.ts';
import type { ProjectRecord } from './records.ts';

/** Of a running project or standalone task, the project's own first; of an ended one: nothing. */
export async function findPending(
  context: ClientContext,
  record: Pick<ProjectRecord, 'workflowId' | 'slug' | 'open'>,
): Promise<readonly PendingActivity[]> {
  if (!record.open) return [];
  const pending = await pendingOf(context, record.workflowId);
  const hosts = new Set(
    pending.flatMap(({ host, state }) => (host === null || state === 'running' ? [] : [host])),
  );
  const away = new Map<string, number | null>();
  for (const host of hosts) {
    const seen = await lastSeenIfAway(context, host);
    if (seen !== undefined) away.set(host, seen);
  }
  return pending.map((each) => {
    const seen = each.host === null || each.state === 'running' ? undefined : away.get(each.host);
    // A host that the server has forgotten has been away for at least as long as this waits.
    return seen === undefined
      ? each
      : { ...each, hostAwaySince: seen === null ? each.since : new Date(seen).toISOString() };
  });
}

async function pendingOf(context: ClientContext, workflowId: string): Promise<readonly PendingActivity[]> {
  const raw = await reach(context, `see what '${workflowId}' waits for`, async () => {
    try {
      return (await context.client.workflow.getHandle(workflowId).describe()).raw;
    } catch (error) {
      // It ended between two looks.
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  });
  const own = (raw?.pendingActivities ?? []).map((each) => toPending(workflowId, each as RawPendingActivity));
  const children = (raw?.pendingChildren ?? []).flatMap(({ workflowId: id }) =>
    id != null && parseWorkflowId(id) !== undefined ? [id] : [],
  );
  const below = await Promise.all(children.map((id) => pendingOf(context, id)));
  return [...own, ...below.flat()];
}

/** Undefined: a worker of the host polls. Null: the server has forgotten when one did last. */
async function lastSeenIfAway(context: ClientContext, host: string): Promise<number | null | undefined> {
  const pollers = await reach(context, `look for host ${host}`, () =>
    Promise.all(
      [hostTaskQueue(host), agentTaskQueue(host)].map((queue) =>
        findPollers(context.client, queue, 'activities'),
      ),
    ),
  );
  const all = pollers.flat();
  if (livePollers(all, { now: Date.now() }).length > 0) return undefined;
  return all.length === 0 ? null : Math.max(...all.map(({ seenAt }) => seenAt));
}
