/** What workflows ask of git, and what they are told back. Types only; only references travel (branches, SHAs), never diffs. */
import type { AttemptKey, CommitMetadata, Fence, OpenMerge, TaskCommit } from '../../domain/model/git.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';

export interface CreateBranchRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  readonly sha: string;
  /** Branches of the same project that exist or will; checked as equal or prefix before anything is made. */
  readonly siblings: readonly string[];
  /** Branches that will be made later: each checked now as `branch` is, before any work. */
  readonly reserve?: readonly string[];
  /** True when this workflow recorded the branch as its own: then an existing branch is no conflict. */
  readonly own: boolean;
  readonly fence: Fence;
}

export type CreateBranchResult =
  | { readonly kind: 'ready'; readonly headSha: string; readonly fence: Fence }
  | { readonly kind: 'conflict'; readonly message: string };

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
  readonly metadata: CommitMetadata;
}

export type CommitCandidateResult =
  | {
      readonly kind: 'candidate';
      readonly sha: string;
      readonly tree: string;
      /** At most 50 paths; `fileCount` counts all. */
      readonly files: readonly string[];
      readonly fileCount: number;
    }
  | { readonly kind: 'empty' }
  /** Files of a merge that still hold conflict markers. */
  | { readonly kind: 'unresolved'; readonly files: readonly string[] }
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

export interface RebaseRequest {
  readonly workspace: WorkspaceRef;
  readonly metadata: CommitMetadata;
  readonly branch: string;
  readonly headSha: string;
  /** The integration branch's tip that `head` is based on. */
  readonly baseSha: string;
  readonly integrationBranch: string;
}

export type RebaseResult =
  | { readonly kind: 'current'; readonly baseSha: string }
  /** Made but not pushed: checks run on it first, then `land`. */
  | {
      readonly kind: 'rebased';
      readonly headSha: string;
      readonly baseSha: string;
      readonly commits: readonly TaskCommit[];
      /** True when every commit kept its patch-id: an approval carries over. */
      readonly samePatches: boolean;
    }
  | { readonly kind: 'conflict'; readonly baseSha: string; readonly merge: OpenMerge };

export interface MergeRequest {
  readonly workspace: WorkspaceRef;
  readonly baseBranch: string;
  /** The value of `into` that was approved; a different one is `base_moved`. */
  readonly baseSha: string;
  readonly headSha: string;
  readonly metadata: CommitMetadata;
  readonly fence: Fence;
}

export type MergeBranchResult =
  | { readonly kind: 'merged'; readonly sha: string; readonly fence: Fence }
  | { readonly kind: 'base_moved'; readonly baseSha: string }
  | { readonly kind: 'conflict'; readonly files: readonly string[] };

export interface UpdateFromBaseRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  readonly headSha: string;
  readonly baseBranch: string;
  readonly metadata: CommitMetadata;
}

export type UpdateFromBaseResult =
  | { readonly kind: 'current'; readonly baseSha: string }
  /** Made but not pushed: checks run on it first, then `land`. */
  | { readonly kind: 'merged'; readonly headSha: string; readonly baseSha: string }
  | { readonly kind: 'conflict'; readonly baseSha: string; readonly merge: OpenMerge };

export interface VerifyLandedRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  readonly headSha: string;
  /** `squash`: the branch's new tree must equal the head's tree instead. */
  readonly method: 'merge' | 'squash';
}

export interface GitActivities {
  /** The fence as the remote holds it now. */
  readFence(request: { readonly workspace: WorkspaceRef; readonly epoch: number }): Promise<Fence>;
  createBranch(request: CreateBranchRequest): Promise<CreateBranchResult>;
  prepareWorktree(request: PrepareWorktreeRequest): Promise<{ readonly startSha: string }>;
  commitCandidate(request: CommitCandidateRequest): Promise<CommitCandidateResult>;
  land(request: LandRequest): Promise<LandResult>;
  rebase(request: RebaseRequest): Promise<RebaseResult>;
  mergeBranch(request: MergeRequest): Promise<MergeBranchResult>;
  updateFromBase(request: UpdateFromBaseRequest): Promise<UpdateFromBaseResult>;
  /** The remote's tips, null where a branch is missing. */
  readTips(request: {
    readonly workspace: WorkspaceRef;
    readonly branches: readonly string[];
  }): Promise<Readonly<Record<string, string | null>>>;
  verifyLanded(
    request: VerifyLandedRequest,
  ): Promise<{ readonly landed: boolean; readonly tip: string | null }>;
  /** Watches the remote until `head` is on `branch`; heartbeats, ends only when it is or when cancelled. */
  awaitLanded(request: VerifyLandedRequest): Promise<{ readonly tip: string }>;
  changedFiles(request: {
    readonly workspace: WorkspaceRef;
    readonly from: string;
    readonly to: string;
  }): Promise<ChangedFiles>;
  /** Worktree, processes, inbox and hidden refs removed; branches stay. */
  closeWorkspace(request: { readonly workspace: WorkspaceRef; readonly fence: Fence }): Promise<void>;
}

export interface ChangedFiles {
  /** At most 50 paths. */
  readonly files: readonly string[];
  readonly fileCount: number;
  readonly insertions: number;
  readonly deletions: number;
}
