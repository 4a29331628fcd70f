/** What a webhook answers, by its status alone. */
import { NoticeRefused } from '../errors.ts';
import { type Answer, failureOf, succeeded } from '../post.ts';

export const noAddress = (): Error =>
  new NoticeRefused('the target is no http(s) address without a user name. Mend it in notify of the project');

export function checkAnswer(answer: Answer): void {
  if (!succeeded(answer)) throw failureOf(answer, `${answer.who} answered ${answer.status}`);
}
