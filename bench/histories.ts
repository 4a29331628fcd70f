/** What a run left in Temporal: the tree of its workflows with events, bytes, activities and the times between them. */
import type { Client } from '@temporalio/client';
import type { Shape } from './shape.ts';

export interface ActivityTimes {
  readonly name: string;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly scheduled: number;
  readonly started: number;
  readonly closed: number;
}

export interface WorkflowTree {
  readonly workflowId: string;
  readonly type: string;
  readonly events: number;
  readonly bytes: number;
  readonly activities: readonly ActivityTimes[];
  /** Sent to other workflows. */
  readonly signals: number;
  /** The first approval that it got: when, and how many activities it had begun before. */
  readonly decided: { readonly at: number; readonly afterActivities: number } | null;
  readonly children: readonly WorkflowTree[];
}

interface Time {
  readonly seconds?: unknown;
  readonly nanos?: number | null;
}
const ms = (time: Time | null | undefined): number =>
  Number(time?.seconds ?? Number.NaN) * 1000 + (time?.nanos ?? 0) / 1e6;

export async function readTree(client: Client, workflowId: string): Promise<WorkflowTree> {
  const handle = client.workflow.getHandle(workflowId);
  const [{ historyLength, historySize, type }, { events }] = await Promise.all([
    handle.describe(),
    handle.fetchHistory(),
  ]);
  const activities = new Map<string, { name: string; scheduled: number; started: number; closed: number }>();
  const children: string[] = [];
  let signals = 0;
  let decided: WorkflowTree['decided'] = null;
  for (const event of events ?? []) {
    const at = ms(event.eventTime);
    const scheduled = event.activityTaskScheduledEventAttributes;
    const started = event.activityTaskStartedEventAttributes;
    const closed = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes;
    const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
    const message =
      event.workflowExecutionUpdateAcceptedEventAttributes ?? event.workflowExecutionSignaledEventAttributes;
    if (scheduled)
      activities.set(String(event.eventId), {
        name: scheduled.activityType?.name ?? '',
        scheduled: at,
        started: Number.NaN,
        closed: Number.NaN,
      });
    const running = activities.get(String(started?.scheduledEventId ?? closed?.scheduledEventId));
    if (running && started) running.started = at;
    if (running && closed) running.closed = at;
    if (child) children.push(child.workflowId ?? '');
    if (event.signalExternalWorkflowExecutionInitiatedEventAttributes) signals += 1;
    if (message && isApproval(message)) decided ??= { at, afterActivities: activities.size };
  }
  return {
    workflowId,
    type,
    events: historyLength,
    bytes: historySize ?? Number.NaN,
    activities: [...activities.values()],
    signals,
    decided,
    children: await Promise.all(children.map((id) => readTree(client, id))),
  };
}

const isApproval = (event: {
  readonly signalName?: string | null;
  readonly acceptedRequest?: { readonly input?: { readonly name?: string | null } | null } | null;
}): boolean => event.signalName === 'approve' || event.acceptedRequest?.input?.name === 'approve';

export const shapeOf = (tree: WorkflowTree): Shape => ({
  activities: tree.activities.length,
  signals: tree.signals,
  gateAfter: tree.decided?.afterActivities ?? null,
  children: tree.children.map(shapeOf),
});

export const workflowsOf = (tree: WorkflowTree): readonly WorkflowTree[] => [
  tree,
  ...tree.children.flatMap(workflowsOf),
];
export const activitiesOf = (tree: WorkflowTree): readonly ActivityTimes[] =>
  workflowsOf(tree).flatMap(({ activities }) => activities);

/** The decision, and the first activity after it; undefined: none has started. */
export function reactionIn({ decided, activities }: WorkflowTree) {
  const next = decided === null ? undefined : activities[decided.afterActivities];
  if (decided === null || next === undefined || Number.isNaN(next.started)) return undefined;
  return { decided: decided.at, scheduled: next.scheduled, started: next.started };
}
