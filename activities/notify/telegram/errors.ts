/** What Telegram answers, in sentences: https://core.telegram.org/bots/api#making-requests. */
import type { Redactor } from '../../support/redact.ts';
import { NoticeRefused, undelivered } from '../errors.ts';
import { type Answer, failureOf, parseObject, said, secondsToMs, succeeded } from '../post.ts';
import { fit } from '../notice-text.ts';

export const noTarget = (): Error => new NoticeRefused('no chat is named');

/** Success is `ok: true` and nothing else. */
export function checkAnswer(answer: Answer, to: string, redactor: Redactor): void {
  const { ok, description, parameters } = parseObject(answer.text) ?? {};
  if (succeeded(answer)) {
    if (ok === true) return;
    throw undelivered(`Telegram answered ${answer.status} with something that is no answer of its API`);
  }
  const { retry_after: retryAfter, migrate_to_chat_id: movedTo } = (parameters ?? {}) as Record<
    string,
    unknown
  >;
  const chat = `'${fit(to, 100)}'`;
  const remedy = (): string => {
    const words = said(description, redactor);
    // A token of the wrong form leads to no method at all.
    if (answer.status === 401 || answer.status === 404)
      return 'it does not know the token. Give PHASEWRIGHT_TELEGRAM_TOKEN the one from BotFather';
    if (typeof movedTo === 'number') return `the group ${chat} became a supergroup. Its new id is ${movedTo}`;
    if (/chat not found/i.test(words))
      return `there is no chat ${chat} that the bot can see. Check the id; a person must write to the bot first, into a group it must be added`;
    if (answer.status === 403) return `the bot may not write to ${chat}: ${words}`;
    return words;
  };
  const words = remedy();
  throw failureOf(
    answer,
    `Telegram answered ${answer.status}${words === '' ? '' : `: ${words}`}`,
    secondsToMs(retryAfter) ?? answer.retryAfterMs,
  );
}
