/**
 * Pull requests of phases that people merge by themselves, at the gate and at other moments: followed as the truth, with who it was.
 * What nobody tested is not built upon until the checks have passed on it.
 */
import { describe, expect } from '@jest/globals';
import { startProject } from './project-driver.ts';
import { concurrentTests } from './concurrent-tests.ts';

describe("a phase's pull request on GitHub", () => {
  const { concurrentTest, conformsToOpenApi, notify, notices } = concurrentTests();

  concurrentTest(
    'that people merge in any way is merged, and the next phase starts from there',
    async (github) => {
      const { double } = github;
      const ways = ['squash', 'rebase', 'git'] as const;
      const on = await startProject(github, 'merged', {
        phases: [...ways, 'last'].map((name) => ({ name, tasks: [`Add ${name}`] })),
      });
      const { repo, integration } = on;
      for (const [index, way] of ways.entries()) {
        const { number, head } = await on.gate(index + 1);
        const landed =
          way === 'git'
            ? on.person.merge(on.branch(index + 1), integration)
            : double.mergePullRequest({ as: 'quinn', repo, number, method: way });
        await on.gate(index + 2);
        expect(on.contains(on.branch(index + 2), landed)).toBe(true);
        expect(on.tree(landed)).toBe(on.tree(head));
        expect(on.statuses(head)).toEqual(['pending', 'success']);
      }
      const { decisions } = await github.rig.status(on.slug);
      expect(decisions.map(({ action, by, from, comment }) => [action, by, from, comment])).toEqual(
        ['quinn', 'quinn', 'somebody'].map((by) => ['approve', by, 'pull-request', 'Merged by hand.']),
      );
      expect(on.opened()).toBe(4);
    },
  );

  concurrentTest(
    'that is merged onto what nobody tested stops the project until the checks pass',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'mismatch', { ...notify(), checks: ['test ! -e broken.txt'] });
      const { number } = await on.gate(1);
      const { repo, integration } = on;
      on.person.commit(integration, 'broken.txt');
      double.mergePullRequest({ as: 'quinn', repo, number });
      const stopped = await on.failed();
      expect(stopped).toContain(`LandedTreeMismatch: pull request #${number} is merged, but`);
      expect((await notices(on, 'phase_failed'))[0]).toContain('LandedTreeMismatch');
      const view = await github.rig.status(on.slug);
      expect(view.phases[0]).toMatchObject({ status: 'failed', reason: 'landed_tree_mismatch' });
      await on.retry(number);
      await on.project(
        'the checks to fail on what landed',
        ({ advances, condition }) => advances.length === 2 && condition === 'failed',
      );
      on.person.remove(integration, 'broken.txt');
      await on.retry(number);
      const last = await on.projectGate();
      expect(on.contains(last.head, on.tip(integration))).toBe(true);
      expect(on.opened()).toBe(2);
    },
  );

  concurrentTest(
    'that gets a commit and is merged before anybody looked stops the project as well',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'pushed-and-merged');
      const { number, head } = await on.gate(1);
      const { repo } = on;
      const theirs = on.person.commit(on.branch(1), 'theirs.txt');
      const landed = double.mergePullRequest({ as: 'quinn', repo, number });
      expect(await on.failed()).toMatch(
        new RegExp(`LandedTreeMismatch: pull request #${number} is merged, but .*${theirs}.*${head}`),
      );
      const { decisions } = await github.rig.status(on.slug);
      expect(decisions).toMatchObject([
        { action: 'approve', by: 'quinn', comment: `Merged by hand, with ${theirs}.` },
      ]);
      await on.retry(number);
      await on.projectGate();
      expect(on.checked()).toContain(landed);
      expect(on.opened()).toBe(2);
    },
  );

  concurrentTest(
    'of a failed phase that people merge all the same is taken as it is: what landed is the tree that passed',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'merged-after-failure', { limits: { attempts: 1 } });
      const { number } = await on.gate(1);
      const { repo } = on;
      on.reject(number, 'Not like this.');
      await on.failed();
      await on.looked(number);
      const landed = double.mergePullRequest({ as: 'quinn', repo, number, method: 'squash' });
      await on.projectGate();
      expect(on.checked().map(on.tree)).toContain(on.tree(landed));
      expect(on.opened()).toBe(2);
    },
  );

  concurrentTest(
    'that is merged while a revision is made gets a successor for the revision',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'merged-meanwhile');
      const first = await on.gate(1);
      const { number } = first;
      on.reject(number, 'One more thing.');
      await on.phase('the revision', ({ gate, currentTask }) => gate === null && currentTask === 2);
      double.mergePullRequest({ as: 'quinn', repo: on.repo, number });
      const second = await on.gate(1, first.id);
      expect(second.number).not.toBe(number);
      on.approve(second.number);
      await on.projectGate();
      expect(on.contains(on.integration, second.head)).toBe(true);
      expect(on.opened()).toBe(3);
    },
  );

  conformsToOpenApi();
});
