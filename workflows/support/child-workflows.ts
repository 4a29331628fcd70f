/** Starting children under ids that stay the same over retries. */
import { ApplicationFailure, sleep } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

const MAX_WAITS = 30;

/** If the old run of the id is still cleaning up: wait and try again, bounded. */
export async function startStable<T>(start: () => Promise<T>): Promise<T> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (waits >= MAX_WAITS) {
        throw ApplicationFailure.nonRetryable(
          `'${error.workflowId}' still runs after ${MAX_WAITS} waits; look at it in the Web UI, end it, then retry.`,
          'Unexpected',
        );
      }
      await sleep('2s', { summary: `the earlier run of ${error.workflowId} is ending` });
    }
  }
}
