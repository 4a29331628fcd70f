/** What a code host's own rules would refuse in the end is told before anything is made, with where it is set and what agrees with it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createFileArtifacts } from '../../../activities/artifacts/file/index.ts';
import { createPlanningActivities } from '../../../activities/planning/activities.ts';
import { fullName, type GitHubRig, makeGitHubRig, tokens } from '../code-host/github-rig.ts';

let rig: GitHubRig;
let activities: ReturnType<typeof createPlanningActivities>;
beforeAll(async () => {
  rig = await makeGitHubRig();
  const shipped = (name: string): string =>
    readFileSync(new URL(`../../../flows/${name}.yaml`, import.meta.url), 'utf8');
  activities = createPlanningActivities({
    git: rig.git,
    artifacts: createFileArtifacts({ root: join(rig.person.folder, 'artifacts') }),
    hostId: 'host-a',
    roles: () => ['implementer', 'gatekeeper'],
    missingPrograms: () => ({}),
    shippedFlows: { default: shipped('default'), project: shipped('project') },
    notifyKinds: ['stdout'],
    codeHosts: ['github'],
    hostFor: () => rig.host,
  });
});
afterAll(async () => {
  expect(rig.double.nonConforming()).toEqual([]);
  await rig.remove();
});
beforeEach(() => {
  rig.double.addUser('phase', { token: tokens.phase, permission: 'write' });
  rig.double.setRepositoryOptions(fullName, { allowMergeCommit: true, allowSquashMerge: true });
  for (const branch of ['main', 'project/shop/integration', 'topic', 'bots/fix'])
    rig.double.setProtection(fullName, branch, null);
});

const project = (more: object = {}) =>
  activities.planProject({
    input: { name: 'Shop', repository: fullName, phases: [{ name: 'One', tasks: ['Do it'] }], ...more },
    workflowId: 'project.shop',
  });
const task = (more: object = {}) =>
  activities.planTask({
    input: { title: 'Fix', slug: 'fix', repository: fullName, ...more },
    workflowId: 'task.fix',
  });

/** Type and text; it is final. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('It was planned.'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  expect(error.nonRetryable).toBe(true);
  return `${error.type}: ${error.message}`;
}

describe('a project is refused, with the setting that agrees with the rule, where base', () => {
  it('takes no merge commits', async () => {
    rig.double.setProtection(fullName, 'main', { kind: 'ruleset', linearHistory: true });
    const rule =
      /InvalidProject: .*\n.*code host: Rules of 'main': It takes no merge commits \(ruleset 'Rules for main', http.*\/acme\/shop\/rules\/\d+\): write merge_method: squash/;
    expect(await refusal(project())).toMatch(rule);
    expect(await refusal(task())).toMatch(rule);

    expect((await project({ merge_method: 'squash' })).warnings).toBeUndefined();
    expect((await task({ merge_method: 'squash' })).warnings).toBeUndefined();
  });

  it('has a merge queue, a lock, or a list of who may push', async () => {
    rig.double.setProtection(fullName, 'main', { kind: 'ruleset', kinds: ['merge_queue', 'update'] });
    const said = await refusal(project());
    expect(said).toMatch(
      /It has a merge queue \(ruleset 'Rules for main', .*\), which Phasewright does not join/,
    );
    expect(said).toMatch(
      /Nobody may change it \(.*\), so the last pull request can't be merged: let phase bypass/,
    );

    rig.double.addUser('phase', { token: tokens.phase, permission: 'admin' });
    rig.double.setProtection(fullName, 'main', { pushers: ['acme'], enforceAdmins: true });
    expect(await refusal(project())).toContain('add phase, or merge the last pull request by hand');
  });

  it('takes signed commits only', async () => {
    rig.double.setProtection(fullName, 'main', { kind: 'ruleset', signatures: true });
    expect(await refusal(project())).toContain('write merge_method: squash, so that GitHub makes and signs');
    const { warnings } = await project({ merge_method: 'squash' });
    expect(warnings).toEqual([expect.stringContaining('may refuse the pull request for the commits in it')]);
  });

  it('lies in a repository whose settings allow no such merge', async () => {
    rig.double.setRepositoryOptions(fullName, { allowMergeCommit: false });
    expect(await refusal(project())).toContain('write pull_requests: project and merge_method: squash');
    expect(await refusal(project({ merge_method: 'squash' }))).toContain('and phases are merged with them');
    expect(await refusal(task())).toContain('Write merge_method: squash, or tick');
    await project({ pull_requests: 'project', merge_method: 'squash' });
    await task({ merge_method: 'squash' });
  });
});

it('a project is refused whose own branches may not be pushed, by the names that it will have', async () => {
  const rules = { kind: 'ruleset', requirePullRequest: true } as const;
  rig.double.setProtection(fullName, 'project/shop/integration', rules);
  expect(await refusal(project())).toMatch(
    /Rules of 'project\/shop\/integration': Tasks are pushed to such branches, but changes need a pull request \(ruleset '.*Exclude 'project\/\*\*\/\*' from the ruleset/,
  );
  await project({ branch_prefix: 'bots' });

  rig.double.setProtection(fullName, 'topic', rules);
  const phases = [{ name: 'One', branch: 'topic', tasks: ['Do it'] }];
  expect(await refusal(project({ branch_prefix: 'bots', phases }))).toContain(
    "Exclude 'bots/**/*' and 'topic'",
  );
  rig.double.setProtection(fullName, 'bots/fix', rules);
  expect(await refusal(task({ branch_prefix: 'bots' }))).toContain("Rules of 'bots/fix'");
});

describe('a project starts, and its people are told', () => {
  const linear = { kind: 'ruleset', linearHistory: true } as const;

  it('that a rule which this credential may bypass is none, and that it can’t be seen is a doubt', async () => {
    rig.double.setProtection(fullName, 'main', { ...linear, bypass: ['phase'] });
    expect((await project()).warnings).toBeUndefined();

    rig.double.setProtection(fullName, 'main', linear);
    const on = 'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}';
    rig.double.fail({ on, fault: { kind: 'answer', status: 404, body: { message: 'Not Found' } } });
    expect((await project()).warnings).toEqual([
      expect.stringMatching(/takes no merge commits \(a ruleset of acme\/shop\).*can't be seen whether/),
    ]);
  });

  it('what may not be read, as not known', async () => {
    rig.double.setProtection(fullName, 'main', { requiredReviews: 1, linearHistory: true });
    expect((await project()).warnings).toEqual([
      expect.stringMatching(/'main' is protected, and only administrators see all of it.*is not known/),
    ]);

    rig.double.setProtection(fullName, 'main', null);
    const on = 'GET /repos/{owner}/{repo}/rules/branches/{branch}';
    const body = { message: 'Resource not accessible by personal access token' };
    rig.double.fail({ on, times: 3, fault: { kind: 'answer', status: 403, body } });
    expect((await project()).warnings?.[0]).toContain('what they refuse is not known');
  });

  it('what somebody else has to do before the last merge', async () => {
    rig.double.setProtection(fullName, 'main', { kind: 'ruleset', deployments: ['staging'] });
    expect((await project()).warnings).toEqual([
      expect.stringContaining('its head must have been deployed to staging'),
    ]);
  });
});
