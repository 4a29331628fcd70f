/**
 * Every kind of write to the code host, with the answer lost on the way back, the request lost on the way there, or a bad
 * gateway after it was done: the project ends as on a good day, and nothing is done twice.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fault, FaultPlace } from '../support/github-double/faults.ts';
import { faults } from '../support/github-double/index.ts';
import { lanes } from '../support/lanes.ts';
import { type Place, play, playCancelled, type Played } from './play.ts';
import { type Stage, startStage } from './stage.ts';

type Story = (stage: Stage, place: Place, slug: string) => Promise<Played>;

const pulls = '/repos/{owner}/{repo}/pulls';
const issue = '/repos/{owner}/{repo}/issues/{issue_number}';
const writes: readonly (readonly [what: string, on: FaultPlace, story: Story])[] = [
  ['opening a pull request', `POST ${pulls}`, play],
  ['labelling it', `PUT ${issue}/labels`, play],
  ['changing its text', `PATCH ${pulls}/{pull_number}`, play],
  ['a comment', `POST ${issue}/comments`, play],
  ['a status', 'POST /repos/{owner}/{repo}/statuses/{sha}', play],
  ['a merge', `PUT ${pulls}/{pull_number}/merge`, play],
  ['a push', 'git push', play],
  ['the comment before closing', `POST ${issue}/comments`, playCancelled],
  ['closing it', `PATCH ${pulls}/{pull_number}`, playCancelled],
];
const ways: readonly (readonly [way: string, fault: Fault])[] = [
  ['the answer is lost', faults.appliedThenLost],
  ['the request is lost', faults.dropBefore],
  ['a gateway says 502 afterwards', faults.badGateway({ applied: true })],
];
/** Git asks a second time by itself when a connection breaks without a byte. */
const timesOf = (on: FaultPlace, fault: Fault): number =>
  on === 'git push' && fault.kind === 'dropBefore' ? 2 : 1;

const rows = writes.flatMap(([what, on, story]) =>
  ways.map(([way, fault]) => ({ title: `${what}: ${way}`, on, fault, story })),
);
const atATime = 3;
const longest = 600_000;

interface Run {
  readonly played: Played;
  /** Requests that a fault fell on. */
  readonly hit: number;
  readonly faultsLeft: number;
  readonly notAsGitHub: readonly unknown[];
}

describe('the first write of a kind', () => {
  let goodDays: ReadonlyMap<Story, Promise<Run>>;
  let badDays: ReadonlyMap<string, Promise<Run>>;
  beforeAll(() => {
    const lane = lanes(atATime);
    goodDays = new Map(
      [play, playCancelled].map((story) => [story, lane(() => run(story, () => undefined))]),
    );
    badDays = new Map(
      rows.map(({ title, on, fault, story }) => [
        title,
        lane(() => run(story, ({ double }) => double.fail({ on, fault, times: timesOf(on, fault) }))),
      ]),
    );
  });
  afterAll(async () => {
    await Promise.allSettled([...goodDays.values(), ...badDays.values()]);
  }, longest);

  it(
    'is the same on every good day',
    async () => {
      const project = await goodDays.get(play);
      expect(project).toEqual({
        hit: 0,
        faultsLeft: 0,
        notAsGitHub: [],
        played: {
          status: 'done',
          landed: ['1.1', '1.2', '2.1'],
          pullRequests: ['merged', 'merged', 'merged'],
          deeds: { twice: [], counts: {} },
        },
      });
      const cancelled = await goodDays.get(playCancelled);
      expect(cancelled?.played).toEqual({
        status: 'CANCELLED',
        landed: [],
        pullRequests: ['closed'],
        deeds: { twice: [], counts: {} },
      });
    },
    longest,
  );

  it.each(rows)(
    '$title',
    async ({ title, on, fault, story }) => {
      const good = await goodDays.get(story);
      const bad = await badDays.get(title);

      expect(bad).toEqual({ ...good, hit: timesOf(on, fault) });
    },
    longest,
  );
});

async function run(story: Story, spoil: (stage: Stage) => void): Promise<Run> {
  const stage = await startStage();
  try {
    spoil(stage);
    const { double, rig } = stage;
    const played = await story(stage, stage.repository(), rig.slug('bad-day'));
    return {
      played,
      hit: double.exchanges.filter(({ fault }) => fault !== null).length,
      faultsLeft: double.faultsLeft(),
      notAsGitHub: double.nonConforming(),
    };
  } finally {
    await stage.close();
  }
}
