/** What workflows end with. Expected failures are outcomes, not exceptions. */
import type { Cost } from '../model/cost.ts';
import type { FailureReason } from '../failure.ts';
import type { Feedback } from '../model/briefing.ts';
import type { Receipt } from '../messages/messages.ts';
import type { LandingState, Tested } from '../landing/landing.ts';
import type { SensitiveFiles } from '../landing/sensitive-files.ts';
import type { CheckEvidence } from '../model/checks.ts';
import type { Fence, OpenMerge, ResolvedFile } from '../model/git.ts';
import type { TaskSpec } from '../model/project.ts';
import type { PullRequestRef } from '../model/pull-request.ts';
import type { Decision } from '../approval/gate.ts';

export interface TaskOutcome {
  readonly schema: 1;
  readonly number: number;
  readonly title: string;
  readonly status: 'done' | 'failed' | 'cancelled';
  readonly reason: FailureReason | null;
  readonly message: string;
  readonly attempts: number;
  /** The landed commit; null for an accepted no-op and for a task that didn't land. */
  readonly commit: string | null;
  readonly noop: boolean;
  /** The branch's head after this task. */
  readonly headSha: string;
  /** The tree that passed the checks and is the head's; null: nothing was tested. */
  readonly tree: string | null;
  /** Files that its candidate changed, at most 50 paths. */
  readonly files: readonly string[];
  /** Of a merge that it finished: the files that were in conflict, and how each ended. */
  readonly resolved: readonly ResolvedFile[];
  /** Files that tools obey, which its candidate changed. */
  readonly sensitive: SensitiveFiles;
  /** Of a task that failed: what a retry goes on from. */
  readonly earlier: EarlierAttempts | null;
  readonly fence: Fence;
  readonly checks: readonly CheckEvidence[];
  readonly pullRequest: PullRequestRef | null;
  readonly cost: Cost;
  /** Who worked on it, e.g. `implementer: claude-code`; absent in outcomes of earlier versions. */
  readonly agents?: readonly string[];
  /** Milliseconds of agent work, checks and landing: what phase_timeout counts. */
  readonly workedMs: number;
}

/** What a person's retry of a task goes on from: attempts go on counting, so that no evidence is overwritten. */
export interface EarlierAttempts {
  readonly attempts: number;
  /** Newest last. */
  readonly feedback: readonly Feedback[];
  /** The last candidate that was not thrown away; null: the retry starts at the branch's head, as it does when that is no longer `onSha`. */
  readonly candidate: { readonly sha: string; readonly onSha: string } | null;
  /** Words of people that no agent has read yet. */
  readonly messages?: readonly Receipt[];
}

export interface PhaseTaskSummary {
  readonly number: number;
  readonly title: string;
  readonly status: 'incoming' | 'done' | 'failed' | 'cancelled';
  readonly reason: FailureReason | null;
  readonly message: string;
  readonly attempts: number;
  readonly commit: string | null;
  readonly noop: boolean;
  readonly agents?: readonly string[];
  readonly cost?: Cost;
  /** Of a task that was begun and is not done. */
  readonly earlier?: EarlierAttempts;
}

/** What a phase's next run goes on from. */
export interface PhaseProgress {
  /** Of each task that was begun: what it has come to. */
  readonly tasks: readonly PhaseTaskSummary[];
  /** Tasks that its plan doesn't have: from the breakdown, and revisions. */
  readonly added: readonly TaskSpec[];
  /** What was asked for and no task has heard yet. */
  readonly words: readonly Feedback[];
  /** The integration branch moved in conflict: the next revision finishes this merge. */
  readonly merge: OpenMerge | null;
}

export interface PhaseOutcome extends PhaseProgress {
  readonly schema: 1;
  readonly number: number;
  readonly name: string;
  readonly status: 'completed' | 'failed' | 'cancelled' | 'skipped';
  readonly reason: FailureReason | null;
  readonly message: string;
  /** Null if the branch was never made. */
  readonly branch: string;
  readonly headSha: string | null;
  /** The integration branch's tip after the phase; empty: it was not touched. */
  readonly integrationSha: string;
  /** The tree there, if it is one that passed the checks. */
  readonly tested: Tested | null;
  readonly pullRequest: PullRequestRef | null;
  /** At most 50 paths. */
  readonly files: readonly string[];
  /** Answers of its gates, oldest first. */
  readonly decisions: readonly Decision[];
  /** How far its way into the integration branch was; null: its branch was not made. A retry goes on from there. */
  readonly landing: LandingState | null;
  /** It ended without saying how: its branch, and commits on it, may be there all the same. */
  readonly lost?: true;
  readonly fence: Fence;
  readonly cost: Cost;
  readonly workedMs: number;
}

export interface ProjectOutcome {
  readonly schema: 1;
  readonly slug: string;
  readonly status: 'done' | 'cancelled';
  readonly integrationBranch: string;
  readonly baseBranch: string;
  readonly mergedSha: string | null;
  readonly pullRequest: PullRequestRef | null;
  readonly phases: readonly PhaseOutcome[];
  readonly cost: Cost;
}
