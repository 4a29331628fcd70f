/** Telling people: channels that carry a notice, and the memory of what was told. */
import type { Notice } from '../../domain/effects.ts';

export interface Channel {
  /** Throws when the notice did not get through. `to`: the address of the target, null for a channel that has none. */
  send(notice: Notice, to: string | null): Promise<void>;
}

export interface NoticeLedger {
  wasSent(key: string): Promise<boolean>;
  recordSent(key: string): Promise<void>;
}
