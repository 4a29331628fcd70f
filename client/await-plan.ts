/** What became of a start: the first activity validates the plan, and whoever started it should hear when that failed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTroubled } from '../domain/views/pending.ts';
import { PhasewrightError } from './errors.ts';
import { findPending } from './pending.ts';
import { describe } from './records.ts';
import { hasWorker, type ClientContext } from './context.ts';
import type { StartReport } from './start.ts';
import { lookLive, outcomeOf } from './status.ts';

/** So long it may take before it is asked whether anything fails. */
const USUALLY_MS = 2_000;

/**
 * `planned`: it goes on. `pending`: not validated yet (no worker polls, it fails and is tried again, or it takes longer than
 * `withinMs`). A plan that was turned away throws its code (`InvalidProject`, `NoAgent`, `BaseNotFound`, …).
 */
export async function awaitPlan(
  context: ClientContext,
  { workflowId, slug }: Pick<StartReport, 'workflowId' | 'slug'>,
  { withinMs = 10_000 }: { readonly withinMs?: number } = {},
): Promise<'planned' | 'pending'> {
  const began = Date.now();
  for (;;) {
    const record = await describe(context, workflowId);
    if (record === undefined) return 'pending';
    if (!record.open) {
      await outcomeOf(context, { slug, workflowId });
      return 'planned';
    }
    if (!(await hasWorker(context))) return 'pending';
    const look = await lookLive(context, record).catch((error: unknown) => {
      if (error instanceof PhasewrightError && error.code !== 'ServerUnavailable') return undefined;
      throw error;
    });
    if (look !== undefined && look.workspace !== null) return 'planned';
    const passed = Date.now() - began;
    if (passed > withinMs) return 'pending';
    if (passed > USUALLY_MS && (await findPending(context, record)).some(isTroubled)) return 'pending';
    await sleep(passed > USUALLY_MS ? 500 : 150);
  }
}
