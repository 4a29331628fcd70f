import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import {
  comment,
  deliver,
  get,
  signed,
  startWebhookStage,
  type Waiting,
  type WebhookStage,
} from './webhook-fixture.ts';

let stage: WebhookStage;
let waiting: Waiting;
let url: string;
let shop: string;
let phase: WorkflowHandle;
let marked: string;

beforeAll(async () => {
  stage = await startWebhookStage();
  ({ waiting, url } = stage);
});
afterAll(() => stage.close());
beforeEach(async () => {
  ({ shop, phase, marked } = await stage.newShop());
});

const heard = { status: 202, text: 'told' };

describe('a signature', () => {
  it.each([
    ['none', null],
    ['by another secret', signed('{}', 'guessed')],
    ['of another body', signed('{ }')],
    ['of another kind', 'sha1=0000'],
  ])('%s: refused without a word on why, with one line', async (_, signature) => {
    const headers = { 'x-forwarded-for': '192.0.2.7' };
    const reply = await deliver(url, { body: '{}', signature, id: 'guid-\u009b31m', headers });

    expect(reply).toEqual({ status: 401, text: 'Unauthorized' });
    expect(stage.lines).toEqual([
      expect.stringMatching(
        /^Delivery guid-\S*\\u\{9b\}31m from 127\.0\.0\.1 \(forwarded for 192\.0\.2\.7\) was refused: its signature is missing or wrong\.$/,
      ),
    ]);
  });

  it('counts before anything else: no form and no broken JSON is looked at', async () => {
    const signature = signed('x', 'guessed');
    const form = { body: 'payload=x', contentType: 'application/x-www-form-urlencoded', signature };

    expect((await deliver(url, form)).status).toBe(401);
    expect((await deliver(url, { body: '{', signature })).status).toBe(401);
    expect((await deliver(url, { body: '', signature: signed('') })).status).toBe(401);
  });

  it('is checked over the bytes as they came, however the JSON is written', async () => {
    const payload = comment(shop, 7, `${marked} ü 😀`);
    const spaced = `\n${JSON.stringify(payload, null, 3)}\r\n`;
    const escaped = JSON.stringify(payload).replace('ü', '\\u00fc').replaceAll('/', '\\/');

    expect(await deliver(url, { body: spaced })).toEqual(heard);
    expect(await deliver(url, { body: escaped })).toEqual(heard);
    const again = { body: JSON.stringify(payload), signature: signed(spaced) };
    expect((await deliver(url, again)).status).toBe(401);
  });

  it('of a forged delivery does not use up its id', async () => {
    const delivery = { id: randomUUID(), payload: comment(shop, 7, marked) };

    expect((await deliver(url, { ...delivery, signature: signed('x') })).status).toBe(401);
    expect(await deliver(url, delivery)).toEqual(heard);
  });
});

describe('what is no hint', () => {
  it('a form is answered with what to set', async () => {
    const body = `payload=${encodeURIComponent('{}')}`;
    const reply = await deliver(url, { body, contentType: 'application/x-www-form-urlencoded' });

    expect(reply.status).toBe(415);
    expect(reply.text).toContain('application/json');
  });

  it('JSON with a character set is JSON', async () => {
    const reply = await deliver(url, {
      event: 'ping',
      payload: { zen: 'Keep it simple.' },
      contentType: 'Application/JSON; charset=utf-8',
    });

    expect(reply).toEqual({ status: 200, text: 'pong' });
  });

  it('broken JSON', async () => {
    expect(await deliver(url, { body: '{"action":' })).toEqual({
      status: 400,
      text: 'The body is not JSON.',
    });
  });

  it.each([['star'], [''], ['pull_request']])('the event %p', async (event) => {
    const payload = { action: 'labeled', repository: { full_name: shop }, pull_request: { number: 7 } };

    expect(await deliver(url, { event, payload })).toEqual({ status: 202, text: 'ignored' });
  });

  it.each(['null', '7', '[]', '"text"', '{"__proto__":{"action":"created"}}'])(
    'the JSON %s',
    async (body) => {
      expect(await deliver(url, { body })).toEqual({ status: 202, text: 'ignored' });
    },
  );

  it('a comment of ours that comes back', async () => {
    const user = { login: 'phasewright[bot]', type: 'Bot' };
    const payload = comment(shop, 7, marked, { comment: { user }, sender: user });

    expect(await deliver(url, { payload })).toEqual({ status: 202, text: 'ignored' });
    expect(await waiting.told(phase)).toEqual([]);
  });

  it.each([false, true])('more than 25 MB (in parts without a length: %p)', async (chunked) => {
    const body = Buffer.alloc(26 << 20, ' ');

    expect((await deliver(url, { body, chunked, signature: signed('') })).status).toBe(413);
    expect(await deliver(url, { event: 'ping' })).toEqual({ status: 200, text: 'pong' });
  });

  it('other paths and methods', async () => {
    expect((await get(`${url}/github`)).status).toBe(405);
    expect((await get(`${url}/`)).status).toBe(404);
    expect((await get(`${url}/metrics`)).status).toBe(404);
  });

  it('a sender that never ends its headers is cut off', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('POST /github HTTP/1.1\r\nHost: x\r\n');
    let answer = '';
    socket.on('data', (part) => (answer += part.toString()));
    await new Promise((resolve) => socket.once('close', resolve));

    expect(answer).toContain('408');
  });
});

it('never says the secret, nor what was sent', () => {
  expect(stage.everything.length).toBeGreaterThan(10);
  expect(stage.everything.join('\n')).not.toMatch(/canary|Looks good|What was done/);
});
