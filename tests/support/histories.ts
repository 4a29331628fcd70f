/** Reading a workflow's history. */
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';

export interface HistoryEvent {
  readonly id: number;
  /** The name of the attributes that are set, e.g. `childWorkflowExecutionCompletedEventAttributes` without the suffix. */
  readonly kind: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const suffix = 'EventAttributes';

export async function historyOf(handle: WorkflowHandle): Promise<readonly HistoryEvent[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map((event) => {
    const [kind = 'unknown', attributes] =
      Object.entries(event).find(
        ([key, value]) => key.endsWith(suffix) && value !== null && value !== undefined,
      ) ?? [];
    return {
      id: Number(event.eventId),
      kind: kind.slice(0, -suffix.length),
      attributes: (attributes ?? {}) as unknown as Record<string, unknown>,
    };
  });
}

/** What an event carries as its only payload. */
export function payloadOf<T>(event: HistoryEvent | undefined, field: 'input' | 'result'): T {
  const { payloads } = (event?.attributes[field] ?? { payloads: [] }) as { payloads: Payload[] };
  return defaultPayloadConverter.fromPayload<T>(payloads[0] as Payload);
}

/** Undefined: the event is about no activity by name. */
export const activityOf = ({ attributes }: HistoryEvent): string | undefined =>
  (attributes['activityType'] as { readonly name?: string } | undefined)?.name;

/** Of all activities, or of those by one name. */
export const scheduledIn = (events: readonly HistoryEvent[], name?: string): readonly HistoryEvent[] =>
  events.filter(
    (event) => event.kind === 'activityTaskScheduled' && (name === undefined || activityOf(event) === name),
  );

/** Id of the first workflow task completed after an event. */
export const firstTaskAfter = (events: readonly HistoryEvent[], id: number): number | undefined =>
  events.find((event) => event.id > id && event.kind === 'workflowTaskCompleted')?.id;
