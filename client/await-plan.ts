/** What became of a start: the first activity validates the plan, and whoever started it should hear when that failed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PhasewrightError } from './errors.ts';
import { describe } from './records.ts';
import { hasWorker, type ClientContext } from './context.ts';
import type { StartReport } from './start.ts';
import { lookLive, outcomeOf } from './status.ts';

/**
 * `planned`: it goes on. `pending`: not validated yet (no worker polls, or it takes longer than `withinMs`). A plan that
 * was turned away throws its code (`InvalidProject`, `NoAgent`, `BaseNotFound`, …).
 */
export async function awaitPlan(
  context: ClientContext,
  { workflowId, slug }: Pick<StartReport, 'workflowId' | 'slug'>,
  { withinMs = 10_000 }: { readonly withinMs?: number } = {},
): Promise<'planned' | 'pending'> {
  for (const deadline = Date.now() + withinMs; ; await sleep(150)) {
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
    if (Date.now() > deadline) return 'pending';
  }
}
