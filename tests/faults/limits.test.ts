/**
 * A project that GitHub asks to wait does so in a timer of the server: it holds no slot, sends nothing, and another project
 * goes from start to end meanwhile. The worker has one slot for all host work, so whoever kept it would be noticed.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { type FaultPlace, type FaultRule, faults } from '../support/github-double/faults.ts';
import { noApprovals } from '../support/rig.ts';
import { type GitHubFixture, startGitHubFixture } from '../github/github-fixture.ts';

const longest = 120_000;
/** Its reset comes in whole seconds, and one more is waited. */
const slackMs = 2_500;

describe('a rate-limited project', () => {
  let github: GitHubFixture;
  beforeAll(async () => {
    github = await startGitHubFixture({ hostSlots: 1 });
  });
  afterAll(() => github.close());

  it(
    'waits at its gate until the primary limit is reset, while another one is done, and goes on then',
    async () => {
      const { repo, slug, handle } = await startProject('primary');
      const { number } = await github.gate(slug, 1);
      const resetAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 18_000);
      const limited = await limit('anything', faults.primaryLimit({ resetAt }));

      github.double.review({ as: 'pia', repo, number, state: 'APPROVED' });
      // A webhook came: it is no reason to look before the time.
      await github.rig.phase(slug, 1).signal('codeHostChanged', { repository: repo, number });
      await expectWaiting(github.rig.phase(slug, 1), limited, resetAt.getTime() - limited);
      expect(await handle.result()).toMatchObject({ status: 'done' });
    },
    longest,
  );

  it(
    'waits with its first pull request as long as a secondary limit says, while another one is done, and goes on then',
    async () => {
      const hit = limit('POST /repos/{owner}/{repo}/pulls', faults.secondaryLimit({ retryAfter: 18 }));
      const { repo, slug, handle } = await startProject('secondary');
      const limited = await hit;

      await expectWaiting(github.rig.phase(slug, 1), limited, 18_000);
      const { number } = await github.gate(slug, 1);
      expect(ours('pullRequestsOpened', repo)).toBe(1);
      github.double.review({ as: 'pia', repo, number, state: 'APPROVED' });
      expect(await handle.result()).toMatchObject({ status: 'done' });
    },
    longest,
  );

  it(
    'waits a minute where GitHub does not say how long, while another one is done',
    async () => {
      const { repo, slug, handle } = await startProject('unsaid');
      const { number } = await github.gate(slug, 1);
      const merge = 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge';
      const hit = limit(merge, faults.secondaryLimit({ status: 429 }));
      github.double.review({ as: 'pia', repo, number, state: 'APPROVED' });
      const limited = await hit;

      const nextTry = await expectScheduled(github.rig.phase(slug, 1), limited, 60_000);
      await anotherProject(nextTry);
      expect(requestsBetween(limited, Date.now())).toEqual([]);
      expect(ours('merges', repo)).toBe(0);
      await Promise.all([handle.terminate(), github.rig.phase(slug, 1).terminate()]);
    },
    longest,
  );

  async function startProject(name: string) {
    const { name: repo } = github.repository();
    const slug = github.rig.slug(name);
    const handle = await github.rig.start(slug, {
      repository: repo,
      approval: { project: 'none' },
      phases: [{ name: 'One', tasks: ['First'] }],
    });
    return { repo, slug, handle };
  }

  /** When it was answered. */
  async function limit(on: FaultPlace, fault: FaultRule['fault']): Promise<number> {
    const { double } = github;
    const before = double.exchanges.length;
    double.fail({ on, fault });
    for (;;) {
      const hit = double.exchanges.slice(before).find((exchange) => exchange.fault !== null);
      if (hit !== undefined) return hit.at.getTime();
      await sleep(50);
    }
  }

  /** All of it: scheduled for then, nothing sent until then, another project done before. */
  async function expectWaiting(handle: WorkflowHandle, limited: number, askedMs: number): Promise<void> {
    const nextTry = await expectScheduled(handle, limited, askedMs);
    await anotherProject(nextTry);
    while (requestsBetween(limited, Date.now()).length === 0) await sleep(100);
    expect(requestsBetween(limited, limited + askedMs)).toEqual([]);
  }

  /** The next try. */
  async function expectScheduled(handle: WorkflowHandle, limited: number, askedMs: number): Promise<number> {
    const waiting = await limitedActivities(handle);
    for (const { state, attempt, nextTry } of waiting) {
      expect(state).toBe('SCHEDULED');
      expect(attempt).toBeGreaterThan(1);
      expect(nextTry - limited).toBeGreaterThanOrEqual(askedMs);
      expect(nextTry - limited).toBeLessThan(askedMs + slackMs);
    }
    return Math.min(...waiting.map(({ nextTry }) => nextTry));
  }

  /** Beside a repository that is no code host's, on the same worker. */
  async function anotherProject(before: number): Promise<void> {
    const { rig } = github;
    const slug = rig.slug(`other-${Date.now()}`);
    const handle = await rig.start(slug, { ...noApprovals, phases: [{ name: 'One', tasks: ['First'] }] });

    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(Date.now()).toBeLessThan(before);
  }

  /** Of the credential; people use none. */
  const requestsBetween = (after: number, before: number) =>
    github.double.exchanges
      .filter(({ login, at }) => login === 'robin' && at.getTime() > after && at.getTime() < before)
      .map(({ method, path, at }) => `${method} ${path} after ${at.getTime() - after} ms`);

  const ours = (kind: 'pullRequestsOpened' | 'merges', repo: string): number =>
    github.double.effects[kind].filter(({ repository }) => repository === repo).length;
});

interface Pending {
  readonly state: string;
  readonly attempt: number;
  readonly nextTry: number;
}

const states = ['UNSPECIFIED', 'SCHEDULED', 'STARTED', 'CANCEL_REQUESTED'];

/** As soon as every activity under way has been told to wait. */
async function limitedActivities(handle: WorkflowHandle): Promise<readonly Pending[]> {
  for (;;) {
    const pending = (await handle.describe()).raw.pendingActivities ?? [];
    const told = pending.every(
      ({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === 'RateLimited',
    );
    if (pending.length > 0 && told)
      return pending.map(({ state, attempt, nextAttemptScheduleTime: next }) => ({
        state: states[state ?? 0] ?? String(state),
        attempt: attempt ?? 0,
        nextTry: Number(next?.seconds ?? 0) * 1_000 + (next?.nanos ?? 0) / 1e6,
      }));
    await sleep(50);
  }
}
