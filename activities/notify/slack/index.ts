/**
 * Notices as messages of a Slack bot: https://docs.slack.dev/reference/methods/chat.postMessage. Delivered at least once: Slack
 * has no key by which it would know a repeat.
 */
import { createRedactor } from '../../support/redact.ts';
import type { Channel } from '../port.ts';
import { checkedToken, post, withoutSlash } from '../post.ts';
import { checkAnswer, noTarget } from './errors.ts';
import { toMessage } from './map.ts';

export interface SlackChannelOptions {
  /** A bot's: `xoxb-…`. */
  readonly token: string;
  readonly baseUrl?: string;
  readonly timeoutMs?: number;
}

export function createSlackChannel(options: SlackChannelOptions): Channel {
  const { baseUrl = 'https://slack.com/api', timeoutMs } = options;
  const token = checkedToken('PHASEWRIGHT_SLACK_TOKEN', options.token);
  const url = `${withoutSlash(baseUrl)}/chat.postMessage`;
  const redactor = createRedactor({ SLACK_TOKEN: token });
  return {
    async send(notice, to) {
      const channel = to?.trim() ?? '';
      if (channel === '') throw noTarget();
      const body = JSON.stringify(toMessage(notice, channel));
      const headers = { authorization: `Bearer ${token}` };
      checkAnswer(await post({ who: 'Slack', url, headers, body, timeoutMs }), channel, redactor);
    },
  };
}
