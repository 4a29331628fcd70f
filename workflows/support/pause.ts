/** What a pause holds: everything that would begin something new waits here. */
import { condition } from '@temporalio/workflow';

/** Looks again when it wakes up: a resume and another pause may have come with the same workflow task. */
export async function notPaused(state: { readonly paused: boolean }): Promise<void> {
  while (state.paused) await condition(() => !state.paused);
}
