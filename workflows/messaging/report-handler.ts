/** What one of our own programs tells a workflow by signal; anything else under that name is refused. */
import type { SignalDefinition } from '@temporalio/workflow';
import type { Refusal } from '../../domain/approval/gate.ts';
import { type ReportName, reportProblem } from '../../domain/messages/child-reports.ts';
import type { Handler, MessageHandlers } from './message-handlers.ts';
import type { createReportFilter, Stamp } from './reports.ts';

export function reportHandler<T>(
  { name }: SignalDefinition<[T], ReportName>,
  act: (report: T, handlers: MessageHandlers) => void | Promise<void>,
): Handler {
  return {
    name,
    description: "between Phasewright's own programs",
    async receive(payload, handlers) {
      const problem = reportProblem(name, payload);
      if (problem !== undefined) return handlers.refuse(name, { code: 'InvalidMessage', message: problem });
      // Its shape has just been checked, field by field.
      await act(payload as T, handlers);
      return undefined;
    },
  };
}

/** What a child reports of itself: another's is refused, an older one is passed over. */
export const childReportHandler = <T extends Stamp>(
  signal: SignalDefinition<[T], ReportName>,
  standingOf: ReturnType<typeof createReportFilter>,
  {
    concernsChild,
    act,
  }: { readonly concernsChild: (report: T) => boolean; readonly act: (report: T) => void },
): Handler =>
  reportHandler(signal, async (report, handlers) => {
    const standing = await standingOf(report, () => concernsChild(report));
    if (standing === 'news') act(report);
    else if (standing === 'foreign') handlers.refuse(signal.name, notOfTheChild);
  });

const notOfTheChild: Refusal = {
  code: 'InvalidMessage',
  message: 'Only what runs below this workflow is heeded under this name, about itself; nothing was done.',
};
