/** Scenes that are played at the same time, a few at once; each test awaits its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type StandIn, startStandIn } from '../activities/notify/stand-in.ts';
import { lanes } from '../support/lanes.ts';
import { type Stage, startStage } from './stage.ts';

/** All scenes together, on a busy machine. */
const longest = 400_000;

export interface Scenes {
  /** A test by that name. */
  scene(title: string, play: (stage: Stage) => Promise<void>): void;
  /** For a project that tells people. */
  notify(): { readonly notify: readonly unknown[] };
  /** Texts of the notices of this kind that a project has sent; waits for the first. */
  notices(project: { readonly slug: string }, kind: string): Promise<readonly string[]>;
  /** After the last scene. */
  curtain(): void;
}

export function setScenes(
  options: { readonly atOnce?: number; readonly stage?: Parameters<typeof startStage>[0] } = {},
): Scenes {
  const plays = new Map<string, (stage: Stage) => Promise<void>>();
  let stage: Stage;
  let channel: StandIn;
  let playing = new Map<string, Promise<void>>();
  const ended = () => Promise.allSettled(playing.values());
  beforeAll(async () => {
    channel = await startStandIn({ status: 200 });
    stage = await startStage({ pollMs: 400, ...options.stage });
    stage.double.addUser('rosa');
    stage.double.addUser('lint', { kind: 'app' });
    const lane = lanes(options.atOnce ?? 4);
    playing = new Map([...plays].map(([title, play]) => [title, lane(() => play(stage))]));
  });
  afterAll(async () => {
    await ended();
    await stage.close();
    await channel.close();
  }, longest);
  const sent = (slug: string, kind: string) =>
    channel.asked
      .map(({ raw }) => JSON.parse(raw) as { kind: string; project: string; text: string })
      .filter((notice) => notice.project === slug && notice.kind === kind)
      .map(({ text }) => text);
  return {
    notify: () => ({ notify: [{ webhook: channel.url }] }),
    async notices({ slug }, kind) {
      for (let left = 100; left > 0 && sent(slug, kind).length === 0; left -= 1) await sleep(100);
      return sent(slug, kind);
    },
    scene(title, play) {
      if (plays.has(title)) throw new Error(`There are two scenes of the name '${title}'.`);
      plays.set(title, play);
      it(title, () => playing.get(title), longest);
    },
    curtain() {
      it(
        'asks nothing of GitHub that it does not have',
        async () => {
          await ended();
          // GitHub's description has no null for the line of a comment whose line is gone; GitHub sends it.
          const known = /^response\/\d+\/(position|line) must be integer$/;
          const wrong = stage.double
            .nonConforming()
            .filter(({ problems }) => !problems.every((text) => known.test(text)));
          expect(wrong).toEqual([]);
          expect(stage.double.exchanges.filter(({ status }) => status === 501)).toEqual([]);
        },
        longest,
      );
    },
  };
}
