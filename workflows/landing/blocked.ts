/**
 * A merge that the code host's own rules hold up: people are told once, and it is tried again when something changed. What must
 * stay true: nothing that happens, and nothing that doesn't, makes it ask the host often.
 */
import { CancellationScope, condition } from '@temporalio/workflow';
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

const minute = 60_000;
/** A rule may have changed although nothing shows it: so long after the first refusal for a reason, the second, and so on. */
const pauses = [1, 2, 4, 8, 15].map((minutes) => minutes * minute);
const pauseAfter = (times: number): number => pauses[Math.min(times, pauses.length) - 1] ?? minute;
/** A hint that leads to no news may be of a rule, or of anything else that goes on in the repository. */
const longestAfterHint = 5 * minute;
/** What changes again and again is waited out. */
const shortestAfter = (times: number): number => Math.min(minute, 1_000 * 2 ** Math.min(times, 10));

/** Until it is worth trying again. */
async function awaitChange(owner: LandingOwner, { number, url }: PullRequestRef, why: string): Promise<void> {
  const { workspace, listener } = owner;
  const { wakeUps, nudges } = listener;
  const began = Date.now();
  const text = `the code host to merge #${number}: ${why}`;
  owner.onWaiting({ kind: 'host', text });
  const times = listener.timesSaid(`blocked:${number}:${why}`);
  // The same reason is told once for a pull request, however often it is tried.
  if (times === 1)
    tell(audience(owner), {
      kind: 'waiting_for_merge',
      title: `Pull request #${number} can't be merged yet`,
      text: `Pull request #${number} is approved, and waits for ${text}`,
      link: url,
    });
  const pause = pauseAfter(times);
  const { digest: seen } = await readSnapshot(workspace, number);
  const onTrouble = (trouble: string) => owner.onWaiting({ kind: 'host', text: `${text} (${trouble})` });
  /** True: a person asks for it. */
  const nudged = async (ms: number) => ms > 0 && condition(() => listener.nudges !== nudges, ms);
  const hinted = async () => {
    await condition(() => listener.wakeUps !== wakeUps);
    await nudged(began + Math.min(pause / 2, longestAfterHint) - Date.now());
  };
  const calm = times >= pauses.length;
  const scope = new CancellationScope();
  try {
    await scope.run(() =>
      Promise.race([
        nextChange({ workspace, number, listener, seen, onTrouble, calm }),
        hinted(),
        nudged(pause),
      ]),
    );
    await nudged(began + shortestAfter(times) - Date.now());
  } finally {
    scope.cancel();
  }
  owner.onWaiting(null);
}
