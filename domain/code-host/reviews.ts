/** What reviews of a pull request amount to: a later word of the same person replaces the earlier one. */

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';

export interface Review {
  readonly id: number;
  readonly author: string;
  /** True: the author is a program (an App, a bot). */
  readonly bot: boolean;
  readonly state: ReviewState;
  /** The head that the reviewer looked at. */
  readonly commit: string;
  readonly body: string;
  /** ISO 8601. */
  readonly submittedAt: string;
}

export interface EffectiveReview {
  readonly id: number;
  readonly author: string;
  readonly bot: boolean;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED';
  readonly commit: string;
  /** True when the head moved since: an approval of another commit approves nothing. */
  readonly stale: boolean;
  readonly body: string;
  /** ISO 8601. */
  readonly submittedAt: string;
}

/**
 * One word per reviewer, in the order of their last one: the latest review that is not a mere comment. A dismissed
 * review takes the reviewer's word back; a comment after an approval leaves the approval.
 * @param reviews oldest first
 */
export function effectiveReviews(reviews: readonly Review[], headSha: string): readonly EffectiveReview[] {
  const last = new Map<string, Review>();
  for (const review of reviews) {
    if (review.state === 'COMMENTED') continue;
    last.delete(review.author); // so that the map keeps the order of last words
    last.set(review.author, review);
  }
  return [...last.values()].flatMap(({ id, author, bot, state, commit, body, submittedAt }) =>
    state === 'APPROVED' || state === 'CHANGES_REQUESTED'
      ? [{ id, author, bot, state, commit, stale: commit !== headSha, body, submittedAt }]
      : [],
  );
}
