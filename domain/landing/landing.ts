/**
 * How a branch gets into its base, for a phase, a project and a standalone task alike. What differs between them is the policy;
 * where it stands is the state (plain data, carried over retries and continue-as-new); what happens is events and actions.
 */
import type { CheckEvidence } from '../model/checks.ts';
import type { ApprovalPolicy } from '../model/project.ts';
import type { OpenMerge, ResolvedFile, RewrittenBase, TaskCommit } from '../model/git.ts';
import type { PullRequestRef } from '../model/pull-request.ts';
import type { FailureReason } from '../failure.ts';
import type { SensitiveFiles } from './sensitive-files.ts';

/** What differs between the ways into a base. */
export interface LandingPolicy {
  /** How the branch takes up a base that moved: its commits are replayed on it, or it is merged in. */
  readonly update: 'rebase' | 'merge';
  readonly pullRequest: boolean;
  /** People are asked before the merge. */
  readonly ask: boolean;
  /** What an approval does when base moved: it counts on for equal patches, or people are asked again. */
  readonly carry: ApprovalPolicy['carry'];
  /** They are asked even when the branch has nothing that its base lacks. */
  readonly askAboutNothing: boolean;
  readonly method: 'merge' | 'squash';
  /** What happens when base is checked out in a person's worktree, or its remote refuses our push of it. */
  readonly checkedOut: 'person_merges' | 'stop';
  /** What a branch lost can be done again on top of what is there. */
  readonly redo: boolean;
  /** People use the code host by themselves: they may merge, close or retarget there at any moment. */
  readonly hosted: boolean;
  readonly branch: string;
  readonly baseBranch: string;
  /** What was recorded as landed on base, and must not be missing from it; null: base is people's own. */
  readonly landedSha: string | null;
}

/** How far one step of a flow takes the landing. Each goal holds the earlier ones. */
export const goals = ['found', 'tested', 'opened', 'approved', 'landed'] as const;
export type Goal = (typeof goals)[number];

export interface Tested {
  readonly sha: string;
  readonly tree: string;
  readonly checks: readonly CheckEvidence[];
}

/** The branch brought up to base: made here, not pushed yet. */
export interface Updated {
  readonly headSha: string;
  readonly baseSha: string;
  readonly how: 'rebase' | 'merge';
  /** What a rebase made of each task's commit. */
  readonly commits: readonly TaskCommit[];
  /** Every commit kept its patch, and so did all of them together: what was approved is unchanged. */
  readonly samePatches: boolean;
}

/** A merge that brought what nobody tested, or not where it should: the checks decide about it. */
export interface Unconfirmed {
  readonly sha: string;
  /** Why; null: it is only untested. */
  readonly why: string | null;
}

export interface LandingState {
  /** The branch's head on the remote, as we know it. */
  readonly headSha: string;
  /** The newest tip of base that the head is known to hold. */
  readonly baseSha: string;
  /** The commit of base that the head is based on. */
  readonly startSha: string;
  /** Commits that are recorded as done: whatever is asked about, merged or called done holds each of them. */
  readonly required: readonly string[];
  /** The head that was seen to hold them; null: none was looked at yet. */
  readonly holds: string | null;
  readonly tested: Tested | null;
  /** Files of merges that agents finished, at most 50, newest last; absent in states of earlier versions. */
  readonly resolved?: readonly ResolvedFile[];
  /** Files that tools obey, which agents changed on the branch; absent in states of earlier versions. */
  readonly sensitive?: SensitiveFiles;
  readonly updated: Updated | null;
  readonly pullRequest: PullRequestRef | null;
  readonly approvedHeadSha: string | null;
  /** Gates opened so far, answered or not: each has a number of its own. */
  readonly gates: number;
  readonly unconfirmed: Unconfirmed | null;
  /** People merged exactly our head: the merge is asked for once more, and answers with what it brought. */
  readonly confirming: boolean;
  /** What the checks said no to, if it is an update that is still to be pushed: the next work starts on it. */
  readonly failed: { readonly sha: string; readonly report: string } | null;
  /** Base holds everything that the branch has. */
  readonly nothing: boolean;
  /** Whether `baseSha` is still base's tip, as the remote said last. */
  readonly current: 'yes' | 'no' | 'unknown';
  /** The pull request was seen open on exactly this head and base. */
  readonly opened: boolean;
  /** The pull request was merged elsewhere, or without ours: after a retry there is another one. */
  readonly usedUp: boolean;
  /** Who knows where the branch is: nobody doubts it, the code host is to be asked first, or git. */
  readonly doubt: 'none' | 'host' | 'git';
  /** Somebody moved the branch to where it lacks what was done: whoever retries takes it as it is, and that work is done again. */
  readonly lost: { readonly headSha: string; readonly missing: readonly string[] } | null;
  /** The branch was deleted or rewound: it is put back at the recorded head. */
  readonly restore: boolean;
  /** Base is gone or lacks what had landed there: that is put back before anything else is done with it. */
  readonly baseLost: boolean;
  /** Base lost this commit, which the branch is built on: people were told, and whoever retries goes on without it. */
  readonly rewritten: string | null;
  /** A person has said so. */
  readonly withoutSha: string | null;
  /** The host's own rules hold the merge up. */
  readonly blocked: string | null;
  /** Base is checked out in a person's worktree: they merge. */
  readonly byHand: { readonly where: string; readonly command: string } | null;
  /** The remote refused our push of base: who merges by hand is followed, until a retry. */
  readonly refused: boolean;
  /** Rounds begun anew since people last decided: what is done about a restless base or host grows with them. */
  readonly rounds: number;
  /** The next round waits for this long first. */
  readonly pauseMs: number;
  readonly end: Landed | null;
}

export type Landed =
  /** What was approved is on base, at `sha`. */
  | { readonly kind: 'landed'; readonly sha: string }
  | { readonly kind: 'nothing' }
  /** More work is asked for: by a person, by the checks, or by a merge in conflict. */
  | {
      readonly kind: 'changes';
      readonly reason: FailureReason;
      readonly from: string;
      readonly feedback: string;
      readonly merge: OpenMerge | null;
    }
  /** Only a person can go on. `mendable`: putting the pull request right is as good as a retry. */
  | {
      readonly kind: 'stopped';
      readonly reason: FailureReason;
      readonly detail: string;
      readonly mendable: boolean;
    };

export type LandingAction =
  | { readonly kind: 'update' }
  /** Of the branch's head, of an update that is not pushed yet, or of what landed. */
  | { readonly kind: 'test'; readonly what: 'head' | 'updated' | 'landed'; readonly sha: string }
  | { readonly kind: 'push'; readonly from: string; readonly to: string }
  /** `behind`: people are asked although base has moved since the update, which it does each time. */
  | { readonly kind: 'open'; readonly behind: boolean }
  | { readonly kind: 'ask'; readonly gate: number }
  | { readonly kind: 'find_head' }
  | { readonly kind: 'restore'; readonly sha: string }
  | { readonly kind: 'restore_base'; readonly sha: string }
  | { readonly kind: 'merge' }
  | { readonly kind: 'await_host'; readonly why: string }
  | { readonly kind: 'await_person'; readonly where: string; readonly command: string }
  | { readonly kind: 'find_landed'; readonly sha: string }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'reached' }
  | { readonly kind: 'end'; readonly landed: Landed };

export type LandingEvent =
  // update
  | { readonly kind: 'current'; readonly baseSha: string }
  | { readonly kind: 'nothing'; readonly baseSha: string }
  | ({ readonly kind: 'updated' } & Updated)
  | ({ readonly kind: 'base_rewritten' } & RewrittenBase)
  | { readonly kind: 'base_lost' }
  | { readonly kind: 'conflict'; readonly baseSha: string; readonly merge: OpenMerge }
  // test
  | ({ readonly kind: 'passed' } & Tested)
  | { readonly kind: 'failed'; readonly sha: string; readonly report: string }
  | { readonly kind: 'out_of_time' }
  // restore_base
  | { readonly kind: 'base_restored' }
  // restore, restore_base
  | { readonly kind: 'unrestorable'; readonly message: string }
  // push, restore
  | { readonly kind: 'pushed'; readonly sha: string }
  /** The remote's branch is not where it was. */
  | { readonly kind: 'moved' }
  // open
  | { readonly kind: 'opened'; readonly pullRequest: PullRequestRef }
  | { readonly kind: 'no_commits' }
  | { readonly kind: 'closed'; readonly pullRequest: PullRequestRef | null }
  | { readonly kind: 'retargeted'; readonly pullRequest: PullRequestRef; readonly baseBranch: string }
  | { readonly kind: 'base_moved' }
  | { readonly kind: 'head_moved' }
  | { readonly kind: 'missing'; readonly commits: readonly string[] }
  | {
      readonly kind: 'merged_by_others';
      readonly pullRequest: PullRequestRef;
      /** Our head · one on top of ours · an earlier one of ours · one that lacks ours · into another base. */
      readonly how: 'ours' | 'ahead' | 'earlier' | 'alien' | 'elsewhere';
      readonly by: string | null;
      readonly headSha: string;
      readonly baseBranch: string;
      readonly mergedSha: string | null;
    }
  // ask
  | { readonly kind: 'approved'; readonly headSha: string | null; readonly by: string }
  | { readonly kind: 'rejected'; readonly by: string; readonly comment: string }
  /** What people were asked about moved; nobody decided. */
  | { readonly kind: 'withdrawn' }
  // find_head
  | { readonly kind: 'same' }
  | { readonly kind: 'ahead'; readonly headSha: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'lost'; readonly headSha: string; readonly missing: readonly string[] }
  // merge
  | {
      readonly kind: 'merged';
      readonly sha: string;
      readonly tree: string;
      readonly onBase: boolean;
      readonly differs: string | null;
    }
  | { readonly kind: 'merge_conflict' }
  | { readonly kind: 'blocked'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'checked_out'; readonly where: string; readonly command: string }
  // await_host, await_person, find_landed, pause
  | { readonly kind: 'unblocked' }
  | { readonly kind: 'merged_by_hand'; readonly sha: string; readonly tree: string }
  | { readonly kind: 'on_base'; readonly sha: string }
  | { readonly kind: 'off_base' }
  | { readonly kind: 'paused' };
