/** A task without a project on GitHub, and what people do by hand to its branch, its base and its pull request. */
import { describe, expect } from '@jest/globals';
import { git } from '../support/git.ts';
import { gatekeeper, implementerAfter } from '../support/rig.ts';
import { startTask, type TaskDriver } from './project-driver.ts';
import { concurrentTests } from './concurrent-tests.ts';

/** Agents here resolve conflicts by keeping both sides. */
const resolving = [
  implementerAfter('grep -rl "^<<<<<<<" --exclude-dir=.git . | xargs -r sed -i "/^[<=>]\\{7\\}/d"'),
  gatekeeper,
];

describe('a task alone on GitHub', () => {
  const { concurrentTest, conformsToOpenApi } = concurrentTests({ github: { entries: resolving } });

  concurrentTest(
    'waits while its pull request is closed, and goes on with what people push',
    async (github) => {
      const { double } = github;
      const on = await startTask(github, 'closed');
      const { repo } = on;
      const first = await on.gate();
      const { number, question } = first;
      double.closePullRequest({ as: 'quinn', repo, number });
      await on.task('the question to say so', ({ gate }) =>
        Boolean(gate?.question.endsWith('Reopen it to go on.')),
      );
      double.reopenPullRequest({ as: 'quinn', repo, number });
      await on.task('the question to say it no longer', ({ gate }) => gate?.question === question);
      const theirs = on.person.commit(on.branch, 'theirs.txt');
      const second = await on.gate(first.id);
      expect([second.number, second.head]).toEqual([number, theirs]);
      expect(on.checked()).toContain(theirs);
      on.approve(number);
      await ends(on);
      expect(on.contains('main', theirs)).toBe(true);
      expect(on.opened()).toBe(1);
    },
  );

  concurrentTest('is done when people merge it in whatever way', async (github) => {
    const { double } = github;
    const on = await startTask(github, 'merged');
    const { number, head } = await on.gate();
    double.mergePullRequest({ as: 'quinn', repo: on.repo, number, method: 'rebase' });
    await ends(on);
    const { decisions } = await on.task('the end', ({ status }) => status === 'done');
    expect(decisions).toMatchObject([{ action: 'approve', by: 'quinn', comment: 'Merged by hand.' }]);
    expect(on.statuses(head)).toEqual(['pending', 'success']);
    expect(on.opened()).toBe(1);
  });

  concurrentTest('whose branch lost its commits fails, and a retry goes on from there', async (github) => {
    const on = await startTask(github, 'forced');
    const first = await on.gate();
    const theirs = on.person.replace(on.branch, 'main');
    const { reason, detail } = await on.task('the failure', ({ status }) => status === 'failed');
    expect([reason, detail]).toEqual(['lease_lost', expect.stringContaining(theirs)]);
    expect(on.tip(on.branch)).toBe(theirs);
    await on.retry(first.number);
    const second = await on.gate(first.id);
    expect(second.number).toBe(first.number);
    expect(git(on.path, 'rev-parse', `${second.head}^`)).toBe(theirs);
    on.approve(second.number);
    await ends(on);
    expect(on.opened()).toBe(1);
  });

  concurrentTest(
    'that people merge after it failed is done: what landed is the tree that passed',
    async (github) => {
      const { double } = github;
      const on = await startTask(github, 'merged-late', { limits: { attempts: 1 } });
      const { number } = await on.gate();
      on.reject(number, 'Not like this.');
      await on.failed();
      await on.looked(number);
      const landed = double.mergePullRequest({ as: 'quinn', repo: on.repo, number, method: 'squash' });
      await ends(on);
      expect(on.tree(landed)).toBe(on.tree(on.checked().at(-1) ?? ''));
      expect(on.opened()).toBe(1);
    },
  );

  concurrentTest(
    'that gets a commit and is merged before anybody looked is tested before it is done',
    async (github) => {
      const { double } = github;
      const on = await startTask(github, 'pushed-and-merged');
      const { number, head } = await on.gate();
      const theirs = on.person.commit(on.branch, 'theirs.txt');
      const landed = double.mergePullRequest({ as: 'quinn', repo: on.repo, number });
      expect(await on.failed()).toContain(
        `quinn merged pull request #${number} with ${theirs} instead of ${head}`,
      );
      await on.retry(number);
      await ends(on);
      expect(on.checked().at(-1)).toBe(landed);
    },
  );

  concurrentTest(
    'brings its base in when that has moved, tests it, and asks nobody again',
    async (github) => {
      const on = await startTask(github, 'base-moved');
      const first = await on.gate();
      const theirs = on.person.commit('main', 'elsewhere.txt');
      on.approve(first.number);
      await ends(on);
      const [, head = ''] = on.parents('main');
      expect(on.parents(head)).toEqual([first.head, theirs]);
      expect(on.checked()).toContain(head);
      expect(on.tree('main')).toBe(on.tree(head));
    },
  );

  concurrentTest('lets its agent finish a merge with a base that conflicts', async (github) => {
    const on = await startTask(github, 'conflict');
    const first = await on.gate();
    const [file = ''] = git(on.path, 'diff', '--name-only', `main...${first.head}`).split('\n');
    const theirs = on.person.commit('main', file, 'By hand.\n');
    on.approve(first.number);
    const second = await on.gate(first.id);
    expect(on.parents(second.head)).toEqual([first.head, theirs]);
    expect(git(on.path, 'show', `${second.head}:${file}`)).toMatch(/attempt 1\n.*By hand\.\n.*attempt 2/s);
    on.approve(second.number);
    await ends(on);
  });

  concurrentTest('that is merged into another branch is not done', async (github) => {
    const { double } = github;
    const on = await startTask(github, 'elsewhere');
    const { number, id } = await on.gate();
    const { repo } = on;
    on.person.force('elsewhere', on.tip('main'));
    double.retarget({ as: 'quinn', repo, number, base: 'elsewhere' });
    double.mergePullRequest({ as: 'quinn', repo, number });
    expect(await on.failed()).toContain(
      `quinn merged pull request #${number} into 'elsewhere' instead of 'main'`,
    );
    await on.retry(number);
    const again = await on.gate(id);
    expect(again.number).not.toBe(number);
    on.approve(again.number);
    await ends(on);
  });

  conformsToOpenApi();
});

async function ends(on: TaskDriver): Promise<void> {
  expect(await on.handle.result()).toMatchObject({ status: 'done', pullRequest: { state: 'merged' } });
}
