/** Notices as messages of a Discord bot: https://docs.discord.com/developers/resources/message#create-message. */
import { createHash } from 'node:crypto';
import { createRedactor } from '../../support/redact.ts';
import type { Channel } from '../port.ts';
import { checkedToken, post, withoutSlash } from '../post.ts';
import { checkAnswer, noChannelId } from './errors.ts';
import { toMessage } from './map.ts';

export interface DiscordChannelOptions {
  /** A bot's, without the word `Bot` before it. */
  readonly token: string;
  readonly baseUrl?: string;
  readonly timeoutMs?: number;
}

export function createDiscordChannel(options: DiscordChannelOptions): Channel {
  const { baseUrl = 'https://discord.com/api/v10', timeoutMs } = options;
  const token = checkedToken('PHASEWRIGHT_DISCORD_TOKEN', options.token);
  const redactor = createRedactor({ DISCORD_TOKEN: token });
  return {
    async send(notice, to) {
      const id = to?.trim() ?? '';
      // It becomes part of a path that the token is sent to.
      if (!/^\d{1,20}$/.test(id)) throw noChannelId(id);
      const url = `${withoutSlash(baseUrl)}/channels/${id}/messages`;
      const nonce = nonceOf(notice.project, notice.id, id);
      const headers = { authorization: `Bot ${token}`, 'user-agent': 'DiscordBot (Phasewright, 1.0)' };
      const body = JSON.stringify(toMessage(notice, nonce));
      checkAnswer(await post({ who: 'Discord', url, headers, body, timeoutMs }), id, redactor);
    },
  };
}

/** By this Discord knows a repeat, for some minutes; at most 25 characters. */
const nonceOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 25);
