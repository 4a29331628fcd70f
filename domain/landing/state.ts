/** Where a landing begins, and what its owner tells it between two steps. */
import type { OpenMerge, ResolvedFile } from '../model/git.ts';
import type { LandingState, Tested } from './landing.ts';
import { noSensitiveFiles, type SensitiveFiles, withSensitiveFiles } from './sensitive-files.ts';

/** A round that has not looked at anything yet. */
const newRound = {
  updated: null,
  failed: null,
  nothing: false,
  current: 'unknown',
  opened: false,
  end: null,
} as const satisfies Partial<LandingState>;

/** A try that nothing stands in the way of, as far as anybody knows. */
const newTry = {
  ...newRound,
  usedUp: false,
  lost: null,
  restore: false,
  baseLost: false,
  rewritten: null,
  withoutSha: null,
  blocked: null,
  byHand: null,
  refused: false,
  rounds: 0,
  pauseMs: 0,
} as const satisfies Partial<LandingState>;

export const newLanding = (at: Pick<LandingState, 'headSha' | 'baseSha' | 'startSha'>): LandingState => ({
  ...newTry,
  ...at,
  required: [],
  holds: null,
  tested: null,
  resolved: [],
  sensitive: noSensitiveFiles,
  pullRequest: null,
  approvedHeadSha: null,
  gates: 0,
  unconfirmed: null,
  confirming: false,
  doubt: 'none',
});

/** Another try after a stop: everything that people may have changed since is looked at again. */
export const retried = (state: LandingState): LandingState => ({
  ...state,
  ...newTry,
  withoutSha: state.rewritten,
  pullRequest: state.usedUp ? null : state.pullRequest,
  // What landed untested is looked at on base, whatever became of the branch.
  doubt: state.unconfirmed === null ? 'host' : 'none',
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
    /** How the files ended that were in conflict. */
    readonly resolved?: readonly ResolvedFile[];
    /** Files that tools obey, which it changed. */
    readonly sensitive?: SensitiveFiles | undefined;
  },
): LandingState {
  const { headSha, tested, merged = null, resolved = [], sensitive = noSensitiveFiles } = task;
  const landed = headSha !== state.headSha;
  const base = landed && merged !== null ? merged.parentSha : null;
  return {
    ...state,
    ...newRound,
    headSha,
    tested: tested ?? state.tested,
    resolved: withResolved(state.resolved ?? [], resolved),
    sensitive: withSensitiveFiles(state.sensitive ?? noSensitiveFiles, sensitive),
    required: landed ? [headSha] : state.required,
    holds: landed ? headSha : state.holds,
    baseSha: base ?? state.baseSha,
    startSha: base ?? state.startSha,
  };
}

const resolvedAtMost = 50;

/** A file that is in conflict again counts as it ended last. */
const withResolved = (
  known: readonly ResolvedFile[],
  more: readonly ResolvedFile[],
): readonly ResolvedFile[] =>
  [...known.filter(({ path }) => !more.some((each) => each.path === path)), ...more].slice(-resolvedAtMost);
