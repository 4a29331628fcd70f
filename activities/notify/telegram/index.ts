/**
 * Notices as messages of a Telegram bot: https://core.telegram.org/bots/api#sendmessage. Delivered at least once. The token
 * is part of the address: no address may get into a sentence.
 */
import { createRedactor } from '../../support/redact.ts';
import type { Channel } from '../port.ts';
import { checkedToken, post, withoutSlash } from '../post.ts';
import { checkAnswer, noTarget } from './errors.ts';
import { toMessage } from './map.ts';

export interface TelegramChannelOptions {
  /** From BotFather: a number, a colon and 35 letters. */
  readonly token: string;
  readonly baseUrl?: string;
  readonly timeoutMs?: number;
}

export function createTelegramChannel(options: TelegramChannelOptions): Channel {
  const { baseUrl = 'https://api.telegram.org', timeoutMs } = options;
  const token = checkedToken('PHASEWRIGHT_TELEGRAM_TOKEN', options.token, /^\d+:[\w-]+$/);
  const url = `${withoutSlash(baseUrl)}/bot${token}/sendMessage`;
  const redactor = createRedactor({
    TELEGRAM_TOKEN: token,
    TELEGRAM_TOKEN_ENCODED: encodeURIComponent(token),
    TELEGRAM_SECRET: token.slice(token.indexOf(':') + 1),
  });
  return {
    async send(notice, to) {
      const chat = to?.trim() ?? '';
      if (chat === '') throw noTarget();
      const body = JSON.stringify(toMessage(notice, chat));
      checkAnswer(await post({ who: 'Telegram', url, headers: {}, body, timeoutMs }), chat, redactor);
    },
  };
}
