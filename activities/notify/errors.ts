/** Why a notice did not get through: for now, or for good. */
import { PortError } from '../support/errors.ts';

/** Another attempt may help: no connection, an overload, a limit. */
export const undelivered = (message: string, retryAfterMs?: number): PortError =>
  new PortError('NoticeUndelivered', message, retryAfterMs === undefined ? {} : { retryAfterMs });

/** No attempt helps until a person changes something. Never leaves this room: the activity logs it and goes on. */
export class NoticeRefused extends Error {
  override readonly name = 'NoticeRefused';
}
