/** What one of our own programs tells a workflow by signal; anything else under that name is refused. */
import type { SignalDefinition } from '@temporalio/workflow';
import { type ReportName, reportProblem } from '../../domain/messages/child-reports.ts';
import type { Handler } from './message-handlers.ts';

export function reportHandler<T>(
  { name }: SignalDefinition<[T], ReportName>,
  act: (report: T) => void | Promise<void>,
): Handler {
  return {
    name,
    description: "between Phasewright's own programs",
    async receive(payload, handlers) {
      const problem = reportProblem(name, payload);
      if (problem !== undefined) return handlers.refuse(name, { code: 'InvalidMessage', message: problem });
      // Its shape has just been checked, field by field.
      await act(payload as T);
      return undefined;
    },
  };
}
