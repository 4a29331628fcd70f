/** What Slack answers, in sentences: https://docs.slack.dev/reference/methods/chat.postMessage#errors. */
import type { Redactor } from '../../support/redact.ts';
import { NoticeRefused, undelivered } from '../errors.ts';
import { type Answer, failureOf, parseObject, said, succeeded } from '../post.ts';
import { fit } from '../notice-text.ts';

/** Slack answers 200 with these, and they pass. */
const passing = new Set([
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);

const badToken =
  'give PHASEWRIGHT_SLACK_TOKEN the Bot User OAuth Token of an app that is installed in the workspace';
const remedies: Readonly<Record<string, (to: string) => string>> = {
  not_in_channel: (to) => `the bot is not in ${to}. Invite it there: /invite @ and its name`,
  channel_not_found: (to) =>
    `there is no channel ${to} that the bot can see. Check the name or id; into a private channel it must be invited`,
  is_archived: (to) => `${to} is archived. Name another channel in notify`,
  invalid_auth: () => badToken,
  not_authed: () => badToken,
  account_inactive: () => badToken,
  token_revoked: () => badToken,
  token_expired: () => badToken,
  missing_scope: () =>
    'the app lacks the scope chat:write. Add it under OAuth & Permissions and reinstall the app',
  restricted_action: (to) => `a setting of the workspace forbids posting in ${to}. Ask its administrators`,
};

export const noTarget = (): Error => new NoticeRefused('no channel is named');

/** Success is `ok: true` and nothing else. */
export function checkAnswer(answer: Answer, to: string, redactor: Redactor): void {
  const { ok, error } = parseObject(answer.text) ?? {};
  const code = said(error, redactor);
  if (succeeded(answer) && ok === true) return;
  if (succeeded(answer) && code === '')
    throw undelivered('Slack answered 200 with something that is no answer of its API');
  const remedy = Object.hasOwn(remedies, code) ? remedies[code]?.(fit(to, 100)) : undefined;
  const sentence = `Slack answered ${code === '' ? answer.status : code}${remedy === undefined ? '' : `: ${remedy}`}`;
  if (passing.has(code)) throw undelivered(sentence, answer.retryAfterMs);
  throw failureOf(answer, sentence);
}
