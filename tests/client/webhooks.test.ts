import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { hiddenMarker } from '../../domain/names/markers.ts';
import {
  comment,
  deliver,
  get,
  startWebhookStage,
  type Waiting,
  type WebhookStage,
} from './webhook-fixture.ts';

let stage: WebhookStage;
let waiting: Waiting;
let url: string;
let shop: string;
let project: WorkflowHandle;
let phase: WorkflowHandle;
let marked: string;

beforeAll(async () => {
  stage = await startWebhookStage();
  ({ waiting, url } = stage);
});
afterAll(() => stage.close());
beforeEach(async () => {
  ({ shop, project, phase, marked } = await stage.newShop());
});

/** One at once, then one a second. */
const mostSince = (begun: number): number => 1 + Math.ceil((Date.now() - begun) / 1_000);
const heard = { status: 202, text: 'told' };

describe('a delivery that concerns a pull request of ours', () => {
  it('is told to the workflow that the marker names, and acknowledged after the server did', async () => {
    const reply = await deliver(url, { payload: comment(shop, 7, marked), id: 'guid-1' });

    expect(reply).toEqual(heard);
    expect(await waiting.told(phase)).toEqual([{ repository: shop, number: 7 }]);
    expect(await waiting.told(project)).toEqual([]);
    expect(stage.lines).toEqual([`Delivery guid-1: issue_comment of ${shop} #7: told ${phase.workflowId}`]);
  });

  it('without a marker is told to all open projects and standalone tasks of the repository', async () => {
    const [, slug = ''] = shop.split('/');
    const task = await waiting.start('taskWorkflow', `task.${slug}`, shop);
    const inside = await waiting.start('taskWorkflow', `project.${slug}.phase.1.task.1`, shop);
    const closed = await waiting.start('projectWorkflow', `project.${slug}-old`, shop);
    await closed.terminate();
    const elsewhere = await waiting.start('projectWorkflow', `project.${slug}-x`, `${shop}-x`);
    await waiting.listed(shop, 4);
    const payload = { ref: 'refs/heads/main', repository: { full_name: shop } };

    expect(await deliver(url, { event: 'push', payload })).toEqual(heard);
    const hint = [{ repository: shop, number: null }];
    expect(await Promise.all([project, task].map(waiting.told))).toEqual([hint, hint]);
    expect(await Promise.all([phase, inside, closed, elsewhere].map(waiting.told))).toEqual([[], [], [], []]);
  });

  it('whose workflow has ended is told to the open ones', async () => {
    await phase.terminate();
    await waiting.listed(shop, 1);

    expect(await deliver(url, { payload: comment(shop, 7, marked) })).toEqual(heard);
    expect(await waiting.told(project)).toEqual([{ repository: shop, number: 7 }]);
  });

  it('is found in whatever case the project file names the repository', async () => {
    await waiting.listed(shop, 2);
    const spelt = shop.replace('acme', 'Acme');

    expect(await deliver(url, { payload: comment(spelt, 7, '') })).toEqual(heard);
    expect(await waiting.told(project)).toEqual([{ repository: spelt, number: 7 }]);
  });

  it('that nobody waits for is acknowledged all the same', async () => {
    const forged = hiddenMarker('project.no-such-project');

    expect(await deliver(url, { payload: comment(`${shop}-none`, 7, forged) })).toEqual({
      status: 202,
      text: 'nobody waits',
    });
  });
});

describe('repeats', () => {
  it('of a delivery are dropped', async () => {
    const delivery = { id: randomUUID(), payload: comment(shop, 7, marked) };

    expect(await deliver(url, delivery)).toEqual(heard);
    expect(await deliver(url, delivery)).toEqual({ status: 200, text: 'already heard' });
    expect(await waiting.told(phase)).toHaveLength(1);
  });

  it('doubled and in any order, each workflow is told', async () => {
    const deliveries = Array.from({ length: 12 }, (_, n) => ({
      id: randomUUID(),
      payload: comment(shop, 7 + (n % 3), marked),
    }));
    const order = [...deliveries, ...deliveries].toSorted(() => Math.random() - 0.5);
    const begun = Date.now();
    const replies = await Promise.all(order.map((delivery) => deliver(url, delivery)));

    expect(replies.filter(({ status }) => status === 202)).toHaveLength(12);
    expect(replies.filter(({ text }) => text === 'already heard')).toHaveLength(12);
    const numbers = (await waiting.told(phase)).map((told) => (told as { number: number }).number);
    expect(new Set(numbers)).toEqual(new Set([7, 8, 9]));
    expect(numbers.length).toBeLessThanOrEqual(3 * mostSince(begun));
  });

  it('a flood of comments becomes a signal a second, and all are answered', async () => {
    const begun = Date.now();
    const flood = Array.from({ length: 60 }, () => deliver(url, { payload: comment(shop, 7, marked) }));

    expect(new Set((await Promise.all(flood)).map(({ text }) => text))).toEqual(new Set(['told']));
    expect((await waiting.told(phase)).length).toBeLessThanOrEqual(mostSince(begun));
  });
});

it('says that Temporal answers', async () => {
  const { status, text } = await get(`${url}/healthz`);

  expect([status, JSON.parse(text)]).toEqual([200, { ok: true, temporal: true }]);
});
