import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSlackChannel } from '../../../activities/notify/slack/index.ts';
import { escape, toMessage } from '../../../activities/notify/slack/map.ts';
import { everythingOf, failureOf, hostile, huge, notice, type StandIn, startStandIn } from './stand-in.ts';

const token = 'xoxb-0123456789-canary';

describe('notices on Slack', () => {
  let slack: StandIn;
  beforeEach(async () => {
    slack = await startStandIn({ body: { ok: true, channel: 'C012', ts: '1503435956.000247' } });
  });
  afterEach(() => slack.close());
  const channel = (timeoutMs?: number) =>
    createSlackChannel({
      token: `${token}\n`,
      baseUrl: `${slack.url}/api/`,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });

  it('are one call of chat.postMessage with blocks and a text', async () => {
    await channel().send(notice, '#deployments');

    expect(slack.asked).toHaveLength(1);
    expect(slack.asked[0]).toMatchObject({
      method: 'POST',
      path: '/api/chat.postMessage',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
    });
    expect(JSON.parse(slack.asked[0]?.raw ?? '')).toMatchInlineSnapshot(`
{
  "blocks": [
    {
      "text": {
        "text": "*shop: waits for a decision*
Merge phase 1?",
        "type": "mrkdwn",
        "verbatim": true,
      },
      "type": "section",
    },
    {
      "text": {
        "text": "Two tasks, checks passed.
Pull request #1.",
        "type": "mrkdwn",
        "verbatim": true,
      },
      "type": "section",
    },
    {
      "text": {
        "text": "To answer: \`phasewright approve shop --phase 1\`
Or on the web: <https://github.com/acme/shop/pull/1>",
        "type": "mrkdwn",
        "verbatim": true,
      },
      "type": "section",
    },
  ],
  "channel": "#deployments",
  "link_names": false,
  "parse": "none",
  "text": "shop: waits for a decision
Merge phase 1?
Two tasks, checks passed.
Pull request #1.
To answer: \`phasewright approve shop --phase 1\`
Or on the web: <https://github.com/acme/shop/pull/1>",
  "unfurl_links": false,
  "unfurl_media": false,
}
`);
  });

  it('let projects make no mention and no link', () => {
    const { text, blocks } = toMessage(hostile, '#x');
    const shown = [text, ...blocks.map((block) => block.text.text)].join('\n');

    expect(shown.replaceAll('<https://github.com/acme/shop/pull/1>', '')).not.toMatch(/[<>]/);
    expect(shown).toContain('&lt;!channel&gt; @everyone');
    expect(shown).toContain('\\u{1b}[31mred\\u{202e} \\u{d800} end');
    // Names and addresses are left alone without a single angle bracket too.
    expect(blocks.every((block) => block.text.verbatim)).toBe(true);
    expect(toMessage(hostile, '#x')).toMatchObject({ parse: 'none', link_names: false, unfurl_links: false });
  });

  it('show a link that is no web address, or that could hold two, as text', () => {
    const linkTo = (link: string) =>
      toMessage({ ...notice, command: null, link }, '#x').blocks.at(-1)?.text.text;

    expect(linkTo('/srv/pulls/1.md')).toBe('On the web: /srv/pulls/1.md');
    expect(linkTo('https://a.example/?x=<!here>&y=1|z')).toBe(
      'On the web: <https://a.example/?x=%3C!here%3E&amp;y=1%7Cz>',
    );
    expect(linkTo('javascript:alert(1)')).toBe('On the web: javascript:alert(1)');
  });

  it('fit into what Slack takes', () => {
    const { text, blocks } = toMessage(huge(), '#x');

    expect(text.length).toBeLessThan(4_000);
    expect(blocks.map((block) => block.text.text.length).every((length) => length <= 3_000)).toBe(true);
    expect(JSON.stringify([text, blocks])).not.toMatch(/\\ud[89ab]/);
    expect(text).toContain('more characters)');
    expect(text).toContain('phasewright approve shop --phase 1');
  });

  it('leave out a part that is empty', () => {
    expect(toMessage({ ...notice, text: '  ', command: null, link: null }, '#x').blocks).toHaveLength(1);
  });

  it.each([
    ['not_in_channel', 'Invite it there'],
    ['channel_not_found', 'no channel #deployments'],
    ['is_archived', 'archived'],
    ['invalid_auth', 'PHASEWRIGHT_SLACK_TOKEN'],
    ['missing_scope', 'chat:write'],
    ['no_such_error', 'Slack answered no_such_error'],
    ['__proto__', 'Slack answered __proto__'],
  ])('end with a sentence when Slack answers %s', async (error, sentence) => {
    slack.reply({ body: { ok: false, error } });
    const failure = await failureOf(channel(), notice, '#deployments');

    expect(failure).toMatchObject({ name: 'NoticeRefused', message: expect.stringContaining(sentence) });
  });

  it.each([
    [{ status: 429, headers: { 'retry-after': '30' }, body: { ok: false, error: 'ratelimited' } }, 30_000],
    [{ headers: { 'retry-after': '7' }, body: { ok: false, error: 'ratelimited' } }, 7_000],
    [{ body: { ok: false, error: 'internal_error' } }, undefined],
    [{ status: 503, body: 'upstream' }, undefined],
    [{ body: '<html>Sign in to the network</html>' }, undefined],
    [{ body: { ok: 'true' } }, undefined],
    ['reset' as const, undefined],
  ])('may be tried again after %j', async (reply, retryAfterMs) => {
    slack.reply(reply);
    const failure = await failureOf(channel(), notice, '#deployments');

    expect(failure).toMatchObject({ code: 'NoticeUndelivered', retryAfterMs });
  });

  it('do not wait for an answer for ever', async () => {
    slack.reply('hang');
    expect(await failureOf(channel(50), notice, '#x')).toMatchObject({
      code: 'NoticeUndelivered',
      message: 'Slack did not answer within 0.05 s; it may have arrived all the same',
    });
  });

  it('never show the token', async () => {
    const said = [];
    for (const reply of [
      { status: 400, body: { ok: false, error: `bad ${token}` } },
      { status: 500, body: token },
      { status: 302, headers: { location: `https://evil.example/${token}` } },
      'reset' as const,
    ]) {
      slack.reply(reply);
      said.push(everythingOf(await failureOf(channel(), notice, '#x')));
    }
    await slack.close();
    said.push(everythingOf(await failureOf(channel(), notice, '#x')));
    slack = await startStandIn();
    expect(said.join('\n')).toContain('bad [SLACK_TOKEN]');
    expect(said.join('\n')).toContain('ECONNREFUSED');
    expect(said.join('\n')).not.toContain('canary');
  });

  it('need a token that can be one, and never show what was given instead', () => {
    let failure: unknown;
    try {
      createSlackChannel({ token: 'xoxb canary\nx: y' });
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({
      code: 'InvalidConfig',
      message: expect.stringContaining('PHASEWRIGHT_SLACK_TOKEN'),
    });
    expect(everythingOf(failure)).not.toContain('canary');
  });

  it('need a channel', async () => {
    expect(await failureOf(channel(), notice, null)).toMatchObject({ name: 'NoticeRefused' });
    expect(slack.asked).toHaveLength(0);
  });

  it('are escaped so that Slack shows what was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const escaped = escape(text, Number.POSITIVE_INFINITY);
        expect(escaped).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
        expect(escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')).toBe(text);
      }),
    );
  });
});
