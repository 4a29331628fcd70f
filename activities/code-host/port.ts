/**
 * A code host as we need it: pull requests of one repository, their comments and reviews, and the merge. Every adapter
 * passes tests/contracts/code-host.ts. What must stay true: at most one open pull request per head and base; a merge
 * names the head and the base that were approved and merges exactly those, or nothing.
 *
 * What people or other programs did to a pull request is an answer (`MergeResult`); what makes no sense is a `PortError`:
 * `HeadInvalid`, `BaseInvalid`, `NoCommits`, `AlreadyExists`, `PullRequestNotFound`, `PullRequestClosed`, `NotMergeable`.
 */
import type { MergePullRequestResult } from '../../domain/effects.ts';
import type { CommitStamp, Fence } from '../../domain/effects.ts';
import type { RepositoryRef, WorkspaceRef } from '../../domain/project.ts';
import type { Review, ReviewState } from '../../domain/reviews.ts';

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly draft: boolean;
  /** `sha`: the branch's tip while open, else its last one. */
  readonly head: BranchTip;
  readonly base: BranchTip;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  /** Null: not known (yet). Only `getPullRequest` looks; false means conflicts with the base. */
  readonly mergeable: boolean | null;
  /** The commit on the base that brought the head in. */
  readonly mergedSha: string | null;
  readonly author: string;
}

export interface BranchTip {
  readonly branch: string;
  readonly sha: string;
}

export interface PullRequestId {
  readonly repository: RepositoryRef;
  readonly number: number;
}

export interface OpenPullRequest {
  readonly repository: RepositoryRef;
  /** Branch names of the same repository. */
  readonly head: string;
  readonly base: string;
  /** One line, at most 256 characters. */
  readonly title: string;
  /** Markdown, at most 65,536 characters. */
  readonly body: string;
  readonly labels?: readonly string[];
}

export interface PullRequestQuery {
  readonly repository: RepositoryRef;
  readonly head: string;
  readonly base: string;
  readonly state: 'open' | 'closed' | 'merged' | 'all';
}

export interface Comment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
  /** ISO 8601. */
  readonly updatedAt: string;
}

export interface MergeRequest extends PullRequestId {
  /** Whose fence the push moves. */
  readonly workspace: WorkspaceRef;
  readonly expectedHead: string;
  readonly expectedBase: string;
  /** `merge`: a merge commit with parents base and head. `squash`: one commit on base. */
  readonly method: 'merge' | 'squash';
  readonly stamp: CommitStamp;
  readonly fence: Fence;
}

export type MergeResult = MergePullRequestResult;

export interface CodeHost {
  /** The branch's tip; null: there is no such branch. */
  findBranch(repository: RepositoryRef, branch: string): Promise<string | null>;

  /** `HeadInvalid`, `BaseInvalid`, `NoCommits`; `AlreadyExists` when one with this head and base is open. */
  openPullRequest(request: OpenPullRequest): Promise<PullRequest>;
  /** With this head and base, newest first. */
  findPullRequests(query: PullRequestQuery): Promise<readonly PullRequest[]>;
  /** Newest first. */
  listPullRequests(query: Pick<PullRequestQuery, 'repository' | 'state'>): Promise<readonly PullRequest[]>;
  /** `PullRequestNotFound`. */
  getPullRequest(id: PullRequestId): Promise<PullRequest>;
  /** What is left out stays as it is. */
  updatePullRequest(
    change: PullRequestId & {
      readonly title?: string;
      readonly body?: string;
      readonly labels?: readonly string[];
    },
  ): Promise<PullRequest>;
  /** Closed or merged already: nothing happens. */
  closePullRequest(id: PullRequestId): Promise<PullRequest>;
  /** `PullRequestClosed` when merged; `AlreadyExists` when another one took its place. Open already: nothing happens. */
  reopenPullRequest(id: PullRequestId): Promise<PullRequest>;

  /**
   * Merges exactly `expectedHead` into exactly `expectedBase`, or says why not and has touched nothing. Safe to repeat
   * after a lost answer: what this very request merged is `merged`, with the same SHA and the fence that it left. Also
   * `merged` when a person merged that head meanwhile. `NotMergeable` when the host's own rules refuse.
   */
  mergePullRequest(request: MergeRequest): Promise<MergeResult>;
  /** Records a merge that happened without the host noticing (a squash by hand): the state becomes `merged` or, where a host won't have that, `closed`. */
  recordMerged(merge: PullRequestId & { readonly sha: string }): Promise<void>;

  /** One comment per marker: the second one with the same marker replaces the first one's text. */
  comment(comment: PullRequestId & { readonly marker: string; readonly body: string }): Promise<Comment>;
  /** Oldest first. */
  listComments(id: PullRequestId): Promise<readonly Comment[]>;

  /** By the identity that this host acts as, of the current head. Its own pull request: `NotAnApprover`. Anything but an approval needs a body: `InvalidMessage`. */
  submitReview(
    review: PullRequestId & { readonly state: Exclude<ReviewState, 'DISMISSED'>; readonly body: string },
  ): Promise<Review>;
  /** Takes the word of a review back. */
  dismissReview(
    dismissal: PullRequestId & { readonly review: number; readonly reason: string },
  ): Promise<void>;
  /** Oldest first; `effectiveReviews` (domain/reviews.ts) says what they amount to. */
  listReviews(id: PullRequestId): Promise<readonly Review[]>;
}
