/**
 * Signals may carry any name, but the SDK throws at an unhandled one of its own names, and the task would fail for ever.
 * Such a signal is given another name before the SDK looks, so that it is refused like every unknown one.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

const RESERVED = '__temporal_';

export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      activate(input, next) {
        for (const { signalWorkflow: signal } of input.activation.jobs ?? []) {
          if (signal?.signalName?.startsWith(RESERVED)) signal.signalName = `reserved: ${signal.signalName}`;
        }
        next(input);
      },
    },
  ],
});
