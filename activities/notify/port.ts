/** Telling people: channels that carry a notice, and the memory of what was told. */
import type { Notice } from '../../domain/model/notice.ts';

export interface Channel {
  /**
   * Throws when the notice did not get through: `NoticeRefused` (errors.ts) when no further attempt helps, anything else when one
   * may, with the time to wait if the other side named one. No message holds a secret. A repeat may come twice: the other side
   * may have taken what it did not answer.
   * `to`: the address of the target, null for a channel that has none.
   */
  send(notice: Notice, to: string | null): Promise<void>;
}

export interface NoticeLedger {
  wasSent(key: string): Promise<boolean>;
  recordSent(key: string): Promise<void>;
}
