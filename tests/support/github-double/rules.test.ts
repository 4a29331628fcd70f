import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createRig, refusal, repo, type Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig({ unknownMergeableReads: 0 });
  rig.commit('feature', 'feature.txt', 'one\n');
  rig.double.openPullRequest({
    as: 'pia',
    repo: 'acme/shop',
    head: 'feature',
    base: 'main',
    title: 'Feature',
  });
});
afterEach(async () => {
  expect(rig.double.nonConforming()).toEqual([]);
  await rig.close();
});

const one = { ...repo, pull_number: 1 } as const;
const merge = () => rig.github.pulls.merge(one);
const state = async () => (await rig.github.pulls.get(one)).data.mergeable_state;

it('blocks a merge until checks and reviews are there', async () => {
  const { double } = rig;
  double.setProtection('acme/shop', 'main', { requiredChecks: ['ci'], requiredReviews: 1 });
  const on = { repo: 'acme/shop', number: 1 } as const;
  double.addUser('robot', { kind: 'app' });

  expect(await state()).toBe('blocked');
  expect(await refusal(merge())).toMatchObject({
    status: 405,
    message:
      'Required status check "ci" is expected. At least 1 approving review is required by reviewers with write access.',
  });
  double.reportStatus({ as: 'pia', repo: 'acme/shop', branch: 'feature', context: 'ci', state: 'failure' });
  double.review({ as: 'robin', ...on, state: 'APPROVED' });
  expect((await refusal(merge())).message).toBe('Required status check "ci" is failing.');
  double.reportCheck({
    as: 'robot[bot]',
    repo: 'acme/shop',
    branch: 'feature',
    name: 'ci',
    conclusion: 'success',
  });
  expect(await state()).toBe('clean');
  await merge();
});

it('refuses drafts, methods that are switched off, and heads that are behind', async () => {
  const { double } = rig;
  double.setDraft({ as: 'pia', repo: 'acme/shop', number: 1, draft: true });
  expect(await state()).toBe('draft');
  expect((await refusal(merge())).message).toBe('Pull Request is still a draft');
  double.setDraft({ as: 'pia', repo: 'acme/shop', number: 1, draft: false });
  double.setRepositoryOptions('acme/shop', { allowMergeCommit: false });
  expect((await refusal(merge())).message).toBe('Merge commits are not allowed on this repository.');
  double.setRepositoryOptions('acme/shop', { allowMergeCommit: true });
  double.setProtection('acme/shop', 'main', { strict: true });
  rig.commit('main', 'other.txt', 'other\n');
  expect(await state()).toBe('behind');
  expect(await refusal(merge())).toMatchObject({ status: 405 });
});

it('keeps pushes away from a protected branch, and lets the rest of a push fail with it when it is atomic', async () => {
  const { double } = rig;
  double.setProtection('acme/shop', 'main', { requiredReviews: 1 });
  const before = double.tip('acme/shop', 'main');
  const push = rig.httpGit(
    'robin-token',
    'push',
    '--atomic',
    `${double.url}/acme/shop.git`,
    'origin/feature:refs/heads/main',
    'origin/feature:refs/heads/other',
  );

  await expect(push).rejects.toThrow(/GH006: Protected branch update failed for refs\/heads\/main/);
  expect([double.tip('acme/shop', 'main'), double.tip('acme/shop', 'other')]).toEqual([before, null]);
});

it('shows what one may see, and names what one may not do', async () => {
  const { double, as } = rig;
  double.addUser('reader', { token: 'reader-token', permission: 'read' });
  double.addUser('narrow', { token: 'narrow-token', grants: { pull_requests: 'read' } });
  double.addUser('scopeless', { token: 'scopeless-token', scopes: ['read:user'] });
  const status = async (token: string) => {
    const { data } = await rig.github.git.getRef({ ...repo, ref: 'heads/feature' });
    const call = as(token).repos.createCommitStatus({ ...repo, sha: data.object.sha, state: 'success' });
    return refusal(call);
  };

  expect(await status('unknown')).toMatchObject({ status: 401, message: 'Bad credentials' });
  expect(await status('reader-token')).toMatchObject({ status: 403 });
  expect(await status('narrow-token')).toMatchObject({
    status: 403,
    message: 'Resource not accessible by personal access token',
  });
  expect(await status('scopeless-token')).toMatchObject({ status: 404 });
  double.createRepository('acme/secret', { private: true });
  const secret = as('reader-token');
  double.setPermission('reader', 'acme/secret', 'none');
  expect(await refusal(secret.repos.get({ owner: 'acme', repo: 'secret' }))).toMatchObject({ status: 404 });
  expect((await rig.github.repos.get(repo)).headers['x-oauth-scopes']).toBe('repo');
  expect(await refusal(as('reader-token').repos.listWebhooks(repo))).toMatchObject({ status: 404 });
});

it('lets an App in by its key, as a bot, until its token ends', async () => {
  const { double } = rig;
  const { appId, privateKey, installationId } = double.addApp({ slug: 'phasewright', owner: 'acme' });
  const auth = { appId, privateKey, installationId };
  const github = rig.asApp(auth);
  await github.issues.createComment({ ...repo, issue_number: 1, body: 'From a bot' });
  const { data } = await github.issues.listComments({ ...repo, issue_number: 1 });
  const { token } = (await github.auth({ type: 'installation' })) as { token: string };
  await rig.httpGit(token, 'push', `${double.url}/acme/shop.git`, 'origin/feature:refs/heads/by-the-app');

  expect(data).toMatchObject([{ user: { login: 'phasewright[bot]', type: 'Bot' } }]);
  expect(double.effects.pushes.at(-1)).toMatchObject({
    by: 'phasewright[bot]',
    ref: 'refs/heads/by-the-app',
  });
  expect(await refusal(github.users.getAuthenticated())).toMatchObject({ status: 403 });
  double.revoke('phasewright[bot]');
  // Not with the App's own client, which asks again for seconds while its token is young.
  expect(await refusal(rig.as(token).repos.get(repo))).toMatchObject({ status: 401 });
  const forged = { ...auth, privateKey: double.addApp({ slug: 'other', owner: 'acme' }).privateKey };
  expect(await refusal(rig.asApp(forged).repos.get(repo))).toMatchObject({ status: 401 });
});
