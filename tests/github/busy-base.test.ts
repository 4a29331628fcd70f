/** Base moves under what a review has approved: what GitHub shows of the approval then, and what its rules make of it. */
import { describe, expect } from '@jest/globals';
import { concurrentTests } from './concurrent-tests.ts';
import { startProject } from './project-driver.ts';

const alone = { pull_requests: 'project', approval: { phases: 'none' } } as const;

describe('an approval on GitHub whose base moves', () => {
  const { concurrentTest, conformsToOpenApi } = concurrentTests();

  concurrentTest('is shown on the new head too, where a rule may require it', async (github) => {
    const { double } = github;
    const on = await startProject(github, 'carried', alone);
    const { repo } = on;
    const { number, head } = await on.projectGate();
    double.setProtection(repo, 'main', { requiredChecks: ['phasewright/gate'], requiredReviews: 1 });
    const theirs = on.person.commit('main', 'theirs.txt');
    on.approve(number);
    expect(await on.handle.result()).toMatchObject({ status: 'done' });
    const [before, merged = ''] = on.parents('main');
    expect(before).toBe(theirs);
    expect([on.statuses(head).at(-1), on.statuses(merged)]).toEqual(['success', ['success']]);
    const said = double.pullRequest(repo, number)?.comments ?? [];
    const about = said.filter(({ body }) => body.startsWith('**Approved** by pia on this pull request'));
    expect(about).toHaveLength(1);
    expect(about[0]?.body).toContain(
      `The approval was carried over to ${merged.slice(0, 10)}: base moved to ${theirs.slice(0, 10)}, the patches are equal`,
    );
    expect(on.opened()).toBe(1);
  });

  concurrentTest('is given again there, where a rule takes it back at each push', async (github) => {
    const { double } = github;
    const on = await startProject(github, 'dismissed', alone);
    const { repo } = on;
    const { number } = await on.projectGate();
    double.setProtection(repo, 'main', { requiredReviews: 1, dismissStaleReviews: true });
    on.person.commit('main', 'theirs.txt');
    on.approve(number);
    const { waitingFor, decisions, gate } = await on.project(
      'the rule to hold it up',
      (view) => view.waitingFor?.includes('1 approving review is required') === true,
    );
    expect(waitingFor).toContain(`the code host to merge #${number}`);
    expect(gate).toBeNull();
    expect(decisions).toHaveLength(1);
    on.approve(number);
    expect(await on.handle.result()).toMatchObject({ status: 'done' });
    expect((await github.project(on.slug)).decisions).toHaveLength(1);
  });

  conformsToOpenApi();
});
