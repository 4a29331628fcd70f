/** What workflows ask of git, and what they are told back. Types only; only references travel (branches, SHAs), never diffs. */
import type {
  AttemptKey,
  CommitMetadata,
  ConflictedFile,
  Fence,
  OpenMerge,
  ResolvedFile,
  RewrittenBase,
  TaskCommit,
} from '../../domain/model/git.ts';
import type { SensitiveFiles } from '../../domain/landing/sensitive-files.ts';
import type { ChecksResult, ChecksToRun } from '../checks/contract.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';
import type { Timed } from '../../domain/model/timed.ts';

export interface CreateBranchRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** Where a branch that is made starts: a commit, or where another branch of the remote is now. */
  readonly from:
    | { readonly kind: 'sha'; readonly sha: string }
    | {
        readonly kind: 'tip';
        readonly branch: string;
        /** What it must hold: recorded as landed there. */
        readonly landedSha: string;
      };
  /** Branches of the same project that exist or will; checked as equal or prefix before anything is made. */
  readonly siblings: readonly string[];
  /** Branches that will be made later: each checked now as `branch` is, before any work. */
  readonly reserve?: readonly string[];
  /** Set when this workflow recorded the branch as its own, with the head that it recorded last (null: none yet). */
  readonly own: null | { readonly headSha: string | null };
  /** Null: the fence as the remote holds it, for a workspace that begins. */
  readonly fence: Fence | null;
}

export type CreateBranchResult =
  | {
      readonly kind: 'ready';
      readonly headSha: string;
      /** What `from` came to. */
      readonly fromSha: string;
      readonly fence: Fence;
      /** True: the branch was gone or rewound, and was put back at the recorded head. */
      readonly restored: boolean;
    }
  | { readonly kind: 'conflict'; readonly message: string }
  /** The branch that `from` names is gone or lacks what had landed there. */
  | { readonly kind: 'base_lost'; readonly message: string }
  /** The branch is our own and does not hold what we recorded; `headSha`: where it is, null: nowhere. */
  | { readonly kind: 'lost'; readonly headSha: string | null; readonly message: string };

export interface FindHeadRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** Where the branch was when we last moved or saw it. */
  readonly headSha: string;
  /** Commits that it must hold besides: what is called done. */
  readonly required: readonly string[];
}

export type FindHeadResult =
  | { readonly kind: 'same' }
  | { readonly kind: 'gone' }
  /** Rewound: at an ancestor of ours. */
  | { readonly kind: 'behind'; readonly headSha: string }
  /** Somebody's commits on top of ours. */
  | { readonly kind: 'ahead'; readonly headSha: string; readonly tree: string }
  /** Which of ours and the required commits it lacks. */
  | { readonly kind: 'lost'; readonly headSha: string; readonly missing: readonly string[] };

export interface RestoreBranchRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** The recorded head. */
  readonly headSha: string;
  readonly fence: Fence;
}

export type RestoreBranchResult =
  | LandResult
  /** It is somebody else's now, or the recorded head is not to be had. */
  | { readonly kind: 'lost'; readonly remote: string | null };

export interface PrepareWorktreeRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** What the worktree's branch points to when the agent starts: the phase's tip, or the rejected candidate. */
  readonly startSha: string;
  /** After an answered question: leave the worktree as it is, with what a person changed by hand. */
  readonly keepChanges: boolean;
}

export interface CommitCandidateRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** The phase branch's tip: the candidate's only parent. */
  readonly headSha: string;
  /** What prepareWorktree set as start: equal tree means the agent changed nothing. */
  readonly startSha: string;
  readonly baseSha: string;
  /** Set when the attempt finishes a merge. */
  readonly merge: OpenMerge | null;
  /** Conflicted files that the agent says are right as they stand; absent: none. */
  readonly resolved?: readonly string[];
  readonly metadata: CommitMetadata;
  /** Run on the candidate at once; null: none. */
  readonly checks: ChecksToRun | null;
}

export type CommitCandidateResult =
  | {
      readonly kind: 'candidate';
      readonly sha: string;
      readonly tree: string;
      /** At most 50 paths; `fileCount` counts all. */
      readonly files: readonly string[];
      readonly fileCount: number;
      /** Of the merge that it finishes: at most 50 files that were in conflict. Absent: it finishes none. */
      readonly resolved?: readonly ResolvedFile[];
      /** Those of all changed paths that tools obey. */
      readonly sensitive: SensitiveFiles;
      /** Null: none were asked for. */
      readonly checks: ChecksResult | null;
    }
  | { readonly kind: 'empty' }
  /** Files of a merge that still hold conflict markers, or where nobody has decided; at most 50. */
  | { readonly kind: 'unresolved'; readonly files: readonly ConflictedFile[] }
  /** Files that can't become part of a commit, in git's words. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'tampered'; readonly what: string };

export interface LandRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** The remote's value that this push expects. */
  readonly expected: string;
  readonly sha: string;
  readonly fence: Fence;
}

export type LandResult =
  | { readonly kind: 'landed'; readonly sha: string; readonly fence: Fence }
  /** Someone else moved the branch: never forced over. */
  | { readonly kind: 'moved'; readonly remote: string | null };

export interface BringUpToDateRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  readonly headSha: string;
  /** The commit of the base that the head is based on; a rebase replays what came after it. */
  readonly startSha: string;
  readonly baseBranch: string;
  /** Where the base was when we last looked. */
  readonly baseSha: string;
  /** What the base must hold: recorded as landed there; null: it is not ours. */
  readonly landedSha: string | null;
  /** `rebase`: each commit onto the base. `merge`: the base into the branch. */
  readonly how: 'rebase' | 'merge';
  /** A base that lost this commit: a person has said to go on without it. Null: nobody has. */
  readonly withoutSha: string | null;
  /** `squash`: base holds the head, too, where a commit of it has the head's tree. Absent: `merge`. */
  readonly method?: 'merge' | 'squash';
  /** Of the merge commit, if one is made. */
  readonly metadata: CommitMetadata;
}

export type BringUpToDateResult =
  /** The head holds the base as it is now. */
  | { readonly kind: 'current'; readonly baseSha: string }
  /** The base holds all of the head. */
  | { readonly kind: 'nothing'; readonly baseSha: string }
  /** Made but not pushed: checks run on it first, then `land`. */
  | {
      readonly kind: 'updated';
      readonly headSha: string;
      readonly tree: string;
      readonly baseSha: string;
      readonly how: 'rebase' | 'merge';
      /** Where each task's commit is after a rebase; none after a merge. */
      readonly commits: readonly TaskCommit[];
      /** True when every commit kept its patch, and base all of its commits: an approval may carry over. */
      readonly samePatches: boolean;
    }
  | ({ readonly kind: 'base_rewritten' } & RewrittenBase)
  /** The base is gone or lacks what had landed there. */
  | { readonly kind: 'base_lost' }
  | { readonly kind: 'conflict'; readonly baseSha: string; readonly merge: OpenMerge };

export interface FindLandedRequest {
  readonly workspace: WorkspaceRef;
  /** Those that are missing on the remote are passed over. */
  readonly branches: readonly string[];
  /** Commits after it. */
  readonly sinceSha: string;
  readonly owner: string;
  readonly phase: number;
}

export interface LandedTask {
  readonly branch: string;
  readonly task: number;
  readonly sha: string;
}

/** Without a pull request. */
export interface MergeBranchRequest {
  readonly workspace: WorkspaceRef;
  readonly headBranch: string;
  readonly headSha: string;
  readonly baseBranch: string;
  /** The base's commit that was approved; a different one is `base_moved`. */
  readonly baseSha: string;
  readonly metadata: CommitMetadata;
  readonly fence: Fence;
  /** Commits that the head must hold: what is called done. */
  readonly required: readonly string[];
}

export type MergeBranchResult =
  | {
      readonly kind: 'merged';
      readonly sha: string;
      readonly tree: string;
      readonly fence: Fence;
      readonly onBase: true;
    }
  /** Null: the branch is gone. */
  | { readonly kind: 'head_moved'; readonly headSha: string | null }
  | { readonly kind: 'base_moved'; readonly baseSha: string }
  | { readonly kind: 'conflict'; readonly files: readonly string[] }
  /** The head lacks these of `required`. */
  | { readonly kind: 'missing'; readonly commits: readonly string[] };

export interface VerifyLandedRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  readonly headSha: string;
  /** `squash`: the branch's new tree must equal the head's tree instead. */
  readonly method: 'merge' | 'squash';
}

export interface CloseWorkspaceRequest {
  readonly workspace: WorkspaceRef;
  readonly fence: Fence;
}

/** `Timed`: landing counts for a phase's clock. */
export interface GitActivities {
  /** The fence as the remote holds it now. */
  readFence(request: { readonly workspace: WorkspaceRef; readonly epoch: number }): Promise<Fence>;
  createBranch(request: CreateBranchRequest): Promise<CreateBranchResult>;
  prepareWorktree(request: PrepareWorktreeRequest): Promise<{ readonly startSha: string }>;
  commitCandidate(request: CommitCandidateRequest): Promise<CommitCandidateResult>;
  /** Where the branch is now, and what that means for what we recorded: one look at the remote. */
  findHead(request: FindHeadRequest): Promise<FindHeadResult>;
  /** Puts the branch back at the recorded head where it is gone or rewound. */
  restoreBranch(request: RestoreBranchRequest): Promise<RestoreBranchResult>;
  land(request: LandRequest): Promise<Timed<LandResult>>;
  bringUpToDate(request: BringUpToDateRequest): Promise<Timed<BringUpToDateResult>>;
  /** What a run that was lost had landed: newest commit of each task on each branch, by its trailers; at most 500. */
  findLanded(request: FindLandedRequest): Promise<{ readonly commits: readonly LandedTask[] }>;
  mergeBranch(request: MergeBranchRequest): Promise<Timed<MergeBranchResult>>;
  /** The remote's tips, null where a branch is missing. */
  readTips(request: {
    readonly workspace: WorkspaceRef;
    readonly branches: readonly string[];
  }): Promise<Readonly<Record<string, string | null>>>;
  verifyLanded(
    request: VerifyLandedRequest,
  ): Promise<{ readonly landed: boolean; readonly tip: string | null }>;
  /** Watches the remote until `head` is on `branch`; heartbeats, ends only when it is or when cancelled. */
  awaitLanded(request: VerifyLandedRequest): Promise<{ readonly tip: string; readonly tree: string }>;
  /** Worktree, processes, inbox and hidden refs removed; branches stay. */
  closeWorkspace(request: CloseWorkspaceRequest): Promise<void>;
}
