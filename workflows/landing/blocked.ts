/** A merge that the code host's own rules hold up: people are told once, and the next change of anything tries again. */
import { condition } from '@temporalio/workflow';
import type { LandingEvent } from '../../domain/landing/landing.ts';
import type { PullRequestRef } from '../../domain/model/pull-request.ts';
import { tell } from '../messaging/notices.ts';
import { audience, type LandingOwner } from './owner.ts';
import { nextChange, readSnapshot } from './watch.ts';

export async function awaitUnblocked(owner: LandingOwner, why: string): Promise<LandingEvent> {
  const { pullRequest } = owner.progress.landing;
  if (pullRequest !== null) await awaitChange(owner, pullRequest, why);
  return { kind: 'unblocked' };
}

/** Until it is worth trying again. */
async function awaitChange(owner: LandingOwner, { number, url }: PullRequestRef, why: string): Promise<void> {
  const { workspace, listener } = owner;
  const text = `the code host to merge #${number}: ${why}`;
  owner.onWaiting({ kind: 'host', text });
  // The same reason is said once for a pull request, however often it is tried.
  if (listener.isFirstTime(`blocked:${number}:${why}`))
    tell(audience(owner), {
      kind: 'waiting_for_merge',
      title: `Pull request #${number} can't be merged yet`,
      text: `Pull request #${number} is approved, and waits for ${text}`,
      link: url,
    });
  const { wakeUps } = listener;
  const look = await readSnapshot(workspace, number);
  const onTrouble = (trouble: string) => owner.onWaiting({ kind: 'host', text: `${text} (${trouble})` });
  if (look.blocked) await nextChange({ workspace, number, listener, seen: look.digest, onTrouble });
  // It says no and yes at once, as after a change of its rules: not too often.
  else await condition(() => listener.wakeUps !== wakeUps, '30s', { summary: `merge #${number} again` });
  owner.onWaiting(null);
}
