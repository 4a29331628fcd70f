/**
 * A project that GitHub asks to wait does so in a timer of the server: it holds no slot, sends nothing, and another project
 * goes from start to end meanwhile. The worker has one slot for all host work, so whoever kept it would be noticed.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from '../support/eventually.ts';
import { type FaultPlace, type FaultRule, faults } from '../support/github-double/faults.ts';
import { noApprovals } from '../support/rig.ts';
import { type GitHubFixture, startGitHubFixture } from '../github/github-fixture.ts';

/** Its reset comes in whole seconds, and one more is waited. */
const slackMs = 2_500;

describe('a rate-limited project', () => {
  let github: GitHubFixture;
  /** What GitHub asks for: long enough for another project, however slow this machine is. */
  let waitSeconds: number;
  beforeAll(async () => {
    github = await startGitHubFixture({ hostSlots: 1 });
    const began = Date.now();
    await anotherProject();
    waitSeconds = Math.max(15, Math.ceil((4 * (Date.now() - began)) / 1_000));
  });
  afterAll(() => github.close());

  it('waits at its gate until the primary limit is reset, while another one is done, and goes on then', async () => {
    const { repo, slug, handle } = await startProject('primary');
    const { number } = await github.gate(slug, 1);
    const resetAt = new Date((Math.ceil(Date.now() / 1_000) + waitSeconds) * 1_000);
    const limited = await limit('anything', faults.primaryLimit({ resetAt }));

    github.double.review({ as: 'pia', repo, number, state: 'APPROVED' });
    // A webhook came: it is no reason to look before the time.
    await github.rig.phase(slug, 1).signal('codeHostChanged', { repository: repo, number });
    await expectWaiting(github.rig.phase(slug, 1), limited, resetAt.getTime() - limited);
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('waits with its first pull request as long as a secondary limit says, while another one is done, and goes on then', async () => {
    const hit = limit('POST /repos/{owner}/{repo}/pulls', faults.secondaryLimit({ retryAfter: waitSeconds }));
    const { repo, slug, handle } = await startProject('secondary');
    const limited = await hit;

    await expectWaiting(github.rig.phase(slug, 1), limited, waitSeconds * 1_000);
    const { number } = await github.gate(slug, 1);
    expect(ours('pullRequestsOpened', repo)).toBe(1);
    github.double.review({ as: 'pia', repo, number, state: 'APPROVED' });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('waits a minute where GitHub does not say how long, while another one is done', async () => {
    const { repo, slug, handle } = await startProject('unsaid');
    const { number } = await github.gate(slug, 1);
    const merge = 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge';
    const hit = limit(merge, faults.secondaryLimit({ status: 429 }));
    github.double.review({ as: 'pia', repo, number, state: 'APPROVED' });
    const limited = await hit;

    const nextTry = await expectScheduled(github.rig.phase(slug, 1), limited, 60_000);
    await anotherProject();
    expect(Date.now()).toBeLessThan(nextTry);
    expect(requestsBetween(limited, Date.now())).toEqual([]);
    expect(ours('merges', repo)).toBe(0);
    await Promise.all([handle.terminate(), github.rig.phase(slug, 1).terminate()]);
  });

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
    const hit = await eventually('the limit', () =>
      double.exchanges.slice(before).find((exchange) => exchange.fault !== null),
    );
    return hit.at.getTime();
  }

  /** All of it: scheduled for then, nothing sent until then, another project done before. */
  async function expectWaiting(handle: WorkflowHandle, limited: number, askedMs: number): Promise<void> {
    const nextTry = await expectScheduled(handle, limited, askedMs);
    await anotherProject();
    expect(Date.now()).toBeLessThan(nextTry);
    await eventually('the next try', () => requestsBetween(limited, Date.now()).length > 0);
    expect(requestsBetween(limited, limited + askedMs)).toEqual([]);
  }

  /** The next try. */
  async function expectScheduled(handle: WorkflowHandle, limited: number, askedMs: number): Promise<number> {
    const waiting = await limitedActivities(handle);
    for (const { state, attempt, nextTry, pauseMs } of waiting) {
      expect(state).toBe('SCHEDULED');
      expect(attempt).toBeGreaterThan(1);
      expect(nextTry - limited).toBeGreaterThanOrEqual(askedMs);
      expect(pauseMs).toBeLessThan(askedMs + slackMs);
    }
    return Math.min(...waiting.map(({ nextTry }) => nextTry));
  }

  /** Beside a repository that is no code host's, on the same worker. */
  async function anotherProject(): Promise<void> {
    const { rig } = github;
    const slug = rig.slug(`other-${Date.now()}`);
    const handle = await rig.start(slug, { ...noApprovals, phases: [{ name: 'One', tasks: ['First'] }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
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
  /** From the last try's end to the next one. */
  readonly pauseMs: number;
}

const states = ['UNSPECIFIED', 'SCHEDULED', 'STARTED', 'CANCEL_REQUESTED'];

/** As soon as every activity under way has been told to wait. */
async function limitedActivities(handle: WorkflowHandle): Promise<readonly Pending[]> {
  const pending = await eventually('that every activity has to wait', async () => {
    const all = (await handle.describe()).raw.pendingActivities ?? [];
    const told = all.every(({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === 'RateLimited');
    return all.length > 0 && told ? all : undefined;
  });
  return pending.map(({ state, attempt, nextAttemptScheduleTime: next, currentRetryInterval: pause }) => ({
    state: states[state ?? 0] ?? String(state),
    attempt: attempt ?? 0,
    nextTry: msOf(next),
    pauseMs: msOf(pause),
  }));
}

const msOf = (time: { seconds?: unknown; nanos?: number | null } | null | undefined): number =>
  Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
