/** Deliveries as Gitea and Forgejo send them: with GitHub's headers beside their own, on the path that GitHub has. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { type Delivery, deliver, signed, startWebhookStage, type WebhookStage } from './webhook-fixture.ts';

let stage: WebhookStage;
let shop: string;
let project: WorkflowHandle;
let phase: WorkflowHandle;
let marked: string;
beforeAll(async () => {
  stage = await startWebhookStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  ({ shop, project, phase, marked } = await stage.newShop());
});

const hex = (body: string, by?: string): string => signed(body, by).replace('sha256=', '');

interface Sent {
  readonly event: string;
  readonly payload: object;
  readonly id?: string;
  /** Default: the one that the service knows. */
  readonly by?: string;
}

/** How each of them sends it. */
const senders: Readonly<Record<string, (sent: Sent) => Delivery>> = {
  Gitea: (sent) => delivery(sent, ['gitea', 'gogs'], true),
  'an old Gitea, which signs only under its own name': (sent) => delivery(sent, ['gitea', 'gogs'], false),
  Forgejo: (sent) => delivery(sent, ['forgejo', 'gitea', 'gogs'], true),
  'an old Forgejo': (sent) => delivery(sent, ['forgejo', 'gitea', 'gogs'], false),
};

/** Indented by two, as `MarshalIndent` writes it. */
function delivery(sent: Sent, names: readonly string[], hub: boolean): Delivery {
  const { event, payload, by, id = randomUUID() } = sent;
  const body = JSON.stringify(payload, null, 2);
  const own = names.flatMap((name) => [
    [`X-${name}-Delivery`, id],
    [`X-${name}-Event`, event],
    [`X-${name}-Event-Type`, 'pull_request_review_approved'],
    [`X-${name}-Signature`, hex(body, by)],
  ]);
  return {
    event,
    id,
    body,
    signature: hub ? signed(body, by) : null,
    headers: {
      ...(Object.fromEntries(own) as Record<string, string>),
      'X-Hub-Signature': `sha1=${hex(body)}`,
    },
  };
}

const approval = (more: object = {}): Sent => ({
  event: 'pull_request_approved',
  payload: {
    action: 'reviewed',
    number: 7,
    pull_request: { number: 7, body: marked, state: 'open' },
    repository: { full_name: shop },
    sender: { login: 'pia' },
    review: { type: 'pull_request_review_approved', content: 'Looks good.' },
    ...more,
  },
});
const from = (name: string, sent: Sent) => deliver(stage.url, senders[name]?.(sent) ?? {});

it.each(Object.keys(senders))('hears a review from %s', async (name) => {
  const reply = await from(name, { ...approval(), id: `guid-1${name}` });

  expect(reply).toEqual({ status: 202, text: 'told' });
  expect(await stage.waiting.told(phase)).toEqual([{ repository: shop, number: 7 }]);
  expect(await stage.waiting.told(project)).toEqual([]);
  expect(stage.lines).toEqual([
    `Delivery guid-1${name}: pull_request_approved of ${shop} #7: told ${phase.workflowId}`,
  ]);
});

it.each(Object.keys(senders))('refuses what %s signs with another secret', async (name) => {
  expect(await from(name, { ...approval(), by: 'guessed' })).toEqual({ status: 401, text: 'Unauthorized' });
  expect(await stage.waiting.told(phase)).toEqual([]);
});

it.each([
  ['nothing', { 'X-Gitea-Signature': '' }, null],
  ['nothing, under both names', { 'X-Gitea-Signature': '' }, 'sha256='],
  ['with SHA-1 alone', { 'X-Gitea-Signature': '0'.repeat(40) }, null],
  ['with a right one that a wrong one precedes', { 'X-Gitea-Signature': hex('{}') }, signed('{}', 'guessed')],
])('refuses a delivery that is signed by %s', async (_, own, signature) => {
  const headers = { 'X-Gitea-Event': 'push', ...own };

  expect((await deliver(stage.url, { body: '{}', signature, headers })).status).toBe(401);
});

it('drops a repeat, by the id that Gitea gives it', async () => {
  const sent = { ...approval(), id: randomUUID() };

  expect((await from('Gitea', sent)).text).toBe('told');
  expect(await from('Gitea', sent)).toEqual({ status: 200, text: 'already heard' });
  expect(await stage.waiting.told(phase)).toHaveLength(1);
});

it("answers Gitea's test of a webhook, a push that never was, without telling anybody who does not wait", async () => {
  const payload = { ref: 'refs/heads/main', repository: { full_name: `${shop}-none` } };

  expect(await from('Gitea', { event: 'push', payload })).toEqual({ status: 202, text: 'nobody waits' });
});

it('ignores an event that never matters, and says which', async () => {
  const sent = { ...approval(), event: 'wiki', id: 'guid-2' };

  expect(await from('Forgejo', sent)).toEqual({ status: 202, text: 'ignored' });
  expect(stage.lines).toEqual(["Delivery guid-2: ignored, as nothing follows from the event 'wiki'."]);
  expect(await stage.waiting.told(phase)).toEqual([]);
});
