import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDiscordChannel } from '../../../activities/notify/discord/index.ts';
import { escape, toMessage } from '../../../activities/notify/discord/map.ts';
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

const token = 'MTk4NjIy.Cl2FMQ.canary-canary';
const room = '41771983423143937';

describe('notices on Discord', () => {
  let discord: StandIn;
  beforeEach(async () => {
    discord = await startStandIn({ body: { id: '1' } });
  });
  afterEach(() => discord.close());
  const channel = (timeoutMs = 5_000) =>
    createDiscordChannel({ token, baseUrl: `${discord.url}/api/v10`, timeoutMs });
  const bodies = () => discord.asked.map(({ raw }) => JSON.parse(raw) as Record<string, unknown>);

  it('are one message with the token of a bot, without mentions or previews', async () => {
    await channel().send(notice, room);

    expect(discord.asked[0]).toMatchObject({
      method: 'POST',
      path: `/api/v10/channels/${room}/messages`,
      headers: {
        authorization: `Bot ${token}`,
        'content-type': 'application/json; charset=utf-8',
        'user-agent': expect.stringMatching(/^DiscordBot \(/),
      },
    });
    expect({ ...bodies()[0], nonce: '' }).toMatchInlineSnapshot(`
{
  "allowed_mentions": {
    "parse": [],
  },
  "content": "**shop\\: waits for a decision**
Merge phase 1?
Two tasks, checks passed.
Pull request \\#1.
To answer: \`phasewright approve shop --phase 1\`
Or on the web: <https://github.com/acme/shop/pull/1>",
  "enforce_nonce": true,
  "flags": 4,
  "nonce": "",
}
`);
  });

  it('carry the same nonce when they are repeated, and another one otherwise', async () => {
    await channel().send(notice, room);
    await channel().send(notice, room);
    await channel().send({ ...notice, id: 'other' }, room);
    await channel().send(notice, '42');
    const nonces = bodies().map(({ nonce }) => nonce);

    expect(nonces[0]).toMatch(/^[\w-]{25}$/);
    expect(nonces[1]).toBe(nonces[0]);
    expect(new Set(nonces).size).toBe(3);
  });

  it('let projects make no mention, style or link', () => {
    const { content, allowed_mentions: mentions } = toMessage(hostile, 'n');
    const body = content.split('\n').slice(1, -2).join('\n');

    expect(mentions).toEqual({ parse: [] });
    expect(body.replace(/\\[^\w\s]/g, '')).not.toMatch(/[\\`*_~|<>[\]():#@]/);
    expect(body).toContain('\\@everyone');
    expect(body).toContain('\\[x\\]\\(https\\://evil.example\\)');
  });

  it('fit into 2,000 characters with the command and the link whole', () => {
    const { content } = toMessage(huge(), 'n');

    expect(content.length).toBeLessThanOrEqual(2_000);
    expect(content.length).toBeGreaterThan(1_800);
    expect(JSON.stringify(content)).not.toMatch(/\\ud[89ab]/);
    expect(content).toContain('To answer: `phasewright approve shop --phase 1`');
    expect(content).toContain('Or on the web: <https://github.com/acme/shop/pull/1>');
  });

  it('fit whatever is long in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 0, maxLength: 60 }), fc.nat(9), (unit, times) => {
        const long = `${unit}\`é`.repeat(1 + times * 12);
        const { content } = toMessage(
          {
            ...notice,
            project: long,
            title: long,
            text: long,
            command: long,
            link: `https://x.example/${long}`,
          },
          'n',
        );
        expect(content.length).toBeLessThanOrEqual(2_000);
        expect(isWhole(content)).toBe(true);
      }),
    );
  });

  it.each([
    [{ status: 401, body: { message: '401: Unauthorized', code: 0 } }, 'PHASEWRIGHT_DISCORD_TOKEN'],
    [{ status: 404, body: { message: 'Unknown Channel', code: 10003 } }, `there is no channel ${room}`],
    [{ status: 403, body: { message: 'Missing Access', code: 50001 } }, 'cannot see channel'],
    [{ status: 403, body: { message: 'Missing Permissions', code: 50013 } }, 'Send Messages'],
    [
      { status: 400, body: { message: 'Invalid Form Body', code: 50035 } },
      'Discord answered 400: Invalid Form Body',
    ],
    [{ status: 404, body: '' }, 'Discord answered 404'],
    [{ status: 301, headers: { location: '/' } }, 'a redirect'],
  ])('end with a sentence after %j', async (reply, sentence) => {
    discord.reply(reply);
    expect(await failureOf(channel(), notice, room)).toMatchObject({
      name: 'NoticeRefused',
      message: expect.stringContaining(sentence),
    });
  });

  it('wait as long as Discord asks, to the fraction of a second', async () => {
    discord.reply({
      status: 429,
      headers: { 'retry-after': '65' },
      body: { message: 'You are being rate limited.', retry_after: 64.57, global: false },
    });
    expect(await failureOf(channel(), notice, room)).toMatchObject({
      code: 'NoticeUndelivered',
      message: 'Discord answered 429: You are being rate limited.',
      retryAfterMs: 64_570,
    });
    discord.reply({ status: 429, headers: { 'retry-after': '65' }, body: 'error code: 1015' });
    expect(await failureOf(channel(), notice, room)).toMatchObject({ retryAfterMs: 65_000 });
  });

  it.each(['#general', '../../users/@me', '', '1/../2', null])('are not sent to %j', async (to) => {
    expect(await failureOf(channel(), notice, to)).toMatchObject({
      name: 'NoticeRefused',
      message: expect.stringContaining('no channel id'),
    });
    expect(discord.asked).toHaveLength(0);
  });

  it('never show the token', async () => {
    const said = [];
    for (const reply of [
      { status: 400, body: { message: `what is ${token}?` } },
      { status: 502, body: token },
      'hang' as const,
    ]) {
      discord.reply(reply);
      said.push(everythingOf(await failureOf(channel(100), notice, room)));
    }
    expect(said.join('\n')).toContain('what is [DISCORD_TOKEN]?');
    expect(said.join('\n')).not.toContain('canary');
  });

  it('are escaped so that Discord shows what was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(escape(text, Number.POSITIVE_INFINITY).replace(/\\([^0-9A-Za-z\s])/g, '$1')).toBe(text);
      }),
    );
  });
});
