/**
 * A code host as we need it: pull requests of one repository, their comments and reviews, and the merge. Every adapter
 * passes tests/contracts/code-host.ts. What must stay true: at most one open pull request per head and base; a merge
 * names the head and the base that were approved and merges exactly those, or nothing.
 *
 * What people or other programs did to a pull request is an answer (`MergeResult`); what makes no sense is a `PortError`:
 * `HeadInvalid`, `BaseInvalid`, `NoCommits`, `AlreadyExists`, `PullRequestNotFound`, `PullRequestClosed`. A host that answers
 * over a network also has `CodeHostUnavailable`, `RateLimited` (with the time to wait), `CodeHostRefused` (a right or a rule that stands
 * against one thing) and `AccessRefused` (nothing goes: the credential is dead, the repository gone or out of its reach).
 */
import type { CommitMetadata, Fence } from '../../domain/model/git.ts';
import type { MergePullRequestResult } from './contract.ts';
import type { RepositoryRef, WorkspaceRef } from '../../domain/model/project.ts';
import type { Comment, ReviewComment } from '../../domain/code-host/comments.ts';
import type { Review, ReviewState } from '../../domain/code-host/reviews.ts';

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
  /** The host's own rules (branch protection, a draft) stand against a merge now. */
  readonly blocked: boolean;
  /** The commit on the base that brought the head in. */
  readonly mergedSha: string | null;
  /** Login of whoever merged it; null: not merged, or not known. */
  readonly mergedBy: string | null;
  readonly author: string;
}

export interface BranchTip {
  readonly branch: string;
  readonly sha: string;
}

/** Branch → tip. */
export type Tips = ReadonlyMap<string, string>;

/** For a host that asks git: what the remote's branches were a moment ago, so that it doesn't ask again. */
interface Seen {
  readonly tips?: Tips;
}

export interface PullRequestId {
  readonly repository: RepositoryRef;
  readonly number: number;
}

export interface OpenPullRequest extends Seen {
  readonly repository: RepositoryRef;
  /** Branch names of the same repository. */
  readonly headBranch: string;
  readonly baseBranch: string;
  /** One line, at most 256 characters. */
  readonly title: string;
  /** Markdown, at most 65,536 characters. */
  readonly body: string;
  readonly labels?: readonly string[];
}

export interface PullRequestQuery extends Seen {
  readonly repository: RepositoryRef;
  readonly headBranch: string;
  /** Left out: into any base. */
  readonly baseBranch?: string;
  readonly state: 'open' | 'closed' | 'merged' | 'all';
}

/** A check run or commit status: what other programs say of a commit. */
export interface HostCheck {
  readonly name: string;
  readonly state: 'pending' | 'success' | 'failure';
  /** One line of the program that reported it; may be empty. */
  readonly summary: string;
  readonly url: string | null;
}

export interface CommitStatus {
  readonly repository: RepositoryRef;
  readonly sha: string;
  /** Names the status; a later one of the same context replaces it. */
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure';
  /** At most 140 characters. */
  readonly description: string;
}

export interface MergeRequest extends PullRequestId {
  /** Whose fence the push moves. */
  readonly workspace: WorkspaceRef;
  readonly expectedHeadSha: string;
  readonly expectedBaseSha: string;
  /** The branch that it must go into: one that goes elsewhere is `base_moved`. */
  readonly baseBranch?: string;
  /** `merge`: a merge commit with parents base and head. `squash`: one commit on base. */
  readonly method: 'merge' | 'squash';
  readonly metadata: CommitMetadata;
  readonly fence: Fence;
}

type Merged = Extract<MergePullRequestResult, { kind: 'merged' }>;
export type MergeResult =
  | Exclude<MergePullRequestResult, { kind: 'merged' | 'missing' }>
  /** `onBase` null: the host says that it is merged; git has not been asked. */
  | (Omit<Merged, 'onBase'> & { readonly onBase: boolean | null });

/** What a project or a standalone task will do to a repository. */
export interface Intent {
  readonly repository: RepositoryRef;
  /** Into which the last pull request goes. */
  readonly base: string;
  /** How that one is merged. */
  readonly method: MergeRequest['method'];
  /** Others are merged before it, with merge commits. */
  readonly mergesPhases: boolean;
  /** Ours, to which is pushed; they need not be there yet. */
  readonly branches: readonly string[];
}

/** In sentences that say where a rule is set and what agrees with it. */
export interface Objections {
  /** It would be refused in the end. */
  readonly problems: readonly string[];
  /** It may be, or what decides about it may not be read. */
  readonly warnings: readonly string[];
}

export interface CodeHost {
  /** What the host's own rules and settings say to it. Only reads; what can't be read is a warning, never silence. */
  examineBase(intent: Intent): Promise<Objections>;

  /** The branch's tip; null: there is no such branch. */
  findBranch(repository: RepositoryRef, branch: string): Promise<string | null>;
  /** What a branch that is gone is called since somebody renamed it on the host; null: the host doesn't say. */
  findRenamed(repository: RepositoryRef, branch: string): Promise<string | null>;

  /** `HeadInvalid`, `BaseInvalid`, `NoCommits`; `AlreadyExists` when one with this head and base is open. */
  openPullRequest(request: OpenPullRequest): Promise<PullRequest>;
  /** With this head and base, newest first. */
  findPullRequests(query: PullRequestQuery): Promise<readonly PullRequest[]>;
  /** Newest first. */
  listPullRequests(query: Pick<PullRequestQuery, 'repository' | 'state'>): Promise<readonly PullRequest[]>;
  /** `PullRequestNotFound`. */
  getPullRequest(id: PullRequestId & Seen): Promise<PullRequest>;
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
   * `merged` when a person merged that head meanwhile, in whatever way. `blocked` when the host's own rules (branch protection,
   * a draft) say no for now: that is no conflict and no failure. `differs` names what a merge brought that nobody tested.
   */
  mergePullRequest(request: MergeRequest): Promise<MergeResult>;
  /** Records a merge that happened without the host noticing (a squash by hand): the state becomes `merged` or, where a host won't have that, `closed`. */
  recordMerged(merge: PullRequestId & { readonly sha: string }): Promise<void>;

  /** One comment per marker: the second one with the same marker replaces the first one's text. */
  comment(comment: PullRequestId & { readonly marker: string; readonly body: string }): Promise<Comment>;
  /** Oldest first. */
  listComments(id: PullRequestId): Promise<readonly Comment[]>;
  /** Comments on lines of the diff, oldest first. */
  listReviewComments(id: PullRequestId): Promise<readonly ReviewComment[]>;

  /** By the identity that this host acts as, of the current head. Its own pull request: `NotAnApprover`. Anything but an approval needs a body: `InvalidMessage`. */
  submitReview(
    review: PullRequestId & {
      readonly state: Exclude<ReviewState, 'DISMISSED'>;
      readonly body: string;
      /** On lines of the new files. */
      readonly comments?: readonly {
        readonly path: string;
        readonly line: number;
        readonly body: string;
      }[];
    },
  ): Promise<Review>;
  /** Takes the word of a review back. */
  dismissReview(
    dismissal: PullRequestId & { readonly review: number; readonly reason: string },
  ): Promise<void>;
  /** Oldest first; `effectiveReviews` (domain/code-host/reviews.ts) says what they amount to. */
  listReviews(id: PullRequestId): Promise<readonly Review[]>;

  /** The login that this host acts as; `bot` for an App. */
  identity(): Promise<{ readonly login: string; readonly bot: boolean }>;
  /** Whether this login may push to the repository: whose word counts when nobody is named. */
  mayWrite(repository: RepositoryRef, login: string): Promise<boolean>;

  /** Check runs and commit statuses of a commit together, the newest of each name. */
  listChecks(repository: RepositoryRef, sha: string): Promise<readonly HostCheck[]>;
  /** The newest of its context already says this: nothing happens. */
  setStatus(status: CommitStatus): Promise<void>;
}
