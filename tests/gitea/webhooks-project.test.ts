/** A project on a real Gitea that is looked at once a day: what moves it are Gitea's own deliveries. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHints } from '../../client/webhooks/hints.ts';
import { startWebhooks, type WebhookService } from '../../client/webhooks/service.ts';
import { eventually } from '../support/eventually.ts';
import { hostedName, type Rig, startRig } from '../support/rig.ts';
import { describeOnGitea } from './describe-on-gitea.ts';
import { gateOf, hostOf, pullRequestsOn } from './gates.ts';

const secret = 'canary-of-the-webhook-51d0';

describeOnGitea('with a look a day only, and webhooks', () => {
  let rig: Rig;
  let service: WebhookService;
  const said: string[] = [];
  beforeAll(async () => {
    rig = await startRig({ codeHost: 'gitea', pollMs: 86_400_000 });
    const hints = createHints(rig.client);
    service = await startWebhooks({
      listen: '127.0.0.1:0',
      secret,
      hints,
      log: (line) => void said.push(line),
    });
    await hostOf(rig).gitea.api('POST', `/repos/${hostedName}/hooks`, {
      type: 'gitea',
      active: true,
      events: ['pull_request', 'push', 'status'],
      config: { url: `${service.url}/github`, content_type: 'json', secret },
    });
  });
  afterAll(async () => {
    await service.stop();
    await rig.close();
  });

  it('each word of a person is heard, and the project is merged', async () => {
    const { people } = hostOf(rig);
    const slug = rig.slug('hooked');
    const handle = await rig.start(slug, { phases: [{ name: 'Schema', tasks: ['Add table'] }] });

    const first = await gateOf(rig, rig.phase(slug, 1));
    await people.review(first.number, 'CHANGES_REQUESTED', 'Name the unit.');
    const again = await gateOf(rig, rig.phase(slug, 1), first.id);
    await people.comment(again.number, '/approve');
    const last = await gateOf(rig, rig.project(slug));
    await people.review(last.number, 'APPROVED');

    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect((await pullRequestsOn(rig)).map(({ merged }) => merged)).toEqual([true, true]);
    // A word may be seen at a look that another delivery caused, and its own comes after it.
    for (const event of ['pull_request_rejected', 'issue_comment', 'pull_request_approved'])
      await eventually(event, () => said.some((line) => line.includes(`: ${event} of ${hostedName} #`)));
    expect(said.join('\n')).not.toContain(secret);
  });
});
