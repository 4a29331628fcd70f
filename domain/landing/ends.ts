/** How a round of a landing ends, or begins anew. */
import { reasonOf } from '../failure.ts';
import type { LandingPolicy, LandingState, Landed } from './landing.ts';
import * as say from './sentences.ts';

const longestPauseMs = 60_000;

export const landed = (state: LandingState, sha: string): LandingState => ({
  ...state,
  doubt: 'none',
  confirming: false,
  unconfirmed: null,
  end: { kind: 'landed', sha },
});

export const changes = (
  state: LandingState,
  { reason, from, feedback, merge }: Omit<Extract<Landed, { readonly kind: 'changes' }>, 'kind'>,
): LandingState => ({
  ...state,
  updated: null,
  failed: null,
  end: { kind: 'changes', reason, from, feedback, merge },
});

export const stopped = (
  state: LandingState,
  { reason, detail, mendable }: Omit<Extract<Landed, { readonly kind: 'stopped' }>, 'kind'>,
): LandingState => ({ ...state, updated: null, end: { kind: 'stopped', reason, detail, mendable } });

/** Tested tree = landed tree: what nobody tested is not built upon. A retry runs the checks on what landed. */
export const stoppedOnBase = (
  policy: LandingPolicy,
  state: LandingState,
  { sha, why }: { readonly sha: string; readonly why: string },
): LandingState =>
  stopped(
    { ...state, doubt: 'none', confirming: false, unconfirmed: { sha, why } },
    {
      reason: reasonOf('LandedTreeMismatch'),
      detail: say.landedDifferently(policy, state.pullRequest, why),
      mendable: false,
    },
  );

/** The first new round begins at once; then each waits longer, so that a restless host or base costs little. */
export const anew = (state: LandingState): LandingState => {
  const rounds = state.rounds + 1;
  return { ...state, rounds, pauseMs: rounds < 2 ? 0 : Math.min(longestPauseMs, 1_000 * 2 ** (rounds - 2)) };
};
