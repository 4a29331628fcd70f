/** How a round of a landing ends, or begins anew. */
import { reasonOf } from '../failure.ts';
import type { LandingPolicy, LandingState, Landed } from './landing.ts';
import * as say from './sentences.ts';

const longestPauseMs = 60_000;
const quickRaces = 8;

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

/** The first new round begins at once; then each waits longer, so that a restless host or branch costs little. */
export const anew = (state: LandingState): LandingState => again(state, 1);

/** People are told of it, since they may be able to help. */
export const isRestless = ({ rounds }: LandingState): boolean => rounds > quickRaces + 2;

/** Base moved while we were at it. The next try is as good as any later one, so these begin at once for longer. */
export const raced = (state: LandingState): LandingState => again(state, quickRaces);

function again(state: LandingState, quick: number): LandingState {
  const rounds = state.rounds + 1;
  const pauseMs = rounds <= quick ? 0 : Math.min(longestPauseMs, 1_000 * 2 ** (rounds - quick - 1));
  return { ...state, rounds, pauseMs: Math.round(pauseMs * share(state.headSha)) };
}

/** From a half to the whole, by chance of the head: in step with a base that moves like a clock, no round would ever be in time. */
const share = (headSha: string): number => 0.5 + (Number.parseInt(headSha.slice(0, 4), 16) || 0) / 0xffff / 2;
