/** One pull request as it is kept on disk: what git can't tell. Everything else is asked of git each time. */
import type { Comment } from '../port.ts';
import type { BranchTip } from '../port.ts';
import type { Review } from '../../../domain/reviews.ts';

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
}

export interface Merged {
  readonly sha: string;
  /** Null: outside of this host, by hand. */
  readonly by: string | null;
  /** Of our own merge: the fence that the request named, and the one that its push left. */
  readonly fence: { readonly before: string | null; readonly after: string | null } | null;
}
