/**
 * The one decision of a landing: what happened leads to what is done next. Pure. What must stay true, whatever people and
 * machines do in between: only a tested tree lands, an approval counts for the patches that were approved, nothing is forced over
 * somebody else's commit, and rounds begun anew come to wait longer and longer.
 */
import { type Goal, goals, type LandingAction, type LandingPolicy, type LandingState } from './landing.ts';

/** The first thing that is not yet as the goal needs it. */
export function decide(policy: LandingPolicy, goal: Goal, state: LandingState): LandingAction {
  return (
    ended(state) ??
    waiting(state) ??
    putBaseBack(policy, state) ??
    findBranch(policy, state) ??
    landingOfOthers(state) ??
    toTested(policy, goal, state) ??
    toOpened(policy, goal, state) ??
    toApproved(policy, goal, state) ??
    (isNothing(state) ? { kind: 'end', landed: { kind: 'nothing' } } : { kind: 'merge' })
  );
}

export const isNothing = (state: LandingState): boolean => state.nothing || state.headSha === state.startSha;

const within = (goal: Goal, last: Goal): boolean => goals.indexOf(goal) <= goals.indexOf(last);

const ended = ({ end }: LandingState): LandingAction | null =>
  end === null ? null : { kind: 'end', landed: end };

function waiting({ pauseMs, blocked, byHand }: LandingState): LandingAction | null {
  if (pauseMs > 0) return { kind: 'pause', ms: pauseMs };
  if (byHand !== null) return { kind: 'await_person', ...byHand };
  return blocked === null ? null : { kind: 'await_host', why: blocked };
}

const putBaseBack = ({ landedSha }: LandingPolicy, { baseLost }: LandingState): LandingAction | null =>
  baseLost && landedSha !== null ? { kind: 'restore_base', sha: landedSha } : null;

/** Where the branch is comes before everything: the code host may know that it was merged, then git is asked. */
function findBranch(policy: LandingPolicy, state: LandingState): LandingAction | null {
  if (state.restore) return { kind: 'restore', sha: state.headSha };
  if (state.doubt === 'none') return null;
  const asksHost = policy.hosted && policy.pullRequest && state.pullRequest !== null;
  return state.doubt === 'host' && asksHost ? { kind: 'open', behind: false } : { kind: 'find_head' };
}

/** What people merged: it is asked for what it brought, and the checks decide about what nobody tested. */
function landingOfOthers({ confirming, unconfirmed }: LandingState): LandingAction | null {
  if (confirming) return { kind: 'merge' };
  if (unconfirmed === null) return null;
  return unconfirmed.why === null
    ? { kind: 'test', what: 'landed', sha: unconfirmed.sha }
    : { kind: 'find_landed', sha: unconfirmed.sha };
}

function toTested(policy: LandingPolicy, goal: Goal, state: LandingState): LandingAction | null {
  const { updated, tested, failed, headSha, startSha, required, holds } = state;
  if (goal === 'found') return { kind: 'reached' };
  if (updated !== null)
    return tested?.sha === updated.headSha || failed?.sha === updated.headSha
      ? { kind: 'push', from: headSha, to: updated.headSha }
      : { kind: 'test', what: 'updated', sha: updated.headSha };
  // A branch with nothing of its own, although work was recorded as done: git says whether base holds it.
  if (headSha === startSha && required.length > 0 && holds !== headSha) return { kind: 'find_head' };
  if (!isNothing(state)) {
    const isTested = tested?.sha === headSha;
    // Opening the pull request says whether base moved; without one, or before a test that might be of no use, base is asked first.
    if (state.current === 'no') return { kind: 'update' };
    if (state.current === 'unknown' && (!policy.pullRequest || !isTested)) return { kind: 'update' };
    if (!isTested) return { kind: 'test', what: 'head', sha: headSha };
  }
  return within(goal, 'tested') ? { kind: 'reached' } : null;
}

function toOpened(policy: LandingPolicy, goal: Goal, state: LandingState): LandingAction | null {
  if (policy.pullRequest && !isNothing(state) && !(state.opened && state.current === 'yes'))
    return { kind: 'open', behind: asksBehind(policy, state) };
  return within(goal, 'opened') ? { kind: 'reached' } : null;
}

const patientRounds = 3;

/** A base that moves faster than the checks run would never let anybody be asked; what carries over may as well be asked about now. */
const asksBehind = ({ ask, carry }: LandingPolicy, { rounds, approvedHeadSha, headSha }: LandingState) =>
  ask && carry !== 'never' && rounds >= patientRounds && approvedHeadSha !== headSha;

function toApproved(policy: LandingPolicy, goal: Goal, state: LandingState): LandingAction | null {
  const asks = policy.ask && (policy.askAboutNothing || !isNothing(state));
  if (asks && state.approvedHeadSha !== state.headSha) return { kind: 'ask', gate: state.gates + 1 };
  return within(goal, 'approved') ? { kind: 'reached' } : null;
}
