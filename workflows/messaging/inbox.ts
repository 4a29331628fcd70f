/**
 * What a child hears from its parent: each message as if it had come by its own signal, older ones than the last not at all.
 * What it refuses of that it reports.
 */
import { allHandlersFinished, condition, workflowInfo } from '@temporalio/workflow';
import type { Refusal } from '../../domain/approval/gate.ts';
import { keepLast, type RefusedCommand } from '../../domain/messages/messages.ts';
import { parentToldSignal } from '../messages.ts';
import type { Handler, MessageHandlers } from './message-handlers.ts';
import { reportHandler } from './report-handler.ts';
import type { Reporter } from './reports.ts';

export interface Told {
  readonly state: { refusals: readonly RefusedCommand[] };
  readonly live: { readonly handlers: MessageHandlers; readonly reporter: Reporter };
}

const notOurParent: Refusal = {
  code: 'InvalidMessage',
  message: 'Only the workflow that started this one is heeded under this name; nothing was done.',
};

export function parentHandler(run: Told): Handler {
  const { parent } = workflowInfo();
  let last = 0;
  return reportHandler(parentToldSignal, async ({ run: from, sequence, name, payload }) => {
    // A parent continues as new only between two children, so that the run that started this one is the one that tells it.
    if (from !== parent?.runId) return void run.live.handlers.refuse(parentToldSignal.name, notOurParent);
    if (sequence <= last) return;
    last = sequence;
    const refusal = await run.live.handlers.receive(name, payload);
    // Each forwarded command has an id; what else a parent tells is never refused.
    if (refusal === undefined || !('commandId' in payload) || typeof payload.commandId !== 'string') return;
    reportRefusal(run, { commandId: payload.commandId, name, refusal });
  });
}

/** The parent hears of it with the next report. */
export function reportRefusal({ state, live }: Told, refused: RefusedCommand): void {
  state.refusals = keepLast(state.refusals, refused, MAX_REFUSALS);
  live.reporter.changed();
}
const MAX_REFUSALS = 20;

/** Before a child ends: what it refused is heard by its parent, as long as that listens. */
export async function allHeard({ state }: Told): Promise<void> {
  await condition(allHandlersFinished);
  if (state.refusals.length === 0) return;
  await condition(() => state.refusals.length === 0, '10s');
  await condition(allHandlersFinished);
}
