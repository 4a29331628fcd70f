import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { runGit } from '../git.ts';
import { listRefs } from './git.ts';
import { operations } from './operations.ts';
import { prune } from './prune-openapi.ts';
import { createRig, refusal, repo, type Rig } from './rig.ts';
import { createValidator } from './validate.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

const one = { ...repo, pull_number: 1 } as const;

async function openOne(head = 'feature'): Promise<string> {
  const sha = rig.commit(head, 'feature.txt', 'one\ntwo\n');
  await rig.github.pulls.create({ ...repo, head, base: 'main', title: 'Feature', body: 'Why' });
  return sha;
}

it('answers every route in the form that GitHub describes', async () => {
  const { double, github } = rig;
  const app = double.addApp({ slug: 'checker', owner: 'acme', hook: { url: 'http://127.0.0.1:9/' } });
  double.addUser('checks', { kind: 'app', token: 'app-token' });
  double.addUser('acme', { token: 'owner-token', permission: 'admin' });
  const owner = rig.as('owner-token');
  const sha = await openOne();
  const pia = rig.as('pia-token');
  const review = { ...one, event: 'REQUEST_CHANGES', body: 'No' } as const;
  const comments = [{ path: 'feature.txt', line: 2, side: 'RIGHT', body: 'Why two?' }];
  const { data: made } = await pia.pulls.createReview({ ...review, comments });
  const { data: asked } = await github.pulls.listReviewComments(one);
  const { data: comment } = await github.issues.createComment({ ...repo, issue_number: 1, body: 'Hello' });
  const asApp = rig.asApp({ appId: app.appId, privateKey: app.privateKey });
  double.setWebhook({ url: 'http://127.0.0.1:9/', secret: 'x' });
  double.setDelivery('drop');
  double.setProtection('acme/shop', 'main', { requiredChecks: ['ci'] });
  await owner.repos.getBranchProtection({ ...repo, branch: 'main' });
  await github.repos.getBranch({ ...repo, branch: 'main' });
  double.setProtection('acme/shop', 'main', { requiredChecks: ['ci'], requiredReviews: 1, kind: 'ruleset' });
  const { data: rules } = await github.repos.getBranchRules({ ...repo, branch: 'main' });
  expect(rules).toHaveLength(4);
  await github.repos.getRepoRuleset({ ...repo, ruleset_id: rules[0]?.ruleset_id ?? 0 });
  double.setProtection('acme/shop', 'main', null);

  await github.users.getAuthenticated();
  await github.rateLimit.get();
  await asApp.apps.getAuthenticated();
  await asApp.apps.getWebhookConfigForApp();
  await asApp.apps.listInstallations();
  await asApp.apps.getRepoInstallation(repo);
  await asApp.apps.createInstallationAccessToken({ installation_id: app.installationId });
  await owner.repos.get(repo);
  await owner.repos.listWebhooks(repo);
  await github.repos.getCollaboratorPermissionLevel({ ...repo, username: 'pia' });
  await github.git.getRef({ ...repo, ref: 'heads/feature' });
  await github.git.getCommit({ ...repo, commit_sha: sha });
  await github.pulls.list({ ...repo, head: 'acme:feature', base: 'main', state: 'all' });
  await github.pulls.get(one);
  await github.pulls.update({ ...one, body: 'Because' });
  await github.pulls.listReviews(one);
  await pia.pulls.dismissReview({ ...one, review_id: made.id, message: 'Fine now' });
  await github.pulls.createReplyForReviewComment({ ...one, comment_id: asked[0]?.id ?? 0, body: 'So' });
  await github.issues.updateComment({ ...repo, comment_id: comment.id, body: 'Hello again' });
  await github.issues.listComments({ ...repo, issue_number: 1 });
  await github.issues.addLabels({ ...repo, issue_number: 1, labels: ['a'] });
  await github.issues.setLabels({ ...repo, issue_number: 1, labels: ['a', 'b'] });
  await github.issues.listLabelsOnIssue({ ...repo, issue_number: 1 });
  await github.repos.createCommitStatus({ ...repo, sha, state: 'success', context: 'ci' });
  const completed = {
    status: 'completed',
    conclusion: 'success',
    output: { title: 'Ok', summary: '' },
  } as const;
  await rig.as('app-token').checks.create({ ...repo, name: 'unit', head_sha: sha, ...completed });
  await github.checks.listForRef({ ...repo, ref: 'feature' });
  await github.repos.getCombinedStatusForRef({ ...repo, ref: sha });
  await github.repos.listCommitStatusesForRef({ ...repo, ref: 'feature' });
  await github.pulls.merge({ ...one, sha });

  expect(double.nonConforming()).toEqual([]);
  expect(
    operations.filter((operation) => !double.exchanges.some(({ route }) => route === operation)),
  ).toEqual([]);
});

it('notices what differs from the description, and what it cannot answer', async () => {
  const { double, github } = rig;
  await openOne();
  const validator = createValidator();
  const problems = validator.response('GET /repos/{owner}/{repo}/pulls/{pull_number}', 200, { number: '1' });
  await github.pulls.update({ ...one, state: 'merged' as 'closed' }).catch(() => undefined);
  await github.request('GET /repos/{owner}/{repo}/pulls', { ...repo, branch: 'feature' });
  await github.gists.list().catch(() => undefined);

  expect(problems).toContain('response/number must be integer');
  expect(problems).toContain("response must have required property 'head'");
  expect(validator.response('GET /repos/{owner}/{repo}/pulls', 204, undefined)).toHaveLength(1);
  expect(double.nonConforming().map((exchange) => exchange.problems)).toEqual([
    ['request/state must be equal to one of the allowed values'],
    ['query: branch is not a parameter'],
    ['unimplemented: the double has no such route'],
  ]);
});

it('keeps of a description what the operations use, without prose', () => {
  const schema = { $ref: '#/components/schemas/a' };
  const response = { description: 'prose', content: { 'application/json': { schema, example: 1 } } };
  const description = {
    openapi: '3.0.3',
    paths: {
      '/a': { get: { summary: 'prose', operationId: 'a', responses: { 200: response } }, post: {} },
      '/b': {},
    },
    components: {
      schemas: { a: { properties: { description: { type: 'string', description: 'prose' } } }, b: {} },
    },
  };

  expect(prune(description, ['GET /a'])).toEqual({
    openapi: '3.0.3',
    paths: {
      '/a': {
        get: { operationId: 'a', responses: { 200: { content: { 'application/json': { schema } } } } },
      },
    },
    components: { schemas: { a: { properties: { description: { type: 'string' } } } } },
  });
  const kept = JSON.parse(readFileSync(new URL('./openapi.json', import.meta.url), 'utf8')) as {
    paths: object;
  };
  expect(
    Object.entries(kept.paths)
      .flatMap(([path, methods]) =>
        Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
      )
      .toSorted(),
  ).toEqual(operations.toSorted());
});

it('opens one pull request per head and base, and refuses in the words of GitHub', async () => {
  const { double, github } = rig;
  await openOne();
  const open = (head: string, base = 'main') =>
    refusal(github.pulls.create({ ...repo, head, base, title: 'Again' }));
  rig.git('push', '--quiet', 'origin', 'origin/main:refs/heads/empty');

  expect(await open('feature')).toMatchObject({
    status: 422,
    message: 'Validation Failed',
    errors: [{ message: 'A pull request already exists for acme:feature.' }],
  });
  expect((await open('empty')).errors).toMatchObject([{ message: 'No commits between main and empty' }]);
  expect((await open('ghost')).errors).toEqual([{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
  expect((await open('feature', 'ghost')).errors).toMatchObject([{ field: 'base', code: 'invalid' }]);
  expect(await refusal(github.pulls.get({ ...repo, pull_number: 9 }))).toMatchObject({
    status: 404,
    message: 'Not Found',
  });
  expect(double.effects.pullRequestsOpened).toMatchObject([{ number: 1, by: 'robin' }]);
});

it('pages through lists with links', async () => {
  for (const name of ['a', 'b', 'c']) {
    rig.commit(name, `${name}.txt`, name);
    rig.double.openPullRequest({ as: 'pia', repo: 'acme/shop', head: name, base: 'main', title: name });
  }
  const { github } = rig;
  const all = await github.paginate(github.pulls.list, { ...repo, per_page: 2 });

  expect(all.map(({ title }) => title)).toEqual(['c', 'b', 'a']);
  expect(rig.double.exchanges).toHaveLength(2);
});

it('works mergeability out only when asked, with git', async () => {
  const { github } = rig;
  await openOne();
  const mergeable = async () => {
    const { data } = await github.pulls.get(one);
    return [data.mergeable, data.mergeable_state];
  };

  expect([await mergeable(), await mergeable()]).toEqual([
    [null, 'unknown'],
    [true, 'clean'],
  ]);
  rig.commit('main', 'feature.txt', 'something else\n');
  expect([await mergeable(), await mergeable()]).toEqual([
    [null, 'unknown'],
    [false, 'dirty'],
  ]);
  expect(await refusal(github.pulls.merge(one))).toMatchObject({
    status: 405,
    message: 'Pull Request is not mergeable',
  });
});

it.each(['merge', 'squash', 'rebase'] as const)(
  'merges by %s, once, on exactly the head that was named',
  async (how) => {
    const { double, github } = rig;
    const head = await openOne();
    const base = rig.commit('main', 'other.txt', 'other\n');
    const merge = (sha: string) => github.pulls.merge({ ...one, sha, merge_method: how });

    expect(await refusal(merge(base))).toMatchObject({
      status: 409,
      message: 'Head branch was modified. Review and try the merge again.',
    });
    const { data } = await merge(head);
    expect(await refusal(merge(head))).toMatchObject({ status: 405 });

    rig.git('fetch', '--quiet');
    const parents = rig.git('show', '-s', '--format=%P', 'origin/main').split(' ');
    expect(rig.git('rev-parse', 'origin/main')).toBe(data.sha);
    expect(parents).toEqual(how === 'merge' ? [base, head] : [base]);
    expect(rig.git('ls-tree', '--name-only', 'origin/main')).toBe('README.md\nfeature.txt\nother.txt');
    expect((await github.pulls.get(one)).data).toMatchObject({
      merged: true,
      state: 'closed',
      merge_commit_sha: data.sha,
      merged_by: { login: 'robin', type: 'User' },
    });
    expect(double.effects.merges).toMatchObject([{ number: 1, ref: 'refs/heads/main', sha: data.sha }]);
  },
);

it('follows what people push: new commits, merges by hand, deleted branches', async () => {
  const { double, github } = rig;
  const first = await openOne();
  rig.double.review({ as: 'pia', repo: 'acme/shop', number: 1, state: 'APPROVED' });
  const second = rig.commit('feature', 'feature.txt', 'one\ntwo\nthree\n');

  expect((await github.pulls.get(one)).data.head.sha).toBe(second);
  expect((await github.pulls.listReviews(one)).data).toMatchObject([{ state: 'APPROVED', commit_id: first }]);

  rig.git('switch', '--quiet', '--detach', 'origin/main');
  rig.git('merge', '--quiet', '--no-ff', '--no-edit', second);
  rig.git('push', '--quiet', 'origin', 'HEAD:main', ':feature');
  expect(double.pullRequest('acme/shop', 1)).toMatchObject({
    state: 'closed',
    headSha: second,
    mergeCommitSha: rig.git('rev-parse', 'HEAD'),
  });

  rig.commit('other', 'other.txt', 'other\n');
  double.openPullRequest({ as: 'pia', repo: 'acme/shop', head: 'other', base: 'main', title: 'Other' });
  rig.git('push', '--quiet', 'origin', ':other');
  expect((await github.pulls.get({ ...repo, pull_number: 2 })).data).toMatchObject({
    state: 'closed',
    merged: false,
  });
});

it('reopens only what can be reopened', async () => {
  const { github } = rig;
  await openOne();
  const reopen = () => github.pulls.update({ ...one, state: 'open' });
  await github.pulls.update({ ...one, state: 'closed' });
  await reopen();
  await github.pulls.update({ ...one, state: 'closed' });
  await github.pulls.create({ ...repo, head: 'feature', base: 'main', title: 'Again' });

  expect((await refusal(reopen())).errors).toMatchObject([
    { message: expect.stringContaining('already an open') },
  ]);
  rig.double.mergePullRequest({ as: 'pia', repo: 'acme/shop', number: 2 });
  expect((await refusal(reopen())).errors).toMatchObject([
    { message: expect.stringContaining('state cannot be changed') },
  ]);
  expect(rig.double.effects.reopened).toHaveLength(1);
});

it('takes reviews of others only, and forgets the line of a comment when the file changes', async () => {
  const { github, as } = rig;
  await openOne();
  const comments = (line: number) => [{ path: 'feature.txt', line, body: 'Hm' }];
  const review = (who: typeof github, event: 'APPROVE' | 'REQUEST_CHANGES', line = 1) =>
    who.pulls.createReview({ ...one, event, body: 'Words', comments: comments(line) });

  expect(await refusal(review(github, 'APPROVE'))).toMatchObject({
    status: 422,
    errors: ['Can not approve your own pull request'],
  });
  expect((await refusal(review(as('pia-token'), 'APPROVE', 7))).errors).toEqual([
    'Line could not be resolved',
  ]);
  const nothing = as('pia-token').pulls.createReview({ ...one, event: 'REQUEST_CHANGES' });
  expect(await refusal(nothing)).toMatchObject({ status: 422 });
  await review(as('pia-token'), 'REQUEST_CHANGES');
  expect((await github.pulls.listReviewComments(one)).data).toMatchObject([{ line: 1, side: 'RIGHT' }]);
  rig.commit('feature', 'feature.txt', 'zero\none\n');
  expect((await github.pulls.listReviewComments(one)).data).toMatchObject([{ line: null, position: null }]);
});

it('knows the same refs as git, loose, packed and both', () => {
  const byGit = () => runGit(rig.path, ['for-each-ref', '--format=%(refname) %(objectname)']).split('\n');
  const byFiles = () => [...listRefs(rig.path)].map((ref) => ref.join(' '));
  rig.commit('deep/er/branch', 'a.txt', 'a\n');
  expect(byFiles()).toEqual(byGit());
  runGit(rig.path, ['pack-refs', '--all']);
  expect(byFiles()).toEqual(byGit());
  rig.commit('deep/er/branch', 'a.txt', 'b\n', 'deep/er/branch');
  rig.commit('another', 'a.txt', 'c\n');
  expect(byFiles()).toEqual(byGit());
  expect(byFiles().length).toBeGreaterThan(2);
});
