/**
 * Watching a pull request on a code host. Polling is the truth: one activity ends when there is news, and the server tries it
 * again until then, with no slot and no event in between. A hint (a webhook came) only makes it look at once.
 */
import { CancellationScope, condition, isCancellation, sleep, Trigger } from '@temporalio/workflow';
import { longestPauseMs } from '../../domain/failure.ts';
import type { PullRequestSnapshot } from '../../domain/model/pull-request.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';
import { firstWords } from '../../domain/text/first-words.ts';
import { endSentence } from '../../domain/text/sentence.ts';
import { hostActivities } from '../activity-proxies.ts';
import { describeError, warn } from '../support/failures.ts';

/** What a workflow hears from code hosts, and whose words it has turned away already. */
export interface PullRequestListener {
  /** Counts up when it is time to look: at a hint, at most once per interval however many come. */
  readonly wakeUps: number;
  /** Counts up when a person asks for another try of what waits. */
  readonly nudges: number;
  /** Once for each saying: what has been said is not said again. */
  isFirstTime(saying: string): boolean;
  /** This time included. */
  timesSaid(saying: string): number;
  /** Something happened on the code host. */
  hint(): void;
  nudge(): void;
}

const LOOK_INTERVAL = '5s';

/** `onWakeUp`: whoever else should look. */
export function createPullRequestListener(onWakeUp: () => void = () => undefined): PullRequestListener {
  let wakeUps = 0;
  let nudges = 0;
  let rests = false;
  let hinted = false;
  const said = new Map<string, number>();
  const timesSaid = (saying: string): number => {
    const times = (said.get(saying) ?? 0) + 1;
    said.set(saying, times);
    return times;
  };

  async function wakeUp(): Promise<void> {
    rests = true;
    while (hinted) {
      hinted = false;
      wakeUps += 1;
      onWakeUp();
      await sleep(LOOK_INTERVAL, { summary: 'hints of the code host are gathered' });
    }
    rests = false;
  }

  return {
    get wakeUps() {
      return wakeUps;
    },
    get nudges() {
      return nudges;
    },
    isFirstTime: (saying) => timesSaid(saying) === 1,
    timesSaid,
    nudge() {
      nudges += 1;
    },
    hint() {
      hinted = true;
      // Cancelled with the workflow: then nobody looks any more.
      if (!rests) wakeUp().catch(() => undefined);
    },
  };
}

export interface Watched {
  readonly workspace: WorkspaceRef;
  readonly number: number;
  readonly listener: PullRequestListener;
  /** What is known: only a look with another digest is news. */
  readonly seen: string;
  /** Hears the same look more than once, and must not mind. */
  readonly onLook: (look: PullRequestSnapshot) => Promise<void> | void;
  /** Hears why it can't be looked at for a while; a look that follows says that it can. */
  readonly onTrouble?: (why: string) => void;
  /** Nothing is expected soon: it is looked at half as often, and hints are gathered. */
  readonly calm?: boolean;
}

/** Only these have a code host that people use by themselves: of the others nothing is to be heard. */
export const isHosted = ({ repository }: WorkspaceRef): boolean => repository.kind === 'hosted';

export const readSnapshot = (workspace: WorkspaceRef, number: number): Promise<PullRequestSnapshot> =>
  hostActivities(workspace.host, `look at #${number}`).readPullRequest({ workspace, number });

/** Until `stop`; never fails. */
export function watchPullRequest({
  workspace,
  number,
  listener,
  seen,
  onLook,
  onTrouble = () => undefined,
  calm = false,
}: Watched): { stop(): void } {
  const poll = hostActivities(workspace.host, `news of #${number}`, 'poll');
  const scope = new CancellationScope();

  const untilStopped = async (round: () => Promise<void>): Promise<void> => {
    for (;;) {
      try {
        await round();
      } catch (error) {
        if (isCancellation(error)) return;
        const why = describeError(error);
        warn(`Watching #${number} goes on in a minute: ${why}`);
        onTrouble(`#${number} can't be looked at, and is again in a minute: ${endSentence(firstWords(why))}`);
        await sleep(longestPauseMs, { summary: `watch #${number} again` });
      }
    }
  };
  let known = seen;
  const polled = async () => {
    const look = await poll.awaitPullRequestChange({ workspace, number, seen: known, calm });
    known = look.digest;
    await onLook(look);
  };
  let heard = listener.wakeUps;
  const hinted = async () => {
    await condition(() => listener.wakeUps !== heard);
    heard = listener.wakeUps;
    await onLook(await readSnapshot(workspace, number));
    if (calm) await sleep('1m', { summary: 'hints of the code host are gathered' });
  };
  scope
    .run(() => Promise.all([untilStopped(polled), untilStopped(hinted)]))
    .catch((error: unknown) => {
      if (!isCancellation(error)) warn(`Watching #${number} ended: ${describeError(error)}`);
    });
  return { stop: () => scope.cancel() };
}

/** The next news, or a hint that leads to some. */
export async function nextChange(watched: Omit<Watched, 'onLook'>): Promise<PullRequestSnapshot> {
  const news = new Trigger<PullRequestSnapshot>();
  const watch = watchPullRequest({
    ...watched,
    onLook(look) {
      if (look.digest !== watched.seen) news.resolve(look);
    },
  });
  try {
    return await news;
  } finally {
    watch.stop();
  }
}
