/** Tests that mostly wait: their bodies run at the same time, a few at once, on one fixture; each test awaits its own. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type StandIn, startStandIn } from '../activities/notify/stand-in.ts';
import { eventually } from '../support/eventually.ts';
import { limitConcurrency } from '../support/limit-concurrency.ts';
import { type GitHubFixture, startGitHubFixture } from './github-fixture.ts';

/** All tests together, on any machine. */
const longest = 1_800_000;

export interface ConcurrentTests {
  /** A test by that name. */
  concurrentTest(title: string, body: (github: GitHubFixture) => Promise<void>): void;
  /** For a project that tells people. */
  notify(): { readonly notify: readonly unknown[] };
  /** Texts of the notices of this kind that a project has sent; waits for the first. */
  notices(project: { readonly slug: string }, kind: string): Promise<readonly string[]>;
  /** A last test: every exchange with the double is as GitHub describes its API. */
  conformsToOpenApi(): void;
}

export function concurrentTests(
  options: { readonly atOnce?: number; readonly github?: Parameters<typeof startGitHubFixture>[0] } = {},
): ConcurrentTests {
  const bodies = new Map<string, (github: GitHubFixture) => Promise<void>>();
  let github: GitHubFixture;
  let channel: StandIn;
  let running = new Map<string, Promise<void>>();
  const ended = () => Promise.allSettled(running.values());
  beforeAll(async () => {
    channel = await startStandIn({ status: 200 });
    github = await startGitHubFixture({ pollMs: 400, ...options.github });
    github.double.addUser('rosa');
    github.double.addUser('lint', { kind: 'app' });
    const limited = limitConcurrency(options.atOnce ?? 4);
    running = new Map([...bodies].map(([title, body]) => [title, limited(() => body(github))]));
  });
  afterAll(async () => {
    await ended();
    await github.close();
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
      await eventually(`a notice '${kind}' of ${slug}`, () => sent(slug, kind).length > 0);
      return sent(slug, kind);
    },
    concurrentTest(title, body) {
      if (bodies.has(title)) throw new Error(`There are two tests of the name '${title}'.`);
      bodies.set(title, body);
      it(title, () => running.get(title), longest);
    },
    conformsToOpenApi() {
      it(
        'asks nothing of GitHub that it does not have',
        async () => {
          await ended();
          // GitHub's description has no null for the line of a comment whose line is gone; GitHub sends it.
          const known = /^response\/\d+\/(position|line) must be integer$/;
          const wrong = github.double
            .nonConforming()
            .filter(({ problems }) => !problems.every((text) => known.test(text)));
          expect(wrong).toEqual([]);
          expect(github.double.exchanges.filter(({ status }) => status === 501)).toEqual([]);
        },
        longest,
      );
    },
  };
}
