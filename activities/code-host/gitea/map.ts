/** From Gitea's objects to the port's. What must stay true: a branch of a fork never looks like one of ours. */
import type { Comment, ReviewComment } from '../../../domain/code-host/comments.ts';
import type { Review } from '../../../domain/code-host/reviews.ts';
import type { HostCheck, PullRequest } from '../port.ts';
import { oneLine } from '../texts.ts';
import type { GiteaComment, GiteaPull, GiteaRemark, GiteaReview, GiteaStatus } from './answers.schema.ts';

/** Gitea's API does not tell programs from people; its own jobs act under these names. */
const programs = new Set(['gitea-actions', 'forgejo-actions']);
const isProgram = (login: string): boolean => programs.has(login.toLowerCase());

/** Renamed or written in other letters, a repository keeps its id. A fork that is gone has none. */
export const isOurs = ({ head, base }: Pick<GiteaPull, 'head' | 'base'>): boolean =>
  head.label !== '' && head.repo_id === base.repo_id;

export function toPullRequest(pull: GiteaPull): PullRequest {
  const { head, base, merged } = pull;
  const state = merged ? 'merged' : pull.state === 'open' ? 'open' : 'closed';
  return {
    number: pull.number,
    url: pull.html_url,
    state,
    draft: pull.draft,
    // With a colon: no branch of this repository can be called that.
    head: {
      branch: isOurs(pull) ? head.label : `${head.repo?.full_name ?? 'fork'}:${head.label}`,
      sha: head.sha,
    },
    base: { branch: base.label, sha: base.sha },
    title: pull.title,
    body: pull.body,
    labels: pull.labels.map(({ name }) => name),
    mergeable: state === 'open' ? mergeableOf(pull) : null,
    blocked: state === 'open' && pull.draft,
    mergedSha: merged ? (pull.merge_commit_sha ?? null) : null,
    mergedBy: merged ? (pull.merged_by?.login ?? null) : null,
    author: pull.user,
  };
}

/** Gitea says no as well of a draft, and while it has not looked yet. A head that holds its base conflicts with nothing. */
function mergeableOf({ mergeable, draft, merge_base: mergeBase, base }: GiteaPull): boolean | null {
  if (draft) return null;
  return mergeable || (mergeBase === base.sha ? null : false);
}

export const toComment = ({ id, user, body, created_at, updated_at }: GiteaComment): Comment => ({
  id,
  author: user,
  bot: isProgram(user),
  body,
  createdAt: created_at,
  updatedAt: updated_at,
});

const states: Readonly<Record<string, Review['state']>> = {
  APPROVED: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

/** Nothing for one that its author has not sent off yet, and for what only asks somebody for a review. */
export function toReviews(review: GiteaReview): readonly Review[] {
  const state = states[review.state];
  if (state === undefined) return [];
  return [
    {
      id: review.id,
      author: review.user,
      bot: isProgram(review.user),
      state: review.dismissed ? 'DISMISSED' : state,
      commit: review.commit_id,
      body: review.body,
      submittedAt: review.submitted_at,
    },
  ];
}

/**
 * Oldest first. Gitea names the commit that last changed a line, not the one that was looked at: that is the review's. Who answers
 * a remark of somebody else does so within their review, on the same line.
 */
export function toReviewComments(
  review: GiteaReview,
  remarks: readonly GiteaRemark[],
): readonly ReviewComment[] {
  const ordered = [...remarks].sort((a, b) => a.id - b.id);
  const isSamePlace = (a: GiteaRemark, b: GiteaRemark): boolean =>
    a.path === b.path && a.position === b.position && a.original_position === b.original_position;
  return ordered.map((remark) => {
    const answered =
      remark.user === review.user ? undefined : ordered.find((first) => isSamePlace(first, remark));
    return {
      id: remark.id,
      thread: answered?.id ?? remark.id,
      review: review.id,
      author: remark.user,
      body: remark.body,
      path: remark.path,
      line: remark.position || remark.original_position || null,
      commit: review.commit_id,
      // Not told: what stands against the review's own commit stands.
      outdated: false,
    };
  });
}

/** A warning and an error count as failed, something skipped as passed, as for Gitea's own rules. */
export const toCheck = ({ context, status, description, target_url }: GiteaStatus): HostCheck => ({
  name: context,
  state:
    status === 'pending' ? 'pending' : status === 'success' || status === 'skipped' ? 'success' : 'failure',
  summary: oneLine(description),
  url: target_url === '' ? null : target_url,
});
