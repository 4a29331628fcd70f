/** A merge that the code host's own rules hold up: people are told once, and the next change of anything tries again. */
import { condition } from '@temporalio/workflow';
import type { NotifyTarget, WorkspaceRef } from '../../domain/model/project.ts';
import { sharedActivities } from '../activity-proxies.ts';
import { type PullRequestListener, readSnapshot, nextChange } from './watch.ts';

export interface HeldUp {
  readonly workspace: WorkspaceRef;
  readonly number: number;
  readonly url: string;
  readonly listener: PullRequestListener;
  readonly slug: string;
  readonly notify: readonly NotifyTarget[];
  /** What it waits for; null: no longer. */
  readonly show: (heldUp: string | null) => void;
}

/** Returns when it is worth trying again. */
export async function awaitUnblocked(on: HeldUp, why: string): Promise<void> {
  const { workspace, number, listener } = on;
  const heldUp = `the code host to merge #${number}: ${why}`;
  on.show(heldUp);
  tell(on, why, `Pull request #${number} is approved, and waits for ${heldUp}`);
  const heard = listener.wakeUps;
  const look = await readSnapshot(workspace, number);
  if (look.blocked) await nextChange({ workspace, number, listener, seen: look.digest });
  // It says no and yes at once, as after a change of its rules: not too often.
  else await condition(() => listener.wakeUps !== heard, '30s', { summary: `merge #${number} again` });
  on.show(null);
}

/** The same reason is said once for a pull request, however often it is tried. Not awaited: no channel holds a project up. */
function tell({ listener, number, slug, notify, url }: HeldUp, why: string, text: string): void {
  const told = `blocked:${number}:${why}`;
  if (listener.alreadySaid.has(told) || notify.length === 0) return;
  listener.alreadySaid.add(told);
  const id = `${slug}:blocked:${number}:${Date.now()}`;
  const title = `Pull request #${number} can't be merged yet`;
  sharedActivities('tell people: merge held up')
    .notify({
      targets: notify,
      notice: { id, kind: 'waiting_for_merge', project: slug, title, text, command: null, link: url },
    })
    .catch(() => undefined);
}
