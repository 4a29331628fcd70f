/** What people and the code host did or said, and what a landing makes of it. Pure. */
import { anew, changes, landed, stopped, stoppedOnBase } from './ends.ts';
import { reasonOf } from '../failure.ts';
import type { LandingEvent, LandingPolicy, LandingState } from './landing.ts';
import * as say from './sentences.ts';

type Of<Kind extends LandingEvent['kind']> = Extract<LandingEvent, { readonly kind: Kind }>;

export type PeopleEvent = Of<
  | 'opened'
  | 'no_commits'
  | 'closed'
  | 'retargeted'
  | 'missing'
  | 'merged_by_others'
  | 'approved'
  | 'rejected'
  | 'lost'
  | 'merged'
  | 'blocked'
  | 'unblocked'
  | 'refused'
  | 'checked_out'
  | 'merged_by_hand'
  | 'on_base'
  | 'off_base'
>;

export function applyPeople(policy: LandingPolicy, state: LandingState, event: PeopleEvent): LandingState {
  switch (event.kind) {
    case 'opened':
      return {
        ...state,
        pullRequest: event.pullRequest,
        opened: true,
        current: 'yes',
        doubt: 'none',
        holds: state.headSha,
      };
    case 'no_commits':
      // Base must have moved to hold what was done.
      return state.headSha === state.startSha || state.required.length === 0
        ? { ...state, nothing: true, doubt: 'none' }
        : anew({ ...state, current: 'no', opened: false, doubt: 'none' });
    case 'closed':
    case 'retargeted':
      return pullRequestChanged(policy, state, event);
    case 'missing': {
      const detail = say.missing(policy, state.headSha, event.commits);
      return stopped(state, { reason: reasonOf('LeaseLost'), detail, mendable: false });
    }
    case 'lost': {
      const { headSha, missing } = event;
      const before = { ...state, approvedHeadSha: null, lost: { headSha, missing } };
      const detail = say.lost(policy, state.headSha, event);
      return stopped(before, { reason: reasonOf('LeaseLost'), detail, mendable: false });
    }
    case 'merged_by_others':
      return mergedByOthers(policy, state, event);
    case 'approved':
      return { ...decided(state), approvedHeadSha: event.headSha ?? state.headSha };
    case 'rejected': {
      const { by: from, comment: feedback } = event;
      return changes(decided(state), { reason: reasonOf('Rejected'), from, feedback, merge: null });
    }
    case 'merged':
      return merged(policy, state, event);
    case 'blocked':
      return { ...state, blocked: event.why };
    case 'unblocked':
      return { ...state, blocked: null };
    case 'refused': {
      const detail = say.refused(policy, state.headSha, event.why);
      return stopped(
        { ...state, refused: true },
        { reason: reasonOf('PushRejected'), detail, mendable: false },
      );
    }
    case 'checked_out':
      return checkedOut(policy, state, event);
    case 'merged_by_hand':
      return confirm({ ...state, byHand: null, pullRequest: asMerged(state) }, event);
    case 'on_base':
      return { ...state, unconfirmed: { sha: event.sha, why: null } };
    case 'off_base':
      return stoppedOnBase(policy, state, {
        sha: state.unconfirmed?.sha ?? state.headSha,
        why: say.notOnBase(policy),
      });
  }
}

const decided = (state: LandingState): LandingState => ({ ...state, gates: state.gates + 1, rounds: 0 });

const asMerged = ({ pullRequest }: LandingState): LandingState['pullRequest'] =>
  pullRequest === null ? null : { ...pullRequest, state: 'merged' };

function pullRequestChanged(
  policy: LandingPolicy,
  state: LandingState,
  event: Of<'closed' | 'retargeted'>,
): LandingState {
  const pullRequest = event.pullRequest ?? state.pullRequest;
  const detail = event.kind === 'closed' ? say.closed(pullRequest) : say.retargeted(policy, event);
  return stopped(
    { ...state, pullRequest },
    { reason: reasonOf('PullRequestClosed'), detail, mendable: true },
  );
}

function checkedOut(
  policy: LandingPolicy,
  state: LandingState,
  { where, command }: Of<'checked_out'>,
): LandingState {
  if (policy.checkedOut === 'person_merges') return { ...state, byHand: { where, command } };
  return stopped(state, {
    reason: reasonOf('PushRejected'),
    detail: say.checkedOut(policy, where),
    mendable: false,
  });
}

/** Whoever merged may have been faster than the checks, or have merged onto another base: the checks decide about what is there. */
function confirm(
  state: LandingState,
  { sha, tree }: { readonly sha: string; readonly tree: string },
): LandingState {
  const isTested = state.tested?.sha === state.headSha && state.tested.tree === tree;
  return isTested ? landed(state, sha) : { ...state, unconfirmed: { sha, why: null } };
}

function merged(policy: LandingPolicy, state: LandingState, event: Of<'merged'>): LandingState {
  const { sha, tree, onBase, differs } = event;
  const after = { ...state, confirming: false, pullRequest: asMerged(state) };
  if (!onBase) {
    const why = say.notOnBase(policy);
    // The code host says where it went, if it went elsewhere.
    if (policy.hosted && state.unconfirmed === null && state.pullRequest !== null)
      return { ...after, opened: false, doubt: 'host', unconfirmed: { sha, why } };
    return stoppedOnBase(policy, after, { sha, why });
  }
  if (differs !== null) return stoppedOnBase(policy, after, { sha, why: differs });
  return confirm(after, { sha, tree });
}

function mergedByOthers(
  policy: LandingPolicy,
  state: LandingState,
  event: Of<'merged_by_others'>,
): LandingState {
  const { how, pullRequest, mergedSha } = event;
  switch (how) {
    case 'ours':
      // Said to be merged into our base twice, and git finds it there neither time.
      if (state.unconfirmed !== null)
        return stoppedOnBase(
          policy,
          { ...state, pullRequest },
          { sha: state.unconfirmed.sha, why: say.notOnBase(policy) },
        );
      return { ...state, pullRequest, doubt: 'none', confirming: true };
    case 'earlier':
      // The branch has gone on since: the rest needs a pull request of its own.
      return anew({ ...state, pullRequest: null, opened: false, doubt: 'git' });
    case 'elsewhere': {
      const before = { ...state, pullRequest, usedUp: true, approvedHeadSha: null, unconfirmed: null };
      return stopped(before, {
        reason: reasonOf('PullRequestClosed'),
        detail: say.elsewhere(policy, event),
        mendable: false,
      });
    }
    case 'alien': {
      const before = { ...state, pullRequest, usedUp: true, approvedHeadSha: null, unconfirmed: null };
      return stopped(before, {
        reason: reasonOf('LeaseLost'),
        detail: say.alien(event, state.headSha),
        mendable: false,
      });
    }
    case 'ahead': {
      const sha = mergedSha ?? state.baseSha;
      return stoppedOnBase(
        policy,
        { ...state, pullRequest },
        { sha, why: say.otherHead(event, state.headSha) },
      );
    }
  }
}
