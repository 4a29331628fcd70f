/** What workflows ask of the code host: pull requests, and what people do with them. Types only. */
import type { CommitMetadata, Fence } from '../../domain/model/git.ts';
import type { PublishedGate, PullRequestSnapshot, PullRequestRef } from '../../domain/model/pull-request.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';
import type { Timed } from '../../domain/model/timed.ts';

export interface EnsurePullRequestRequest {
  readonly workspace: WorkspaceRef;
  readonly headBranch: string;
  /** What it is about: the branch must be there. */
  readonly headSha: string;
  readonly baseBranch: string;
  /** What the head was brought up to: the base must still be there, unless `behind`. */
  readonly baseSha: string;
  /** The base may have moved on since. */
  readonly behind?: boolean;
  readonly title: string;
  readonly body: string;
  /** Hidden in the body: adoption after a lost answer. */
  readonly marker: string;
  /** The one we had before: found even when a person gave it another base, or merged it. */
  readonly known?: number | undefined;
  /** Commits that the head must hold: what is called done. */
  readonly required: readonly string[];
}

export type EnsurePullRequestResult =
  | { readonly kind: 'open'; readonly pullRequest: PullRequestRef }
  | { readonly kind: 'no_commits' }
  /** A person closed it: we ask, we don't open a second one. */
  | { readonly kind: 'closed'; readonly pullRequest: PullRequestRef }
  /** A person gave it another base: nor then. */
  | { readonly kind: 'retargeted'; readonly pullRequest: PullRequestRef; readonly baseBranch: string }
  | MergedPullRequest
  /** The base is no longer at `baseSha`. */
  | { readonly kind: 'behind'; readonly baseSha: string }
  /** The branch is not at `headSha`; null: it is gone. */
  | { readonly kind: 'head_moved'; readonly headSha: string | null }
  /** The head lacks these of `required`. */
  | { readonly kind: 'missing'; readonly commits: readonly string[] };

/** The one that we had, or one of this very head, was merged meanwhile. */
export interface MergedPullRequest {
  readonly kind: 'merged';
  readonly pullRequest: PullRequestRef;
  /** Login; null: not known. */
  readonly by: string | null;
  readonly headSha: string;
  readonly baseBranch: string;
  readonly mergedSha: string | null;
  /**
   * `ours`: exactly our head · `ahead`: somebody's commits on top of it · `earlier`: an ancestor of it, the rest is still to come ·
   * `alien`: one that lacks ours · `elsewhere`: into another base.
   */
  readonly how: 'ours' | 'ahead' | 'earlier' | 'alien' | 'elsewhere';
}

export interface MergePullRequestRequest {
  readonly workspace: WorkspaceRef;
  readonly number: number;
  readonly headBranch: string;
  readonly expectedHeadSha: string;
  /** A pull request that goes elsewhere is not merged. */
  readonly baseBranch: string;
  readonly expectedBaseSha: string;
  readonly method: 'merge' | 'squash';
  readonly metadata: CommitMetadata;
  readonly fence: Fence;
  /** Commits that the head must hold: what is called done. */
  readonly required: readonly string[];
}

export type MergePullRequestResult =
  | {
      readonly kind: 'merged';
      readonly sha: string;
      readonly fence: Fence;
      /** Of `sha`. */
      readonly tree: string;
      /** Set when the merge brought another tree than the head's, e.g. by a person onto a base that had moved: what is different. */
      readonly differs?: string;
      /** False: git does not find the merge on `baseBranch`; a person merged it elsewhere, or somebody rewound the base. */
      readonly onBase: boolean;
    }
  /** Null: the branch is gone. */
  | { readonly kind: 'head_moved'; readonly headSha: string | null }
  | { readonly kind: 'base_moved'; readonly baseSha: string }
  /** Not every host says which files. */
  | { readonly kind: 'conflict'; readonly files: readonly string[] }
  | { readonly kind: 'closed' }
  /** The host's own rules (branch protection, a draft) say no for now: `why` in a sentence. */
  | { readonly kind: 'blocked'; readonly why: string }
  /** The base is checked out in a person's worktree: they merge, we follow. */
  | { readonly kind: 'checked_out'; readonly where: string; readonly command: string }
  /** The head lacks these of `required`. */
  | { readonly kind: 'missing'; readonly commits: readonly string[] };

export interface ClosePullRequestRequest {
  readonly workspace: WorkspaceRef;
  readonly number: number;
  readonly comment: string;
  readonly close: boolean;
}

export interface CodeHostActivities {
  ensurePullRequest(request: EnsurePullRequestRequest): Promise<EnsurePullRequestResult>;
  updatePullRequest(request: {
    readonly workspace: WorkspaceRef;
    readonly number: number;
    readonly title: string;
    readonly body: string;
  }): Promise<void>;
  mergePullRequest(request: MergePullRequestRequest): Promise<Timed<MergePullRequestResult>>;
  /** A comment that says why, once per marker; then closed, if asked. */
  closePullRequest(request: ClosePullRequestRequest): Promise<void>;
  /** Records a merge that a person made by hand. */
  recordMerged(request: {
    readonly workspace: WorkspaceRef;
    readonly number: number;
    readonly sha: string;
  }): Promise<void>;
  /** One look at a pull request: where it stands, and what people said. */
  readPullRequest(request: PullRequestRequest): Promise<PullRequestSnapshot>;
  /**
   * Ends with the first look whose digest is not `seen`. Until then each try fails as `NothingNew`, and the server tries again
   * after the poll interval (`calm`: twice that): between two tries there is neither a slot nor an event. A host's limit is waited for in the same way.
   */
  awaitPullRequestChange(
    request: PullRequestRequest & { readonly seen: string; readonly calm?: boolean },
  ): Promise<PullRequestSnapshot>;
  /** What a base that is gone is called since somebody renamed it on the host; null: it is not gone, or nobody says. */
  findRenamedBase(request: {
    readonly workspace: WorkspaceRef;
    readonly branch: string;
    /** The newest of its commits that is known: the new name must hold it. */
    readonly baseSha: string;
  }): Promise<{ readonly branch: string | null }>;
  /**
   * Shows on the host what became of a gate: a status on the commit and, once decided, one comment per gate. Why one of them is
   * refused, the other shown all the same; null: nothing is.
   */
  publishGate(request: PublishGateRequest): Promise<string | null>;
}

export interface PullRequestRequest {
  readonly workspace: WorkspaceRef;
  readonly number: number;
}

export interface PublishGateRequest extends PullRequestRequest, PublishedGate {
  readonly gateId: string;
  readonly sha: string | null;
}
