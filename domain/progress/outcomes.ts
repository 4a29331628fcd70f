/** What workflows end with. Expected failures are outcomes, not exceptions. */
import type { Cost } from '../model/cost.ts';
import type { FailureReason } from '../failure.ts';
import type { CheckEvidence } from '../model/checks.ts';
import type { Fence, OpenMerge } from '../model/git.ts';
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
  /** Tip of the branch after this task. */
  readonly tip: string;
  readonly fence: Fence;
  readonly checks: readonly CheckEvidence[];
  readonly pullRequest: PullRequestRef | null;
  readonly cost: Cost;
  /** Who worked on it, e.g. `implementer: claude-code`; absent in outcomes of earlier versions. */
  readonly agents?: readonly string[];
  /** Milliseconds of agent work, checks and landing: what phase_timeout counts. */
  readonly workedMs: number;
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
}

export interface PhaseOutcome {
  readonly schema: 1;
  readonly number: number;
  readonly name: string;
  readonly status: 'completed' | 'failed' | 'cancelled' | 'skipped';
  readonly reason: FailureReason | null;
  readonly message: string;
  /** Null if the branch was never made. */
  readonly branch: string;
  readonly headSha: string | null;
  /** The integration branch's tip after the phase, and the phase branch's base. */
  readonly integrationSha: string;
  readonly baseSha: string;
  readonly pullRequest: PullRequestRef | null;
  readonly tasks: readonly PhaseTaskSummary[];
  /** At most 50 paths. */
  readonly files: readonly string[];
  readonly branchMade: boolean;
  /** Answers of its gates, oldest first. */
  readonly decisions: readonly Decision[];
  readonly rounds: number;
  /** What people have approved already, when only the pull request stood in the way. */
  readonly approvedHead?: string;
  /** Why people or steps said no last, for revision tasks that are unfinished. */
  readonly feedback: string;
  readonly merge: OpenMerge | null;
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
