/** What a code host that answers over a network said no to, for callers in its adapter that know better what it means. */
import type { FailureCode } from '../../domain/failure.ts';
import { PortError } from '../support/errors.ts';

export interface Operation {
  /** `owner/name`; for what belongs to no repository, whose it is. */
  readonly on: string;
  /** Completes "GitHub refuses to …". */
  readonly what: string;
  /** Changes something: after an answer that got lost, it may have happened. */
  readonly write: boolean;
}

/** What kind of no it was. */
export type Answer =
  | 'missing'
  | 'moved'
  /** Nothing can be asked of this repository with this credential, until a person has mended that. */
  | 'lost'
  | 'refused'
  | 'not_allowed'
  | 'conflict'
  | 'invalid'
  | 'unavailable';

export interface Refused {
  readonly answer: Answer;
  readonly said: string;
  readonly retryAfterMs?: number;
}

export class HostRefusal extends PortError {
  readonly answer: Answer;
  /** The host's words. */
  readonly said: string;

  constructor(code: FailureCode, message: string, { answer, said, retryAfterMs }: Refused) {
    super(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
    this.answer = answer;
    this.said = said;
  }
}
