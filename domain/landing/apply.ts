/** What an event makes of a landing's state. Pure; the events of git and the checks here, those of people in apply-people.ts. */
import { applyPeople, type PeopleEvent } from './apply-people.ts';
import { carriesOver } from './carry.ts';
import { anew, changes, landed, raced, stopped, stoppedOnBase } from './ends.ts';
import { reasonOf } from '../failure.ts';
import type { LandingEvent, LandingPolicy, LandingState } from './landing.ts';
import { conflict } from './conflicts.ts';
import * as say from './sentences.ts';

type Of<Kind extends LandingEvent['kind']> = Extract<LandingEvent, { readonly kind: Kind }>;

export function apply(policy: LandingPolicy, state: LandingState, event: LandingEvent): LandingState {
  switch (event.kind) {
    case 'current':
      return { ...state, baseSha: event.baseSha, current: 'yes', withoutSha: null };
    case 'nothing':
      return nothingLeft(policy, state, event);
    case 'updated': {
      const { headSha, baseSha, how, commits, samePatches } = event;
      return { ...state, updated: { headSha, baseSha, how, commits, samePatches } };
    }
    case 'base_rewritten': {
      const detail = say.baseRewritten(policy, event);
      const before: LandingState = {
        ...state,
        current: 'no',
        approvedHeadSha: null,
        rewritten: event.lostSha,
        withoutSha: null,
      };
      return stopped(before, { reason: reasonOf('BaseRewritten'), detail, mendable: false });
    }
    case 'base_lost':
      return { ...state, baseLost: true };
    case 'base_restored':
      return anew({ ...state, baseLost: false, current: 'no', opened: false });
    case 'unrestorable': {
      const { message: detail } = event;
      const before = { ...state, approvedHeadSha: null };
      return stopped(before, { reason: reasonOf('LeaseLost'), detail, mendable: false });
    }
    case 'conflict': {
      const feedback = conflict(policy, event.merge);
      const before: LandingState = { ...state, current: 'no', approvedHeadSha: null };
      return changes(before, {
        reason: reasonOf('MergeConflict'),
        from: 'the orchestrator',
        feedback,
        merge: event.merge,
      });
    }
    case 'passed':
      return passed(state, event);
    case 'failed':
      return failed(policy, state, event);
    case 'out_of_time':
      return stopped(state, {
        reason: reasonOf('TimedOut'),
        detail: 'The phase used up its phase_timeout.',
        mendable: false,
      });
    case 'pushed':
      return pushed(policy, state, event);
    case 'moved':
    case 'head_moved':
      return anew({ ...state, updated: null, restore: false, opened: false, doubt: doubted(state, event) });
    case 'withdrawn':
      return apply(policy, { ...state, gates: state.gates + 1 }, { kind: 'moved' });
    case 'base_moved':
      return raced({ ...state, current: 'no', opened: false, doubt: 'none' });
    case 'merge_conflict':
      return anew({ ...state, current: 'no', opened: false });
    case 'same':
      return { ...state, doubt: 'none', holds: state.headSha };
    case 'gone':
      return { ...state, doubt: 'none', restore: true };
    case 'ahead':
      return followed(state, event);
    case 'paused':
      return { ...state, pauseMs: 0 };
    default:
      return applyPeople(policy, state, event satisfies PeopleEvent);
  }
}

/** Base holds the branch: it had nothing of its own, or somebody merged it and the checks decide about what is there. */
function nothingLeft(
  { hosted }: LandingPolicy,
  state: LandingState,
  { baseSha }: Of<'nothing'>,
): LandingState {
  if (state.headSha === state.startSha || state.required.length === 0)
    return { ...state, current: 'yes', nothing: true };
  if (state.pullRequest === null) return { ...state, unconfirmed: { sha: baseSha, why: null } };
  return hosted ? anew({ ...state, opened: false, doubt: 'host' }) : { ...state, confirming: true };
}

function passed(state: LandingState, { sha, tree, checks }: Of<'passed'>): LandingState {
  return state.unconfirmed?.sha === sha ? landed(state, sha) : { ...state, tested: { sha, tree, checks } };
}

function failed(policy: LandingPolicy, state: LandingState, { sha, report }: Of<'failed'>): LandingState {
  if (state.unconfirmed?.sha === sha)
    return stoppedOnBase(policy, state, { sha, why: say.checksFailOnBase(sha, report) });
  // Pushed all the same: whoever mends it starts on what failed.
  if (state.updated?.headSha === sha) return { ...state, failed: { sha, report } };
  return askForMending(state, { sha, report });
}

const askForMending = (
  state: LandingState,
  { sha, report }: NonNullable<LandingState['failed']>,
): LandingState =>
  changes(state, {
    reason: reasonOf('ChecksFailed'),
    from: 'the orchestrator',
    feedback: say.checksFailed(sha, report),
    merge: null,
  });

function pushed(policy: LandingPolicy, state: LandingState, { sha }: Of<'pushed'>): LandingState {
  const { updated } = state;
  if (updated?.headSha !== sha) return { ...state, restore: false, doubt: 'none', opened: false };
  const carries = carriesOver(policy, state);
  const after: LandingState = {
    ...state,
    headSha: sha,
    baseSha: updated.baseSha,
    startSha: updated.baseSha,
    // A rebase makes other commits of those that were recorded; the new head holds them all.
    required: updated.how === 'rebase' && state.required.length > 0 ? [sha] : state.required,
    holds: sha,
    updated: null,
    withoutSha: null,
    current: 'yes',
    // The merge looks at the pull request itself: asking before it would only give base more time to move. A rebase changes its text.
    opened: carries && updated.how === 'merge' && state.pullRequest !== null,
    approvedHeadSha: carries ? sha : null,
  };
  return state.failed?.sha === sha ? askForMending(after, state.failed) : after;
}

/** The code host is asked first, unless it was the one that said so: it may know of a merge. */
const doubted = ({ doubt }: LandingState, { kind }: Of<'moved' | 'head_moved'>): LandingState['doubt'] =>
  kind === 'moved' && doubt === 'none' ? 'host' : 'git';

/** Somebody's commits on top of ours are taken along: tested, shown and asked about anew. */
const followed = (state: LandingState, { headSha }: Of<'ahead'>): LandingState => ({
  ...state,
  headSha,
  holds: headSha,
  approvedHeadSha: null,
  current: 'unknown',
  opened: false,
  nothing: false,
  doubt: 'none',
});
