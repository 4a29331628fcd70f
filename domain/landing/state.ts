/** Where a landing begins, and what its owner tells it between two steps. */
import type { OpenMerge } from '../model/git.ts';
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
  usedUp: false,
  doubt: 'none',
  lost: null,
  restore: false,
  blocked: null,
  byHand: null,
  rounds: 0,
  pauseMs: 0,
  end: null,
});

/** Another try after a stop: everything that people may have changed since is looked at again. */
export const retried = (state: LandingState): LandingState => ({
  ...state,
  pullRequest: state.usedUp ? null : state.pullRequest,
  usedUp: false,
  end: null,
  updated: null,
  failed: null,
  current: 'unknown',
  opened: false,
  nothing: false,
  // What landed untested is looked at on base, whatever became of the branch.
  doubt: state.unconfirmed === null ? 'host' : 'none',
  lost: null,
  restore: false,
  blocked: null,
  byHand: null,
  rounds: 0,
  pauseMs: 0,
});

/** The branch as somebody left it, without what it lost: that is no longer done. */
export const adopted = (state: LandingState, headSha: string): LandingState => ({
  ...state,
  headSha,
  required: [],
  holds: null,
  tested: null,
  approvedHeadSha: null,
  lost: null,
  doubt: 'none',
  current: 'unknown',
  opened: false,
  nothing: false,
  end: null,
});

/** A task landed on the branch, or was an accepted no-op: the round that asked for it is over. */
export function withTask(
  state: LandingState,
  task: {
    readonly headSha: string;
    readonly tested: Tested | null;
    /** The merge of base that it finished. */
    readonly merged?: OpenMerge | null;
  },
): LandingState {
  const { headSha, tested, merged = null } = task;
  const landed = headSha !== state.headSha;
  const base = landed && merged !== null ? merged.parentSha : null;
  return {
    ...state,
    headSha,
    tested: tested ?? state.tested,
    required: landed ? [headSha] : state.required,
    holds: landed ? headSha : state.holds,
    baseSha: base ?? state.baseSha,
    startSha: base ?? state.startSha,
    updated: null,
    failed: null,
    nothing: false,
    current: 'unknown',
    opened: false,
    end: null,
  };
}
