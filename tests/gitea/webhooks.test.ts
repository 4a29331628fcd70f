/** What a real Gitea sends when people do something there, and whom it reaches. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { secret, type Shop, startWebhookStage, type WebhookStage } from '../client/webhook-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { git } from '../support/git.ts';
import { type Gitea, type GiteaUser, startGitea } from '../support/gitea/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeOnGitea } from './describe-on-gitea.ts';

describeOnGitea('webhooks of Gitea', () => {
  let gitea: Gitea;
  let stage: WebhookStage;
  let robin: GiteaUser;
  let pia: GiteaUser;
  let shop: Shop;
  let number: number;
  let clone: string;
  beforeAll(async () => {
    [gitea, stage] = await Promise.all([startGitea(), startWebhookStage()]);
    robin = await gitea.addUser('robin');
    pia = await gitea.addUser('pia');
    shop = await stage.newShop();
    await gitea.createRepository(shop.shop, [robin, pia]);
    clone = temporaryFolder();
    git(clone, 'clone', '--quiet', gitea.remote(shop.shop, robin), '.');
    push('First');
    const pull = { head: 'work', base: 'main', title: 'Work', body: shop.marked };
    ({ number } = await as<{ number: number }>(robin, 'POST', '/pulls', pull));
    await addHook(shop.shop, ['pull_request', 'issue_comment', 'push', 'status', 'wiki'], secret);
  });
  afterAll(async () => {
    await gitea.stop();
    await stage.close();
  });

  const as = <T = unknown>(who: GiteaUser, method: string, path: string, body?: unknown): Promise<T> =>
    gitea.api<T>(method, `/repos/${shop.shop}${path}`, body, who.token);
  const addHook = (repository: string, events: readonly string[], key: string): Promise<unknown> =>
    gitea.api('POST', `/repos/${repository}/hooks`, {
      type: 'gitea',
      active: true,
      events,
      config: { url: `${stage.url}/github`, content_type: 'json', secret: key },
    });
  function push(subject: string): string {
    git(clone, 'commit', '--quiet', '--allow-empty', '-m', subject);
    git(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/work');
    return git(clone, 'rev-parse', 'HEAD');
  }
  const said = (words: string): Promise<unknown> =>
    eventually(words, () => stage.lines.some((line) => line.includes(words)), { everyMs: 50 });

  it.each<[string, () => unknown, string]>([
    ['a comment', () => as(pia, 'POST', `/issues/${number}/comments`, { body: '/approve' }), 'issue_comment'],
    ['an approval', () => review('APPROVED'), 'pull_request_approved'],
    ['a review that requests changes', () => review('REQUEST_CHANGES'), 'pull_request_rejected'],
    ['a review that only comments', () => review('COMMENT'), 'pull_request_comment'],
    ['another title', () => as(robin, 'PATCH', `/pulls/${number}`, { title: 'WIP: Work' }), 'pull_request'],
    ['new commits', () => push('Second'), 'pull_request'],
    ['its end', () => as(pia, 'PATCH', `/pulls/${number}`, { state: 'closed' }), 'pull_request'],
  ])('%s is told to the workflow that the pull request names', async (_, act, event) => {
    stage.lines.length = 0;

    await act();

    await said(`: ${event} of ${shop.shop} #${number}: told ${shop.phase.workflowId}`);
    expect(stage.lines.filter((line) => /refused|failed/.test(line))).toEqual([]);
  });
  const review = (event: string): Promise<unknown> =>
    as(pia, 'POST', `/pulls/${number}/reviews`, { event, body: 'Looks good.' });

  it.each<[string, () => unknown, string]>([
    ['a push', () => push('Third'), 'push'],
    [
      'a status',
      () => as(robin, 'POST', `/statuses/${push('Fourth')}`, { state: 'success', context: 'ci' }),
      'status',
    ],
  ])('%s is told to the open projects of the repository', async (_, act, event) => {
    await stage.waiting.listed(shop.shop, 2);
    stage.lines.length = 0;

    await act();

    await said(`: ${event} of ${shop.shop}: told ${shop.project.workflowId}`);
  });

  it('what has nothing to do with it is named once, so that it can be left out', async () => {
    const page = { title: 'Home', content_base64: Buffer.from('Welcome.').toString('base64') };

    await as(robin, 'POST', '/wiki/new', page);

    await said("ignored, as nothing follows from the event 'wiki'");
  });

  it('a delivery that was signed with another secret is refused', async () => {
    const other = await stage.newShop();
    await gitea.createRepository(other.shop);
    await addHook(other.shop, ['push'], 'another');

    const file = { content: Buffer.from('x').toString('base64'), message: 'A file', branch: 'main' };
    await gitea.api('POST', `/repos/${other.shop}/contents/file.txt`, file);

    await said('was refused: its signature is missing or wrong.');
    expect(await stage.waiting.told(other.project)).toEqual([]);
  });
});
