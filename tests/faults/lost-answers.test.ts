/**
 * Every kind of write to the code host, with the answer lost on the way back, the request lost on the way there, or a bad
 * gateway after it was done; once each, and then all the time. The project ends as on a good day, and nothing is done twice.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fault, FaultPlace } from '../support/github-double/faults.ts';
import { faults } from '../support/github-double/index.ts';
import { limitConcurrency } from '../support/limit-concurrency.ts';
import {
  type Place,
  runReferenceProject,
  runCancelledProject,
  type ReferenceRun,
} from './reference-project.ts';
import { type GitHubFixture, startGitHubFixture } from '../github/github-fixture.ts';

type Story = (github: GitHubFixture, place: Place, slug: string) => Promise<ReferenceRun>;

const pulls = '/repos/{owner}/{repo}/pulls';
const issue = '/repos/{owner}/{repo}/issues/{issue_number}';
type Kind = readonly [what: string, on: FaultPlace];
const comment: FaultPlace = `POST ${issue}/comments`;
const change: FaultPlace = `PATCH ${pulls}/{pull_number}`;

/** Kinds that share a project, in which each is hit the first time it comes. A lost opening would change what becomes of labels. */
const shared: readonly (readonly [Story, readonly Kind[]])[] = [
  [
    runReferenceProject,
    [
      ['opening a pull request', `POST ${pulls}`],
      ['changing its text', change],
      ['a comment', comment],
      ['a merge', `PUT ${pulls}/{pull_number}/merge`],
    ],
  ],
  [
    runReferenceProject,
    [
      ['labelling a pull request', `PUT ${issue}/labels`],
      ['a status', 'POST /repos/{owner}/{repo}/statuses/{sha}'],
      ['a push', 'git push'],
    ],
  ],
  [
    runCancelledProject,
    [
      ['the comment before closing', comment],
      ['closing', change],
    ],
  ],
];
const ways: readonly (readonly [way: string, fault: Fault])[] = [
  ['the answer is lost', faults.appliedThenLost],
  ['the request is lost', faults.dropBefore],
  ['a gateway says 502 afterwards', faults.badGateway({ applied: true })],
];
/** Git asks a second time by itself when a connection breaks without a byte. */
const timesOf = (on: FaultPlace, fault: Fault): number =>
  on === 'git push' && fault.kind === 'dropBefore' ? 2 : 1;

/** One project each. */
const badDays = shared.flatMap(([story, kinds]) =>
  ways.map(([way, fault]) => ({ story, kinds, way, fault, run: undefined as Promise<Run> | undefined })),
);
const rows = badDays.flatMap((day) =>
  day.kinds.map(([what, on]) => ({ title: `${what}: ${day.way}`, on, day })),
);
const atATime = 3;
/** All of them together, on any machine. */
const longest = 3_600_000;

interface Run {
  readonly outcome: ReferenceRun;
  /** Of each request that a fault fell on, what it was. */
  readonly hit: readonly string[];
  readonly faultsLeft: number;
  readonly notAsGitHub: readonly unknown[];
}

/** Every write of a project: lost for good where it was done all the same, every second one where it was not. */
const worstDays = ways.map(([way, fault]) => ({ way, fault, run: undefined as Promise<Run> | undefined }));
const goodDays = new Map<Story, Promise<Run>>();

beforeAll(() => {
  const limited = limitConcurrency(atATime);
  for (const story of [runReferenceProject, runCancelledProject])
    goodDays.set(
      story,
      limited(() => run(story, () => undefined)),
    );
  // They wait most of their time.
  for (const day of worstDays)
    day.run = limited(() => run(runReferenceProject, (github) => spoilAll(github, day.fault)));
  for (const day of badDays) day.run = limited(() => run(day.story, (github) => spoilFirst(github, day)));
});
afterAll(async () => {
  await Promise.allSettled([...goodDays.values(), ...[...badDays, ...worstDays].map((day) => day.run)]);
}, longest);

function spoilFirst({ double }: GitHubFixture, { kinds, fault }: (typeof badDays)[number]): void {
  for (const [, on] of kinds) double.fail({ on, fault, times: timesOf(on, fault) });
}

function spoilAll({ double }: GitHubFixture, fault: Fault): void {
  for (const on of new Set(rows.map((row) => row.on))) {
    if (fault.kind !== 'dropBefore') double.fail({ on, fault, times: 1_000 });
    else
      for (let each = 0; each < 40; each += 1)
        double.fail({ on, fault, after: each, times: timesOf(on, fault) });
  }
}

it(
  'goes like this on a good day',
  async () => {
    const project = await goodDays.get(runReferenceProject);
    expect(project).toEqual({
      hit: [],
      faultsLeft: 0,
      notAsGitHub: [],
      outcome: {
        status: 'done',
        landed: ['1.1', '1.2', '2.1'],
        pullRequests: ['merged', 'merged', 'merged'],
        // Four gates, each opened and decided; a branch and a fence with every landing.
        deeds: {
          twice: [],
          counts: {
            pullRequestsOpened: 3,
            labelsSet: 3,
            bodiesUpdated: 1,
            statusesCreated: 8,
            commentsCreated: 4,
            merges: 3,
            pushes: 13,
          },
        },
      },
    });
    const cancelled = await goodDays.get(runCancelledProject);
    expect(cancelled?.outcome).toEqual({
      status: 'CANCELLED',
      landed: [],
      pullRequests: ['closed'],
      deeds: {
        twice: [],
        counts: {
          pullRequestsOpened: 1,
          labelsSet: 1,
          statusesCreated: 1,
          commentsCreated: 1,
          closed: 1,
          pushes: 7,
        },
      },
    });
  },
  longest,
);

describe('the first write of a kind', () => {
  it.each(rows)(
    '$title',
    async ({ on, day }) => {
      const good = await goodDays.get(day.story);
      const bad = await day.run;

      expect(bad?.hit.filter((route) => route === on)).toHaveLength(timesOf(on, day.fault));
      expect({ ...bad, hit: [] }).toEqual(good);
    },
    longest,
  );
});

describe('every write of every kind', () => {
  it.each(worstDays)(
    '$way',
    async ({ run: day }) => {
      const good = await goodDays.get(runReferenceProject);
      const bad = await day;

      expect(bad?.outcome).toEqual(good?.outcome);
      expect(bad?.notAsGitHub).toEqual([]);
      expect(new Set(bad?.hit).size).toBe(new Set(rows.map((row) => row.on)).size);
      expect(bad?.hit.length).toBeGreaterThan(25);
    },
    longest,
  );
});

async function run(story: Story, spoil: (github: GitHubFixture) => void): Promise<Run> {
  const github = await startGitHubFixture();
  try {
    spoil(github);
    const { double, rig } = github;
    const outcome = await story(github, github.repository(), rig.slug('bad-day'));
    return {
      outcome,
      hit: double.exchanges.flatMap(({ fault, route }) => (fault === null ? [] : [route ?? ''])),
      faultsLeft: double.faultsLeft(),
      notAsGitHub: double.nonConforming(),
    };
  } finally {
    await github.close();
  }
}
