import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createWebhookChannel } from '../../../activities/notify/webhook/index.ts';
import { headerOf } from '../../../activities/notify/webhook/map.ts';
import { blocksOf } from '../../docs/pages.ts';
import {
  everythingOf,
  failureOf,
  hostile,
  huge,
  isWhole,
  notice,
  type StandIn,
  startStandIn,
} from './stand-in.ts';

const secret = 'a secret of the two of us';

describe('notices to a webhook', () => {
  let receiver: StandIn;
  beforeEach(async () => {
    receiver = await startStandIn({ status: 204 });
  });
  afterEach(() => receiver.close());
  const channel = createWebhookChannel({ secret, timeoutMs: 300, clock: () => new Date(0) });
  const bodies = () => receiver.asked.map(({ raw }) => JSON.parse(raw) as Record<string, unknown>);

  it('are a documented JSON body with a header that names the notice', async () => {
    await channel.send(notice, `${receiver.url}/hooks/shop?key=1`);

    expect(receiver.asked[0]).toMatchObject({
      method: 'POST',
      path: '/hooks/shop?key=1',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'x-phasewright-notice': 'shop:phase-1.1:gate_opened:0',
      },
    });
    expect(bodies()[0]).toMatchInlineSnapshot(`
{
  "at": "1970-01-01T00:00:00.000Z",
  "command": "phasewright approve shop --phase 1",
  "id": "shop:phase-1.1:gate_opened:0",
  "kind": "gate_opened",
  "link": "https://github.com/acme/shop/pull/1",
  "project": "shop",
  "text": "Two tasks, checks passed.
Pull request #1.",
  "title": "Merge phase 1?",
  "version": 1,
}
`);
  });

  it('have null where there is no command and no link', async () => {
    await channel.send({ ...notice, command: null, link: null }, receiver.url);
    const { link: _, ...without } = notice;
    await channel.send(without, receiver.url);

    expect(bodies()).toMatchObject([{ command: null, link: null }, { link: null }]);
  });

  it('are signed over the bytes of the body, if there is a secret', async () => {
    await channel.send(hostile, receiver.url);
    await createWebhookChannel().send(notice, receiver.url);
    const [signed, unsigned] = receiver.asked;

    const wanted = createHmac('sha256', secret)
      .update(signed?.raw ?? '')
      .digest('hex');
    expect(signed?.headers['x-phasewright-signature-256']).toBe(`sha256=${wanted}`);
    expect(unsigned?.headers).not.toHaveProperty('x-phasewright-signature-256');
  });

  it('pass the check that docs/notifications.md shows, and nothing else does', async () => {
    await channel.send(hostile, receiver.url);
    const { raw = '', headers = {} } = receiver.asked[0] ?? {};
    const [script] = blocksOf('sh').filter(({ path }) => path === 'docs/notifications.md');
    const check = (body: string, signature: unknown, key = secret) =>
      spawnSync('sh', ['-c', script?.lines.join('\n') ?? 'exit 9'], {
        input: body,
        env: { PATH: process.env['PATH'], SIGNATURE: String(signature), PHASEWRIGHT_NOTICE_SECRET: key },
      }).status;
    const signature = headers['x-phasewright-signature-256'];

    expect(check(raw, signature)).toBe(0);
    expect(check(`${raw} `, signature)).toBe(1);
    expect(check(raw, signature, 'another')).toBe(1);
    expect(check(raw, 'sha256=')).toBe(1);
  });

  it('show control characters and are bounded', async () => {
    await channel.send(hostile, receiver.url);
    await channel.send(huge(), receiver.url);
    const [first, second] = bodies();

    expect(first).toMatchObject({ text: expect.stringContaining('\\u{1b}[31mred\\u{202e} \\u{d800} end') });
    expect(String(second?.['text']).length).toBeLessThanOrEqual(32_000);
    expect(isWhole(JSON.stringify(second))).toBe(true);
  });

  it('name themselves in visible ASCII', () => {
    expect(headerOf('shop:phase-1.1')).toBe('shop:phase-1.1');
    expect(decodeURIComponent(headerOf('50 % größer\n🚀'))).toBe('50 % größer\\n🚀');
    expect(headerOf('a b\r\nx: ü%\ud800')).toMatch(/^[\x21-\x7e]+$/);
  });

  it.each([200, 201, 202, 204])('have arrived with %i', async (status) => {
    receiver.reply({ status });
    await channel.send(notice, receiver.url);
    expect(receiver.asked).toHaveLength(1);
  });

  it.each([400, 401, 404, 410, 422])('are refused with %i', async (status) => {
    receiver.reply({ status, headers: { 'retry-after': '5' } });
    expect(await failureOf(channel, notice, receiver.url)).toMatchObject({
      name: 'NoticeRefused',
      message: expect.stringMatching(new RegExp(`^The webhook at 127\\.0\\.0\\.1:\\d+ answered ${status}$`)),
    });
  });

  it.each([408, 429, 500, 503])('may be tried again after %i, when the other side says', async (status) => {
    receiver.reply({ status, headers: { 'retry-after': '5' } });
    expect(await failureOf(channel, notice, receiver.url)).toMatchObject({
      code: 'NoticeUndelivered',
      retryAfterMs: 5_000,
    });
  });

  it.each([301, 302, 307, 308])('do not follow a redirect (%i)', async (status) => {
    const other = await startStandIn();
    receiver.reply({ status, headers: { location: `${other.url}/elsewhere` } });
    const failure = await failureOf(channel, notice, receiver.url);
    await other.close();

    expect(failure).toMatchObject({
      name: 'NoticeRefused',
      message: expect.stringContaining('not followed'),
    });
    expect(other.asked).toHaveLength(0);
    expect(receiver.asked).toHaveLength(1);
  });

  it.each(['hang', 'reset'] as const)('may be tried again when the other side does %s', async (reply) => {
    receiver.reply(reply);
    expect(await failureOf(channel, notice, receiver.url)).toMatchObject({ code: 'NoticeUndelivered' });
  });

  it.each(['ftp://x/', 'x', '', null, 'http://', 'https://user:canary@127.0.0.1/'])(
    'are not sent to %j',
    async (to) => {
      const failure = await failureOf(channel, notice, to);
      expect(failure).toMatchObject({ name: 'NoticeRefused' });
      expect(everythingOf(failure)).not.toContain('canary');
    },
  );

  it('never show what may be secret in the address, nor what the other side says', async () => {
    const said = [];
    for (const reply of [
      { status: 404, body: 'Cannot POST /hooks/canary' },
      { status: 500, body: 'canary' },
      { status: 307, headers: { location: 'https://evil.example/canary' } },
      'hang' as const,
      'reset' as const,
    ]) {
      receiver.reply(reply);
      const to = `${receiver.url}/hooks/canary?key=canary`;
      said.push(everythingOf(await failureOf(channel, notice, to)));
    }
    expect(said.join('\n')).not.toContain('canary');
    expect(said.join('\n')).not.toContain(secret);
  });

  it('do not read an answer without end', async () => {
    receiver.reply({ status: 200, body: 'x'.repeat(20_000_000) });
    await channel.send(notice, receiver.url);
    expect(receiver.asked).toHaveLength(1);
  });
});
