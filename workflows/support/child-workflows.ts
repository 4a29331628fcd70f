/** Starting children under ids that stay the same over retries, and telling them what comes up while they run. */
import {
  ApplicationFailure,
  type ChildWorkflowHandle,
  sleep,
  type Workflow,
  type WorkflowResultType,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Outbox } from '../messaging/outbox.ts';

const MAX_WAITS = 30;

/**
 * Until it ends. `start` makes its input anew each time; what the outbox is given meanwhile is told once it has started. `onWait`
 * hears what its start waits for, and null when it has started.
 */
export async function runChild<W extends Workflow>(
  outbox: Outbox,
  start: () => Promise<ChildWorkflowHandle<W>>,
  onWait: (why: string | null) => void,
): Promise<WorkflowResultType<W>> {
  outbox.open();
  try {
    const child = await startStable(start, onWait);
    outbox.started(child);
    return await child.result();
  } finally {
    outbox.ended();
  }
}

/** If the old run of the id is still cleaning up: wait and try again, bounded. */
async function startStable<T>(start: () => Promise<T>, onWait: (why: string | null) => void): Promise<T> {
  for (let waits = 0; ; waits += 1) {
    try {
      const started = await start();
      if (waits > 0) onWait(null);
      return started;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (waits >= MAX_WAITS) {
        throw ApplicationFailure.nonRetryable(
          `'${error.workflowId}' still runs after ${MAX_WAITS} waits; look at it in the Web UI, end it, then retry.`,
          'Unexpected',
        );
      }
      if (waits === 0) onWait(`waits for the earlier run of ${error.workflowId} to end`);
      await sleep('2s', { summary: `the earlier run of ${error.workflowId} is ending` });
    }
  }
}
