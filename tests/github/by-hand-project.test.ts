/** What people do by hand to the last pull request of a project, and to its branches: with a pull request per phase and without. */
import { describe, expect } from '@jest/globals';
import { type ProjectDriver, startProject } from './project-driver.ts';
import { concurrentTests } from './concurrent-tests.ts';

/** One pull request only: the last one. */
const alone = { pull_requests: 'project', approval: { phases: 'none' } } as const;

describe("a project's last pull request on GitHub", () => {
  const { concurrentTest, conformsToOpenApi, notify, notices } = concurrentTests();

  concurrentTest('that is closed when it is to be merged waits until it is reopened', async (github) => {
    const { double } = github;
    const on = await startProject(github, 'closed', { ...notify(), ...alone });
    const { repo } = on;
    const gate = await on.projectGate();
    const { number, question } = gate;
    double.closePullRequest({ as: 'quinn', repo, number });
    const closed = `Pull request #${number} was closed. Reopen it to go on.`;
    await on.project('the question to say so', (view) => view.gate?.question === `${question} ${closed}`);
    expect(await notices(on, 'alarm')).toEqual([closed]);
    await on.approveElsewhere(gate);
    expect(await on.failed()).toContain(
      `A person closed pull request #${number}; no second one is opened. Reopen it`,
    );
    // Sooner than anybody could have looked.
    double.reopenPullRequest({ as: 'quinn', repo, number });
    // Approved it is already, and its head is the same.
    await ends(on);
    const { decisions } = await on.project('the end', ({ condition }) => condition === 'done');
    expect(decisions).toMatchObject([{ gateId: gate.id, by: 'ann' }]);
    expect(on.opened()).toBe(1);
  });

  concurrentTest('that gets another base is not merged there', async (github) => {
    const { double } = github;
    const on = await startProject(github, 'retargeted', alone);
    const { repo } = on;
    const gate = await on.projectGate();
    const { number } = gate;
    const before = on.tip('main');
    on.person.force('elsewhere', before);
    double.retarget({ as: 'quinn', repo, number, base: 'elsewhere' });
    await on.approveElsewhere(gate);
    expect(await on.failed()).toContain(`retargeted pull request #${number} to 'elsewhere'`);
    double.retarget({ as: 'quinn', repo, number, base: 'main' });
    await ends(on);
    expect(on.tip('elsewhere')).toBe(before);
    expect(on.opened()).toBe(1);
  });

  concurrentTest('that is merged into another branch is not taken for merged', async (github) => {
    const { double } = github;
    const on = await startProject(github, 'elsewhere', alone);
    const { repo } = on;
    const gate = await on.projectGate();
    const { number, head } = gate;
    const before = on.tip('main');
    on.person.force('elsewhere', before);
    double.retarget({ as: 'quinn', repo, number, base: 'elsewhere' });
    double.mergePullRequest({ as: 'quinn', repo, number });
    expect(await on.failed()).toContain(
      `quinn merged pull request #${number} into 'elsewhere' instead of 'main'`,
    );
    expect(on.tip('main')).toBe(before);
    await on.retry(number);
    const again = await on.projectGate(gate.id);
    expect(again.number).not.toBe(number);
    on.approve(again.number);
    await ends(on);
    expect(on.contains('main', head)).toBe(true);
  });

  concurrentTest("with a person's commit on top is tested and asked about anew", async (github) => {
    const on = await startProject(github, 'on-top', { approval: { phases: 'none' } });
    const first = await on.projectGate();
    const theirs = on.person.commit(on.integration, 'theirs.txt');
    const second = await on.projectGate(first.id);
    expect([second.number, second.head]).toEqual([first.number, theirs]);
    expect(on.checked()).toContain(theirs);
    on.approve(second.number);
    await ends(on);
    expect(on.contains('main', theirs)).toBe(true);
    expect(on.opened()).toBe(2);
  });

  concurrentTest('whose branch lost our commits waits until they are put back', async (github) => {
    const on = await startProject(github, 'forced', alone);
    const first = await on.projectGate();
    const theirs = on.person.replace(on.integration, 'main');
    expect(await on.failed()).toContain(
      `Someone else moved '${on.integration}' from ${first.head} to ${theirs}; nothing was forced`,
    );
    expect(on.tip(on.integration)).toBe(theirs);
    // What phases landed can't be done again: only putting it back leads on.
    on.person.force(on.integration, first.head);
    await on.retry(first.number);
    const second = await on.projectGate(first.id);
    expect([second.number, second.head]).toEqual([first.number, first.head]);
    on.approve(second.number);
    await ends(on);
    expect(on.opened()).toBe(1);
  });

  for (const method of ['merge', 'squash', 'rebase'] as const)
    concurrentTest(`that people merge (${method}) is the end of the project`, async (github) => {
      const { double } = github;
      const on = await startProject(github, `merged-${method}`, alone);
      const { number, head } = await on.projectGate();
      const landed = double.mergePullRequest({ as: 'quinn', repo: on.repo, number, method });
      const outcome = await ends(on);
      expect(outcome).toMatchObject({ mergedSha: landed, pullRequest: { number, state: 'merged' } });
      const { decisions } = await on.project('the end', ({ condition }) => condition === 'done');
      expect(decisions).toMatchObject([
        { gateId: 'project.1', action: 'approve', by: 'quinn', comment: 'Merged by hand.' },
      ]);
      expect(on.statuses(head)).toEqual(['pending', 'success']);
      expect(on.opened()).toBe(1);
    });

  concurrentTest(
    'that is merged onto what nobody tested stops the project until the checks pass',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'mismatch', { ...alone, checks: ['test ! -e broken.txt'] });
      const { number } = await on.projectGate();
      const { repo } = on;
      on.person.commit('main', 'broken.txt');
      double.mergePullRequest({ as: 'quinn', repo, number });
      expect(await on.failed()).toContain(`LandedTreeMismatch: pull request #${number} is merged, but`);
      await on.retry(number);
      await on.project('the checks to fail', ({ waitingFor }) =>
        Boolean(waitingFor?.includes('the checks fail on')),
      );
      on.person.remove('main', 'broken.txt');
      await on.retry(number);
      await ends(on);
      expect(on.opened()).toBe(1);
    },
  );

  concurrentTest(
    'that gets a commit and is merged before anybody looked stops the project as well',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'pushed-and-merged', alone);
      const { number, head } = await on.projectGate();
      const theirs = on.person.commit(on.integration, 'theirs.txt');
      const landed = double.mergePullRequest({ as: 'quinn', repo: on.repo, number });
      expect(await on.failed()).toContain(
        `quinn merged pull request #${number} with ${theirs} instead of ${head}`,
      );
      await on.retry(number);
      expect(await ends(on)).toMatchObject({ mergedSha: landed });
      expect(on.checked()).toContain(landed);
      expect(on.opened()).toBe(1);
    },
  );

  concurrentTest(
    'that is merged while the project waits for something else is the end of it',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'merged-late', alone);
      const gate = await on.projectGate();
      const { number } = gate;
      const { repo } = on;
      double.closePullRequest({ as: 'quinn', repo, number });
      await on.approveElsewhere(gate);
      await on.failed();
      double.reopenPullRequest({ as: 'quinn', repo, number });
      const landed = double.mergePullRequest({ as: 'quinn', repo, number, method: 'squash' });
      await on.retry(number);
      expect(await ends(on)).toMatchObject({ mergedSha: landed });
      expect(on.opened()).toBe(1);
    },
  );

  concurrentTest(
    'brings a base in that moved while people were asked, tests it, and asks nobody again',
    async (github) => {
      const on = await startProject(github, 'base-moved', alone);
      const first = await on.projectGate();
      const theirs = on.person.commit('main', 'elsewhere.txt');
      on.approve(first.number);
      await ends(on);
      const [, head = ''] = on.parents('main');
      expect(on.parents(head)).toEqual([first.head, theirs]);
      expect(on.checked()).toContain(head);
      expect(on.tree('main')).toBe(on.tree(head));
      expect((await github.project(on.slug)).decisions).toHaveLength(1);
    },
  );

  concurrentTest('that rules hold up waits for them, says so once, and is merged then', async (github) => {
    const { double } = github;
    const on = await startProject(github, 'rules', { ...alone, ...notify() });
    const { repo } = on;
    double.setProtection(repo, 'main', { requiredChecks: ['ci', 'phasewright/gate'] });
    const { number, head } = await on.projectGate();
    const before = on.tip('main');
    on.approve(number);
    const held = await on.project('the code host to hold it up', ({ waitingFor }) =>
      Boolean(waitingFor?.startsWith(`the code host to merge #${number}`)),
    );
    expect(held.condition).toBe('waiting');
    await on.looked(number);
    expect(on.tip('main')).toBe(before);
    expect(await notices(on, 'waiting_for_merge')).toHaveLength(1);
    double.reportCheck({ as: 'lint[bot]', repo, sha: head, name: 'ci', conclusion: 'success' });
    await ends(on);
    expect(await notices(on, 'waiting_for_merge')).toHaveLength(1);
  });

  concurrentTest(
    'that is a draft waits until it is ready; merged by a squash, it is one commit',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'draft-squash', { ...alone, merge_method: 'squash' });
      const { repo } = on;
      const gate = await on.projectGate();
      const { number } = gate;
      const before = on.tip('main');
      double.setDraft({ as: 'quinn', repo, number, draft: true });
      await on.project('the question to say so', (view) =>
        Boolean(view.gate?.question.endsWith('was made a draft. Mark it as ready to go on.')),
      );
      on.approve(number);
      await on.project('the code host to hold it up', ({ waitingFor }) =>
        Boolean(waitingFor?.includes('the pull request is a draft')),
      );
      double.setDraft({ as: 'quinn', repo, number, draft: false });
      await ends(on);
      expect(on.parents('main')).toEqual([before]);
      expect(on.tree('main')).toBe(on.tree(gate.head));
    },
  );

  conformsToOpenApi();
});

/** The project is done, and main is where it says. */
async function ends(on: ProjectDriver): Promise<{ readonly status: string; readonly mergedSha: string }> {
  const outcome = (await on.handle.result()) as { status: string; mergedSha: string };
  expect(outcome.status).toBe('done');
  expect(on.contains('main', outcome.mergedSha)).toBe(true);
  return outcome;
}
