/** What became of a start, for people: that it goes on, or what keeps its plan from being made. Pure. */
import type { PendingWork } from '../../../domain/views/pending.ts';
import type { StartReport } from '../../start.ts';
import { oneLine, type Style } from './lines.ts';
import { pendingLines } from './pending-text.ts';

export interface Begun {
  readonly started: StartReport;
  readonly plan: 'planned' | 'pending';
  /** Whether any worker polls. */
  readonly worker: boolean;
  readonly pending: readonly PendingWork[];
}

export function startText(
  { started, plan, worker, pending }: Begun,
  view: { readonly style: Style; readonly now: number },
): string {
  const unplanned = worker
    ? ['It is still being validated.', ...pendingLines(pending, view)]
    : ["No worker polls: it begins when one does ('phasewright dev' or 'phasewright worker')."];
  const lines = [
    oneLine(started.message, 1_000),
    ...(plan === 'planned' ? [] : unplanned),
    `  phasewright status ${started.slug} --watch`,
  ];
  return `${lines.join('\n')}\n`;
}
