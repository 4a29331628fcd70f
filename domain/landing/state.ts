/** Where a landing begins, and what its owner tells it between two steps. */
import type { LandingState, Tested } from './landing.ts';

export const newLanding = (at: {
  readonly headSha: string;
  readonly baseSha: string;
  readonly startSha: string;
  readonly required?: readonly string[];
  readonly tested?: Tested | null;
}): LandingState => ({
  headSha: at.headSha,
  baseSha: at.baseSha,
  startSha: at.startSha,
  required: at.required ?? [],
  holds: null,
  tested: at.tested ?? null,
  updated: null,
  pullRequest: null,
  approvedHeadSha: null,
  gates: 0,
  unconfirmed: null,
  confirming: false,
  failed: null,
  nothing: false,
  current: 'unknown',
  opened: false,
  doubt: 'none',
  restore: false,
  blocked: null,
  byHand: null,
  rounds: 0,
  pauseMs: 0,
  end: null,
});

/** A task landed on the branch, or was an accepted no-op: the round that asked for it is over. */
export const withTask = (
  state: LandingState,
  { headSha, tested }: { readonly headSha: string; readonly tested: Tested | null },
): LandingState => ({
  ...state,
  headSha,
  tested: tested ?? state.tested,
  required: headSha === state.headSha ? state.required : [headSha],
  updated: null,
  failed: null,
  nothing: false,
  current: 'unknown',
  opened: false,
  end: null,
});

/** A merge that a task finished: the head holds this commit of base now. */
export const basedOn = (state: LandingState, baseSha: string): LandingState => ({
  ...state,
  startSha: baseSha,
  baseSha,
});
