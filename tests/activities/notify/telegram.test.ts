import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createTelegramChannel } from '../../../activities/notify/telegram/index.ts';
import { toMessage } from '../../../activities/notify/telegram/map.ts';
import { anyName } from '../../support/hostile-names.ts';
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

const secret = 'AAHdqTcvCH1vGWJxfSeofSAs0K5PAL-canary';
const token = `123456:${secret}`;

describe('notices on Telegram', () => {
  let telegram: StandIn;
  beforeEach(async () => {
    telegram = await startStandIn({ body: { ok: true, result: { message_id: 1 } } });
  });
  afterEach(() => telegram.close());
  const channel = (timeoutMs = 5_000) => createTelegramChannel({ token, baseUrl: telegram.url, timeoutMs });

  it('are one call of sendMessage in plain text, without previews', async () => {
    await channel().send(notice, '-1001234567890');

    expect(telegram.asked[0]).toMatchObject({
      method: 'POST',
      path: `/bot${token}/sendMessage`,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    expect(JSON.parse(telegram.asked[0]?.raw ?? '')).toMatchInlineSnapshot(`
{
  "chat_id": "-1001234567890",
  "entities": [
    {
      "length": 4,
      "offset": 0,
      "type": "code",
    },
    {
      "length": 57,
      "offset": 27,
      "type": "pre",
    },
    {
      "length": 34,
      "offset": 96,
      "type": "code",
    },
  ],
  "link_preview_options": {
    "is_disabled": true,
  },
  "text": "shop: waits for a decision
Merge phase 1?
Two tasks, checks passed.
Pull request #1.
To answer: phasewright approve shop --phase 1
Or on the web: https://github.com/acme/shop/pull/1",
}
`);
  });

  it('mark all that comes from a project as code, in which Telegram looks for no names', () => {
    const { text, entities } = toMessage({ ...hostile, project: '@someone', link: '@channel' }, '1');
    let outside = text;
    for (const { offset, length } of entities.toReversed())
      outside = outside.slice(0, offset) + outside.slice(offset + length);

    expect(outside).toBe(': waits for a decision\n\nTo answer: \nOr on the web: ');
    expect(text).toContain('@everyone');
    expect(toMessage(hostile, '1')).not.toHaveProperty('parse_mode');
  });

  it('mark exactly these parts, whatever is in them', () => {
    fc.assert(
      fc.property(anyName, anyName, anyName, fc.nat(400), (project, title, line, times) => {
        const what = { ...notice, project, title, text: `${line}\n`.repeat(times) };
        const { text, entities } = toMessage(what, '1');

        expect(text.length).toBeLessThanOrEqual(4_096);
        expect(isWhole(text)).toBe(true);
        for (const { offset, length } of entities) {
          expect(length).toBeGreaterThan(0);
          expect(text.slice(offset, offset + length)).toHaveLength(length);
          expect(isWhole(text.slice(offset, offset + length))).toBe(true);
        }
        expect(text.endsWith(`\nTo answer: ${notice.command}\nOr on the web: ${notice.link}`)).toBe(true);
      }),
    );
  });

  it('fit into 4,096 characters', () => {
    const { text } = toMessage(huge(), '1');

    expect(text.length).toBeLessThanOrEqual(4_096);
    expect(text.length).toBeGreaterThan(4_000);
    expect(isWhole(text)).toBe(true);
  });

  it.each([
    [
      { status: 401, body: { ok: false, error_code: 401, description: 'Unauthorized' } },
      'PHASEWRIGHT_TELEGRAM_TOKEN',
    ],
    [{ status: 404, body: { ok: false, error_code: 404, description: 'Not Found' } }, 'BotFather'],
    [
      { status: 400, body: { ok: false, description: 'Bad Request: chat not found' } },
      "there is no chat '-100'",
    ],
    [{ status: 403, body: { ok: false, description: 'Forbidden: bot was kicked' } }, 'bot was kicked'],
    [{ status: 400, body: { ok: false, parameters: { migrate_to_chat_id: -100987 } } }, 'new id is -100987'],
    [
      { status: 400, body: { ok: false, description: 'Bad Request: x', parameters: null } },
      '400: Bad Request: x',
    ],
  ])('end with a sentence after %j', async (reply, sentence) => {
    telegram.reply(reply);
    expect(await failureOf(channel(), notice, '-100')).toMatchObject({
      name: 'NoticeRefused',
      message: expect.stringContaining(sentence),
    });
  });

  it('wait as long as Telegram asks', async () => {
    const description = 'Too Many Requests: retry after 35';
    telegram.reply({
      status: 429,
      body: { ok: false, error_code: 429, description, parameters: { retry_after: 35 } },
    });
    expect(await failureOf(channel(), notice, '-100')).toMatchObject({
      code: 'NoticeUndelivered',
      retryAfterMs: 35_000,
    });
  });

  it('count as sent only when Telegram says so', async () => {
    telegram.reply({ body: '<html>proxy</html>' });
    expect(await failureOf(channel(), notice, '-100')).toMatchObject({ code: 'NoticeUndelivered' });
  });

  it('never show the token, which is part of the address', async () => {
    const said = [];
    for (const reply of [
      {
        status: 400,
        body: { ok: false, description: `no /bot${token}/x, ${encodeURIComponent(token)}, ${secret}` },
      },
      { status: 301, headers: { location: `https://evil.example/bot${token}` } },
      { status: 500, body: `/bot${token}` },
      'hang' as const,
      'reset' as const,
    ]) {
      telegram.reply(reply);
      said.push(everythingOf(await failureOf(channel(100), notice, '-100')));
    }
    const nowhere = createTelegramChannel({ token, baseUrl: 'no address' });
    said.push(everythingOf(await failureOf(nowhere, notice, '-100')));
    expect(said.join('\n')).toContain('no /bot[TELEGRAM_TOKEN]/x');
    expect(said.join('\n')).not.toContain('canary');
  });

  it.each(['', 'canary', '12:can/ary', '12:can ary'])(
    'need a token of the right form, unlike %j',
    (wrong) => {
      expect(() => createTelegramChannel({ token: wrong })).toThrow(
        expect.objectContaining({ code: 'InvalidConfig', message: expect.not.stringMatching(/can\W?ary/) }),
      );
    },
  );
});
