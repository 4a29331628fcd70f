/** Why GitHub does not merge yet, in words: what can be seen is named, what only GitHub knows it is asked for, and nothing is passed over. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import type { ProtectionOptions } from '../../support/github-double/accounts.ts';
import { faults } from '../../support/github-double/faults.ts';
import { fullName, type GitHubRig, makeGitHubRig } from './github-rig.ts';

const rootToken = 'ghp_rootTokenOfTheTests0000000000000';
let rig: GitHubRig;
let made = 0;
let [head, base] = ['', ''];
let number: number;
beforeAll(async () => {
  rig = await makeGitHubRig();
  for (const login of ['pia', 'quinn']) rig.double.addUser(login, { permission: 'write' });
  rig.double.addUser('root', { token: rootToken, permission: 'admin' });
});
afterAll(() => rig.remove());
beforeEach(async () => {
  made += 1;
  [head, base] = [`work/${made}`, `base/${made}`];
  rig.person.commit(base, { [`base-${made}.txt`]: 'base\n' }, 'main');
  rig.person.commit(head, { [`work-${made}.txt`]: 'work\n' }, base);
  const { repository } = rig.workspace;
  const texts = { title: 'Add work', body: 'Why.' };
  ({ number } = await rig.host.openPullRequest({ repository, headBranch: head, baseBranch: base, ...texts }));
});
afterEach(() => expect(rig.double.nonConforming()).toEqual([]));

const protect = (rules: ProtectionOptions) => rig.double.setProtection(fullName, base, rules);
const on = (as: string) => ({ as, repo: fullName, number });
const tip = (branch: string) => rig.person.tip(branch) ?? '';
const merge = async (host: CodeHost = rig.host) => {
  const { workspace } = rig;
  return host.mergePullRequest({
    repository: workspace.repository,
    number,
    workspace,
    expectedHeadSha: tip(head),
    expectedBaseSha: tip(base),
    method: 'merge',
    metadata: { date: '2026-11-21T10:00:00Z', subject: 'Merge the phase', body: '', trailers: [] },
    fence: await rig.fence(),
  });
};
/** Why it is blocked, and whether GitHub was asked for the merge. */
async function blocked(host?: CodeHost): Promise<{ readonly why: string; readonly asked: boolean }> {
  const puts = () =>
    rig.double.exchanges.filter(({ method, path }) => method === 'PUT' && path.endsWith('/merge')).length;
  const before = puts();
  const result = await merge(host);
  if (result.kind !== 'blocked') throw new Error(result.kind);
  return { why: result.why, asked: puts() > before };
}

it.each([
  'Waiting on code owner review from acme/designers.',
  'A conversation must be resolved before this pull request can be merged.',
  'Commits must have verified signatures.',
])('shows GitHub’s own sentence where only GitHub knows: %s', async (sentence) => {
  for (const kind of ['protection', 'ruleset'] as const) {
    protect({ kind, hidden: [sentence] });
    rig.double.review({ ...on('pia'), state: 'APPROVED' });
    const { why, asked } = await blocked();
    expect(asked).toBe(true);
    expect(why).toContain(sentence.replace(/\.$/, ''));
    expect(why).not.toContain('does not say which');
  }
});

it('names the second approval that is missing', async () => {
  protect({ kind: 'ruleset', requiredReviews: 2 });
  rig.double.review({ ...on('pia'), state: 'APPROVED' });
  expect((await blocked()).why).toContain('At least 2 approving reviews are required');
  rig.double.review({ ...on('quinn'), state: 'APPROVED' });
  expect((await merge()).kind).toBe('merged');
});

it('names required checks by what became of each, and asks for no merge meanwhile', async () => {
  protect({ kind: 'ruleset', requiredChecks: ['build', 'lint', 'test'], bypass: ['phase'] });
  const report = (context: string, state: 'pending' | 'failure' | 'success') =>
    rig.double.reportStatus({ as: 'pia', repo: fullName, sha: tip(head), context, state });
  report('lint', 'failure');
  report('test', 'pending');
  report('optional', 'failure');
  const { why, asked } = await blocked();
  expect(asked).toBe(false);
  expect(why).toContain(
    '1 of 3 required checks failed: lint; 1 of 3 required checks pending: test; 1 of 3 required checks not seen yet: build',
  );
  expect(why).not.toContain('optional');
  for (const context of ['build', 'lint', 'test']) report(context, 'success');
  expect((await merge()).kind).toBe('merged');
});

it('uses a bypass that a ruleset gives, but not against a person who asks for changes', async () => {
  protect({ kind: 'ruleset', requiredReviews: 1, bypass: ['phase'] });
  rig.double.review({ ...on('pia'), state: 'CHANGES_REQUESTED', body: 'No.' });
  expect(await blocked()).toEqual({
    why: expect.stringContaining('changes are asked for by pia') as unknown,
    asked: false,
  });
  rig.double.review({ ...on('pia'), state: 'COMMENTED', body: 'Well.' });
  rig.double.review({ ...on('pia'), state: 'APPROVED' });
  protect({ kind: 'ruleset', requiredReviews: 2, bypass: ['phase'] });
  expect((await merge()).kind).toBe('merged');
});

it('passes over nothing as an administrator, and says what the protection asks for', async () => {
  const { host } = rig.client({ auth: { kind: 'token', token: rootToken } });
  protect({ requiredReviews: 2, codeOwners: true });
  rig.double.review({ ...on('pia'), state: 'APPROVED' });
  const { why, asked } = await blocked(host);
  expect(asked).toBe(false);
  expect(why).toContain(
    "they ask for 2 approving reviews (the one that answers the gate counts); code owners' approval",
  );

  protect({ requiredReviews: 2, enforceAdmins: true });
  expect((await blocked(host)).why).toContain('GitHub says: At least 2 approving reviews are required');
});

it('names a merge queue with the way through it, and follows whoever goes there', async () => {
  protect({ kind: 'ruleset', kinds: ['merge_queue'], bypass: ['pia'] });
  const { why } = await blocked();
  expect(why).toContain('whoever may adds the pull request to it on its page');
  expect(why).toContain('Changes must be made through the merge queue');
  rig.double.mergePullRequest(on('pia'));
  expect((await merge()).kind).toBe('merged');
});

it('takes a base that moved while checks are wanted anew for what it is', async () => {
  protect({ strict: true });
  await rig.host.getPullRequest({ repository: rig.workspace.repository, number });
  rig.double.fail({
    on: 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
    fault: faults.meanwhile(() => {
      rig.person.commit(base, { 'later.txt': 'later\n' });
      protect({ hidden: ['2 of 2 required status checks are expected.'] });
    }),
  });
  expect(await merge()).toEqual({ kind: 'base_moved', baseSha: tip(base) });
});
