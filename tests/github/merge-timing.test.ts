/** What falls into the moment between two requests, and answers of GitHub that are older than what we did ourselves. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { faults } from '../support/github-double/index.ts';
import { type ProjectDriver, startProject } from './project-driver.ts';
import { type GitHubFixture, startGitHubFixture } from './github-fixture.ts';

const pulls = '/repos/{owner}/{repo}/pulls';
const alone = { pull_requests: 'project', approval: { phases: 'none' } } as const;

describe('GitHub at the wrong moment', () => {
  let github: GitHubFixture;
  beforeAll(async () => {
    github = await startGitHubFixture({ pollMs: 400 });
  });
  afterAll(() => github.close());
  afterEach(() => {
    expect(github.double.nonConforming()).toEqual([]);
    expect(github.double.faultsLeft()).toBe(0);
  });

  it('shows a head that is older than our own push: nobody has moved the branch', async () => {
    const on = await startProject(github, 'stale');
    const first = await on.gate(1);
    on.reject(first.number, 'One more thing.');
    const moment = github.double.moment();
    await on.phase('the revision', ({ gate }) => gate === null);
    const lagging = lagAfterPush(on, first.head, moment);
    const second = await on.gate(1, first.id);
    await lagging;
    expect([second.number, second.id]).toEqual([first.number, 'phase-1.2']);
    await github.looked(on.repo, second.number, 6);
    const { gate, refused } = await on.phase('the gate', () => true);
    expect([gate?.id, gate?.headSha]).toEqual([second.id, second.head]);
    expect(refused).toEqual([]);
    const old = github.double.exchanges.filter(
      ({ fault, path }) => fault === 'staleReads' && path.startsWith(`/repos/${on.repo}/`),
    );
    expect(old.length).toBeGreaterThan(3);
    on.approve(second.number);
    const last = await on.projectGate();
    expect(on.contains(last.head, second.head)).toBe(true);
    expect((await github.project(on.slug)).decisions.map(({ gateId }) => gateId)).toEqual([
      'phase-1.1',
      'phase-1.2',
    ]);
    github.double.clearFaults();
  });

  /** From our push on, the next looks at the pull request are of that moment. */
  async function lagAfterPush(on: ProjectDriver, before: string, moment: number): Promise<void> {
    await eventually('the push', () => {
      const head = github.double.pullRequest(on.repo, 1)?.headSha;
      return head !== undefined && head !== before;
    });
    github.double.fail({ on: `GET ${pulls}/{pull_number}`, fault: faults.staleReads(moment), times: 8 });
  }

  it('closes the pull request just before our merge: it waits to be reopened', async () => {
    const on = await startProject(github, 'closed-at-merge', alone);
    const { number } = await on.projectGate();
    const { repo } = on;
    github.double.fail({
      on: `PUT ${pulls}/{pull_number}/merge`,
      fault: faults.meanwhile(() => github.double.closePullRequest({ as: 'quinn', repo, number })),
    });
    const before = on.tip('main');
    on.approve(number);
    expect(await on.failed()).toContain(
      `A person closed pull request #${number}; no second one is opened. Reopen it`,
    );
    expect(on.tip('main')).toBe(before);
    github.double.reopenPullRequest({ as: 'quinn', repo, number });
    expect(await on.handle.result()).toMatchObject({ status: 'done' });
    expect(on.opened()).toBe(1);
  });

  it('lets a person merge just before our merge: that one counts, and there is no other', async () => {
    const on = await startProject(github, 'merged-at-merge', alone);
    const { number } = await on.projectGate();
    const { repo } = on;
    let landed = '';
    github.double.fail({
      on: `PUT ${pulls}/{pull_number}/merge`,
      fault: faults.meanwhile(() => {
        landed = github.double.mergePullRequest({ as: 'quinn', repo, number, method: 'squash' });
      }),
    });
    on.approve(number);
    expect(await on.handle.result()).toMatchObject({ status: 'done', mergedSha: landed });
    expect(on.tip('main')).toBe(landed);
  });

  it('gets a commit on the head just before our merge: it is asked about anew', async () => {
    const on = await startProject(github, 'pushed-at-merge', alone);
    const first = await on.projectGate();
    let theirs = '';
    github.double.fail({
      on: `PUT ${pulls}/{pull_number}/merge`,
      fault: faults.meanwhile(() => {
        theirs = on.person.commit(on.integration, 'theirs.txt');
      }),
    });
    const before = on.tip('main');
    on.approve(first.number);
    const second = await on.projectGate(first.id);
    expect([second.head, on.tip('main')]).toEqual([theirs, before]);
    expect(on.checked()).toContain(theirs);
    on.approve(second.number);
    expect(await on.handle.result()).toMatchObject({ status: 'done' });
  });

  it('gets a commit on the base just before our merge: what landed is tested before it counts', async () => {
    const on = await startProject(github, 'base-at-merge', alone);
    const { number } = await on.projectGate();
    github.double.fail({
      on: `PUT ${pulls}/{pull_number}/merge`,
      fault: faults.meanwhile(() => void on.person.commit('main', 'elsewhere.txt')),
    });
    on.approve(number);
    expect(await on.failed()).toContain('LandedTreeMismatch');
    await on.retry(number);
    expect(await on.handle.result()).toMatchObject({ status: 'done' });
    expect(on.checked().at(-1)).toBe(on.tip('main'));
  });

  it('gives a pull request another base just before our merge: what lands elsewhere is not done', async () => {
    const on = await startProject(github, 'retargeted-at-merge', alone);
    const { number } = await on.projectGate();
    const { repo } = on;
    on.person.force('elsewhere', on.tip('main'));
    github.double.fail({
      on: `PUT ${pulls}/{pull_number}/merge`,
      fault: faults.meanwhile(() => github.double.retarget({ as: 'quinn', repo, number, base: 'elsewhere' })),
    });
    const before = on.tip('main');
    on.approve(number);
    expect(await on.failed()).toContain(
      `robin merged pull request #${number} into 'elsewhere' instead of 'main'`,
    );
    expect(on.tip('main')).toBe(before);
  });

  it('is looked at while a project is cancelled: it ends, and leaves its pull request closed', async () => {
    const on = await startProject(github, 'cancelled', { on_cancel: 'close_pull_requests' });
    const { number } = await on.gate(1);
    github.double.closePullRequest({ as: 'quinn', repo: on.repo, number });
    await on.handle.cancel();
    await expect(on.handle.result()).rejects.toThrow(/cancelled/i);
    expect((await on.handle.describe()).status.name).toBe('CANCELLED');
    expect((await github.rig.phase(on.slug, 1).describe()).status.name).toBe('CANCELLED');
    expect(github.double.pullRequest(on.repo, number)?.state).toBe('closed');
  });
});
