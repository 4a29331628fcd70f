import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gateContext } from '../../../domain/views/gate-status.ts';
import { webhookEvents } from '../../../domain/code-host/webhook-events.ts';
import { faults } from '../../support/github-double/index.ts';
import { canaries, enough, type ExamineRig, startExamineRig } from './diagnose-rig.ts';

const repo = 'acme/shop';
let rig: ExamineRig;
beforeEach(async () => {
  rig = await startExamineRig();
  rig.double.addUser('robin', { token: canaries.token, permission: 'admin' });
});
afterEach(() => rig.close());

it('an archived repository, and one without merge commits, are problems', async () => {
  const { double } = rig;
  double.setRepositoryOptions(repo, { archived: true, allowMergeCommit: false, allowSquashMerge: false });
  const { states, text } = await rig.look({}, { mergeMethod: 'squash' });

  expect(states).toMatchObject({ Repository: 'problem', Merging: 'problem' });
  expect(text).toContain('Unarchive it in its settings');
  expect(text).toContain("Tick 'Allow merge commits' (Settings, General, Pull Requests)");
  expect(text).toContain("Tick 'Allow squash merging'");
});

it('branches that GitHub deletes after the merge do no harm', async () => {
  rig.double.setRepositoryOptions(repo, { deleteBranchOnMerge: true });
  expect((await rig.look()).text).toContain(
    'ok Merging: merge commits and squashing allowed, head branches deleted',
  );
});

describe.each(['protection', 'ruleset'] as const)('rules of base, as a %s', (kind) => {
  it('say what an approved pull request waits for', async () => {
    const rules = { kind, requiredReviews: 2, requiredChecks: ['ci'], codeOwners: true };
    rig.double.setProtection(repo, 'main', rules);
    const { states, text } = await rig.look();

    expect(states).toMatchObject({ "Rules of 'main'": 'ok' });
    expect(text).toContain(
      "2 approving reviews (the one that answers the gate counts); code owners' approval",
    );
    expect(text).toContain(`the checks ci; '${gateContext}' can be one of them`);
  });

  it('that take no merge commits ask for a squash', async () => {
    rig.double.setProtection(repo, 'main', { kind, linearHistory: true, enforceAdmins: true });
    const merged = await rig.look();
    const squashed = await rig.look({}, { mergeMethod: 'squash' });

    expect(merged.states).toMatchObject({ "Rules of 'main'": 'problem' });
    expect(merged.text).toMatch(
      /It takes no merge commits \(.*\/acme\/shop\/(rules\/\d+|settings\/branches)\): write merge_method: squash/,
    );
    expect(squashed.states).toMatchObject({ "Rules of 'main'": 'ok' });
  });

  it('that take signed commits only are a problem', async () => {
    rig.double.setProtection(repo, 'main', { kind, signatures: true });
    expect((await rig.look()).text).toContain('the commits of tasks are not signed');
  });
});

it('who may push to base is compared with whom we act as', async () => {
  rig.double.setProtection(repo, 'main', { pushers: ['acme'], enforceAdmins: true });
  expect((await rig.look()).text).toMatch(
    /problem .*Only acme may push or merge there \(branch protection, .*\): add robin/,
  );
  rig.double.setProtection(repo, 'main', { pushers: ['acme'] });
  expect((await rig.look()).text).toMatch(/warning .*Only acme .*it can't be seen whether/);

  rig.double.setProtection(repo, 'main', { pushers: ['robin'] });
  expect((await rig.look()).states).toMatchObject({ "Rules of 'main'": 'ok' });
});

it('a merge queue, a locked branch and a base that is not there are problems', async () => {
  rig.double.setProtection(repo, 'main', { kind: 'ruleset', kinds: ['update', 'merge_queue'] });
  const { states, text } = await rig.look();

  expect(states).toMatchObject({ "Rules of 'main'": 'problem' });
  expect(text).toContain("Nobody may change it (ruleset 'Rules for main', ");
  expect(text).toMatch(/It has a merge queue \(.*\), which Phasewright does not join/);
  expect((await rig.look({}, { base: 'trunk' })).text).toContain("The branch 'trunk' does not exist");
});

it('protection that only administrators see is told as far as others see it', async () => {
  rig.double.addUser('robin', { token: canaries.token, permission: 'write' });
  rig.double.setProtection(repo, 'main', { requiredReviews: 1, requiredChecks: ['ci'] });
  const { text } = await rig.look();

  expect(text).toContain("ok Rules of 'main': the checks ci;");
  expect(text).toContain(
    "warning Rules of 'main': 'main' is protected, and only administrators see all of it",
  );
});

it('rules of the branches that tasks are pushed to are a problem when they stop pushes', async () => {
  const branch = 'project/doctor/integration';
  const rules = {
    kind: 'ruleset',
    requirePullRequest: true,
    requiredChecks: ['ci'],
    kinds: ['creation'],
  } as const;
  rig.double.setProtection(repo, branch, rules);
  const { states, text } = await rig.look();

  expect(states).toMatchObject({ "Rules of 'main'": 'ok', "Rules of 'project/**'": 'warning' });
  expect(text).toContain(
    "problem Rules of 'project/**': Tasks are pushed to such branches, but creating them is restricted; changes need a pull request; pushes need the checks ci (ruleset ",
  );
  expect(text).toContain("a rebased phase can't be pushed (non_fast_forward)");
});

it('a plan without rulesets has no rules, and an answer that makes no sense hides no other finding', async () => {
  const on = 'GET /repos/{owner}/{repo}/rules/branches/{branch}';
  const body = { message: 'Upgrade to GitHub Pro or make this repository public to enable this feature.' };
  rig.double.fail({ on, times: 2, fault: { kind: 'answer', status: 403, body } });
  expect((await rig.look()).states).toMatchObject({ "Rules of 'main'": 'ok', "Rules of 'project/**'": 'ok' });

  rig.double.fail({ on: 'GET /repos/{owner}/{repo}/hooks', fault: faults.wrongBody([{ config: null }]) });
  const { states } = await rig.look();
  expect(states).toMatchObject({ Repository: 'ok', Webhook: 'problem' });
});

describe('a webhook', () => {
  const url = `https://hooks.example.com/github?key=${canaries.webhook}`;

  it('that leads here and was answered well is all right', async () => {
    const answered = { code: 202, status: 'active', message: 'OK' };
    rig.double.setHooks(repo, [
      { url: 'https://ci.example.com/build', contentType: 'form' },
      { url, events: webhookEvents.github, lastResponse: answered },
    ]);

    expect((await rig.look()).text).toContain(
      'ok Webhook: https://hooks.example.com/github, last answered with 202',
    );
    const elsewhere = await rig.look({}, { webhookUrl: 'https://other.example.com/github' });
    expect(elsewhere.text).toContain('warning Webhook: None leads to https://other.example.com/github');
  });

  it('that cannot work is a problem, with all that is wrong', async () => {
    const lastResponse = { code: 415, status: 'failure', message: 'Unsupported Media Type' };
    const wrong = {
      contentType: 'form',
      secret: false,
      active: false,
      insecureSsl: true,
      lastResponse,
    } as const;
    rig.double.setHooks(repo, [{ url, ...wrong, events: ['push'] }]);
    const { states, text } = await rig.look();

    expect(states).toMatchObject({ Webhook: 'problem' });
    expect(text).toContain("its content type must be 'application/json'; it has no secret");
    expect(text).toContain(
      "it is not active: tick 'Active'; it misses the events pull_request, pull_request_review",
    );
    expect(text).toContain(
      'turn SSL verification on; the last delivery was answered with 415 (Unsupported Media',
    );
  });

  it('that may not be looked at is said to need a right, and that polling does the work', async () => {
    rig.double.addUser('robin', { token: canaries.token, permission: 'write' });
    expect((await rig.look()).text).toMatch(/warning Webhook: .*can't be looked at.*polling does the work/);
  });

  it("of an App is the App's own", async () => {
    const events = ['pull_request', 'push'];
    const options = { slug: 'wright', owner: 'acme', grants: enough, events } as const;
    const app = rig.double.addApp({ ...options, hook: { url } });
    const { states, text } = await rig.look(rig.asApp(app));

    expect(states).toMatchObject({ Webhook: 'warning' });
    expect(text).toContain('https://hooks.example.com/github: it misses the events pull_request_review,');
  });
});
