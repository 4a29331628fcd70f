/**
 * What people do by hand to a phase's pull request and its branches, at its gate and after it: it is said, followed where it can be,
 * and nothing is forced over it. There is never a second pull request beside the first.
 */
import { describe, expect } from '@jest/globals';
import { git } from '../support/git.ts';
import { gatekeeper, implementerAfter, type ProjectStatusView } from '../support/rig.ts';
import { startProject } from './project-driver.ts';
import { concurrentTests } from './concurrent-tests.ts';

/** Agents here also take away what breaks the checks. */
const mending = [implementerAfter('rm -f broken.txt'), gatekeeper];

describe("a phase's pull request on GitHub", () => {
  const { concurrentTest, conformsToOpenApi, notify, notices } = concurrentTests({
    github: { entries: mending },
  });

  concurrentTest('that is closed at its gate waits, and goes on when it is reopened', async (github) => {
    const { double } = github;
    const on = await startProject(github, 'closed', notify());
    const { number, question, head } = await on.gate(1);
    double.closePullRequest({ as: 'quinn', repo: on.repo, number });
    const closed = `Pull request #${number} was closed. Reopen it to go on.`;
    await on.phase('the question to say so', ({ gate }) => gate?.question === `${question} ${closed}`);
    await on.looked(number);
    expect(await notices(on, 'alarm')).toEqual([closed]);
    double.reopenPullRequest({ as: 'quinn', repo: on.repo, number });
    await on.phase('the question to say it no longer', ({ gate }) => gate?.question === question);
    on.approve(number);
    await on.projectGate();
    expect(on.contains(on.integration, head)).toBe(true);
    expect(on.opened()).toBe(2);
  });

  concurrentTest(
    'that is closed when it is to be merged fails the phase until it is reopened',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'closed-late', notify());
      const gate = await on.gate(1);
      const { number } = gate;
      double.closePullRequest({ as: 'quinn', repo: on.repo, number });
      await on.approveElsewhere(gate, 1);
      expect(await on.failed()).toContain(
        `A person closed pull request #${number}; no second one is opened. Reopen it`,
      );
      double.reopenPullRequest({ as: 'quinn', repo: on.repo, number });
      // Approved it is already, and its head is the same.
      const { decisions } = await github.rig.gate<ProjectStatusView>(on.handle);
      expect(decisions).toMatchObject([{ gateId: gate.id, by: 'ann' }]);
      expect(on.contains(on.integration, gate.head)).toBe(true);
      expect(on.opened()).toBe(2);
    },
  );

  concurrentTest(
    'that gets another base waits for its own one, and is not merged elsewhere',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'retargeted', notify());
      const first = await on.gate(1);
      const { number, question } = first;
      const { repo, integration } = on;
      // Another branch at the very commit of the right base.
      on.person.force('elsewhere', on.tip(integration));
      const before = on.tip(integration);
      double.retarget({ as: 'quinn', repo, number, base: 'elsewhere' });
      const said = `Pull request #${number} was retargeted to 'elsewhere'. Set its base back to '${integration}' to go on.`;
      await on.phase('the question to say so', ({ gate }) => gate?.question === `${question} ${said}`);
      double.retarget({ as: 'quinn', repo, number, base: integration });
      await on.phase('the question to say it no longer', ({ gate }) => gate?.question === question);

      double.retarget({ as: 'quinn', repo, number, base: 'elsewhere' });
      await on.approveElsewhere(first, 1);
      expect(await on.failed()).toContain(`retargeted pull request #${number} to 'elsewhere'`);
      expect([on.tip('elsewhere'), on.tip(integration)]).toEqual([before, before]);
      double.retarget({ as: 'quinn', repo, number, base: integration });
      await on.projectGate();
      expect(on.tip('elsewhere')).toBe(before);
      expect(on.opened()).toBe(2);
    },
  );

  concurrentTest('that is merged into another branch is not taken for merged', async (github) => {
    const { double } = github;
    const on = await startProject(github, 'merged-elsewhere');
    const first = await on.gate(1);
    const { number } = first;
    const { repo, integration } = on;
    const before = on.tip(integration);
    on.person.force('elsewhere', before);
    double.retarget({ as: 'quinn', repo, number, base: 'elsewhere' });
    double.mergePullRequest({ as: 'quinn', repo, number });
    expect(await on.failed()).toContain(`merged pull request #${number} into 'elsewhere'`);
    expect(on.tip(integration)).toBe(before);
    await on.retry(number);
    const again = await on.gate(1, first.id);
    expect(again.number).not.toBe(number);
    on.approve(again.number);
    await on.projectGate();
    expect(on.contains(integration, first.head)).toBe(true);
  });

  concurrentTest("with a person's commit on top is tested and asked about anew", async (github) => {
    const on = await startProject(github, 'on-top');
    const first = await on.gate(1);
    const { number } = first;
    const before = on.tip(on.integration);
    // Of the old head, at the last moment.
    on.approve(number);
    const theirs = on.person.commit(on.branch(1), 'theirs.txt');
    const second = await on.gate(1, first.id);
    expect([second.number, second.head]).toEqual([number, theirs]);
    expect(on.checked()).toContain(theirs);
    await on.looked(number);
    expect(on.tip(on.integration)).toBe(before);
    expect((await on.phase('the gate', () => true)).gate?.id).toBe(second.id);
    on.approve(number);
    await on.projectGate();
    expect(on.contains(on.integration, theirs)).toBe(true);
    expect(on.opened()).toBe(2);
  });

  concurrentTest("with a person's commit that fails the checks gets a revision", async (github) => {
    const on = await startProject(github, 'on-top-broken', { checks: ['test ! -e broken.txt'] });
    const first = await on.gate(1);
    const theirs = on.person.commit(on.branch(1), 'broken.txt');
    const second = await on.gate(1, first.id);
    expect(git(on.path, 'rev-parse', `${second.head}^`)).toBe(theirs);
    expect(github.rig.readArtifact(`${on.slug}/1/2/1/prompt.md`)).toContain('test ! -e broken.txt');
    on.approve(second.number);
    await on.projectGate();
  });

  concurrentTest(
    'whose branch lost our commits fails the phase, and a retry does them again on what is there',
    async (github) => {
      const { rig } = github;
      const on = await startProject(github, 'forced');
      const first = await on.gate(1);
      const { number } = first;
      const branch = on.branch(1);
      const theirs = on.person.replace(branch, on.integration);
      expect(await on.failed()).toContain(`Someone else moved '${branch}' from ${first.head} to ${theirs}`);
      expect(await rig.status(on.slug)).toMatchObject({
        phases: [{ status: 'failed', reason: 'lease_lost' }],
      });
      expect(on.tip(branch)).toBe(theirs);
      await on.retry(number, 'do it again on top of mine');
      const second = await on.gate(1, first.id);
      expect(second.number).toBe(number);
      expect(git(on.path, 'rev-parse', `${second.head}^`)).toBe(theirs);
      expect(rig.readArtifact(`${on.slug}/1/1/2/prompt.md`)).toContain('do it again on top of mine');
      on.approve(number);
      await on.projectGate();
      expect(on.opened()).toBe(2);
    },
  );

  concurrentTest('whose branch is deleted at its gate goes on when both are restored', async (github) => {
    const { double } = github;
    const on = await startProject(github, 'deleted');
    const { number, head, question } = await on.gate(1);
    const branch = on.branch(1);
    on.person.deleteBranch(branch);
    await on.phase('the question to say so', ({ gate }) =>
      Boolean(gate?.question.includes(`was closed and its branch '${branch}' deleted. Restore`)),
    );
    on.person.force(branch, head);
    double.reopenPullRequest({ as: 'quinn', repo: on.repo, number });
    await on.phase('the question to say it no longer', ({ gate }) => gate?.question === question);
    on.approve(number);
    await on.projectGate();
    expect(on.opened()).toBe(2);
  });

  concurrentTest('that is made a draft waits until it is ready, and the merge too', async (github) => {
    const { double } = github;
    const on = await startProject(github, 'draft', notify());
    const gate = await on.gate(1);
    const { number } = gate;
    const { repo, integration } = on;
    const before = on.tip(integration);
    double.setDraft({ as: 'quinn', repo, number, draft: true });
    await on.phase('the question to say so', (view) =>
      Boolean(view.gate?.question.endsWith('was made a draft. Mark it as ready to go on.')),
    );
    await on.approveElsewhere(gate, 1);
    await on.phase('the code host to hold it up', ({ waitingFor }) =>
      Boolean(waitingFor?.includes('the pull request is a draft')),
    );
    expect(on.tip(integration)).toBe(before);
    double.setDraft({ as: 'quinn', repo, number, draft: false });
    await on.projectGate();
    expect(await notices(on, 'waiting_for_merge')).toEqual([expect.stringContaining('is a draft')]);
  });

  conformsToOpenApi();
});
