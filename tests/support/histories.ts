/** Reading a workflow's history. */
import type { WorkflowHandle } from '@temporalio/client';

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

/** Id of the first workflow task completed after an event. */
export const firstTaskAfter = (events: readonly HistoryEvent[], id: number): number | undefined =>
  events.find((event) => event.id > id && event.kind === 'workflowTaskCompleted')?.id;
