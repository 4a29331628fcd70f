/** One pull request as it is kept on disk: what git can't tell. Everything else is asked of git each time. */
import type { BranchTip, HostCheck } from '../port.ts';
import type { Comment, ReviewComment } from '../../../domain/code-host/comments.ts';
import type { Review } from '../../../domain/code-host/reviews.ts';

export interface PullRequestRecord {
  readonly schema: 1;
  readonly number: number;
  readonly state: 'open' | 'merged' | 'closed';
  readonly draft: boolean;
  /** The tip as last seen, so that it is still known when the branch is gone. */
  readonly head: BranchTip;
  /** The tip when the pull request was opened; once merged by us, the commit that the head was merged into. */
  readonly base: BranchTip;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly author: string;
  readonly merged: Merged | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly comments: readonly Comment[];
  readonly reviews: readonly Review[];
  /** On lines of the diff. */
  readonly lines: readonly ReviewComment[];
}

/** As files of earlier versions have it: without what came later. */
export type StoredRecord = Omit<PullRequestRecord, 'comments' | 'reviews' | 'lines'> & {
  readonly comments: readonly (Omit<Comment, 'bot' | 'createdAt'> & Partial<Comment>)[];
  readonly reviews: readonly (Omit<Review, 'bot'> & Partial<Review>)[];
  readonly lines?: readonly ReviewComment[];
};

export const upToDate = (stored: StoredRecord): PullRequestRecord => ({
  ...stored,
  // When it was first written was not kept; nobody but us could change it.
  comments: stored.comments.map((comment) => ({ bot: false, createdAt: comment.updatedAt, ...comment })),
  reviews: stored.reviews.map((review) => ({ bot: false, ...review })),
  lines: stored.lines ?? [],
});

/** Statuses of one commit, the newest of each context. */
export interface StatusRecord {
  readonly schema: 1;
  readonly statuses: readonly HostCheck[];
}

export interface Merged {
  readonly sha: string;
  /** Null: outside of this host, by hand. */
  readonly by: string | null;
  /** Of our own merge: the fence that the request named, and the one that its push left. */
  readonly fence: { readonly before: string | null; readonly after: string | null } | null;
}
