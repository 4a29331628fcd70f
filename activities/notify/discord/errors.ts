/** What Discord answers, in sentences: https://docs.discord.com/developers/topics/opcodes-and-status-codes. */
import type { Redactor } from '../../support/redact.ts';
import { fit } from '../notice-text.ts';
import { NoticeRefused } from '../errors.ts';
import { type Answer, failureOf, parseObject, said, secondsToMs, succeeded } from '../post.ts';

const remedies: Readonly<Record<number, (to: string) => string>> = {
  10003: (to) => `there is no channel ${to}. Copy its id again`,
  50001: (to) =>
    `the bot cannot see channel ${to}. Add it to the server, and to the channel if that is private`,
  50013: (to) => `the bot may not write in channel ${to}. Give it the permission Send Messages`,
  50008: (to) => `channel ${to} holds no text. Take the id of a text channel`,
};

export const noChannelId = (to: string): Error =>
  new NoticeRefused(
    `'${fit(to, 100)}' is no channel id of Discord. It is a number: turn Developer Mode on, then Copy Channel ID`,
  );

export function checkAnswer(answer: Answer, to: string, redactor: Redactor): void {
  if (succeeded(answer)) return;
  const { code, message, retry_after: retryAfter } = parseObject(answer.text) ?? {};
  const known = typeof code === 'number' ? remedies[code]?.(to) : undefined;
  const remedy =
    answer.status === 401
      ? 'it does not know the token. Give PHASEWRIGHT_DISCORD_TOKEN the one from the page Bot of the application'
      : (known ?? said(message, redactor));
  throw failureOf(
    answer,
    `Discord answered ${answer.status}${remedy === '' ? '' : `: ${remedy}`}`,
    secondsToMs(retryAfter) ?? answer.retryAfterMs,
  );
}
