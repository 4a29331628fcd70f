/** Reviews and the comments on lines. */
import { reviewBody, reviewCommentBody } from '../bodies/talk.ts';
import { emit } from '../events.ts';
import { diffShows, diffStat, resolveCommit } from '../git.ts';
import { notFound, unprocessable } from '../refusal.ts';
import type { PullRequest, Repository, Review, ReviewComment } from '../state.ts';
import type { World } from '../world.ts';
import { pullPayload } from './observe.ts';

export interface NewReview {
  readonly event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT';
  readonly body?: string;
  readonly commit?: string;
  readonly comments?: readonly {
    readonly path: string;
    readonly line: number;
    readonly side?: 'LEFT' | 'RIGHT';
    readonly body: string;
  }[];
}

const stateOf = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const;

export function submitReview(
  world: World,
  repository: Repository,
  by: string,
  pull: PullRequest,
  { event, body = '', commit = pull.headSha, comments = [] }: NewReview,
): Review {
  if (by === pull.author && event !== 'COMMENT')
    throw unprocessable(
      `Can not ${event === 'APPROVE' ? 'approve' : 'request changes on'} your own pull request`,
    );
  if (event !== 'APPROVE' && body.trim() === '') throw unprocessable("Body can't be blank");
  if (resolveCommit(repository.path, commit) === null) throw unprocessable('Commit could not be resolved');
  const range = { base: pull.baseSha, head: pull.headSha };
  const { files } = diffStat(repository.path, range.base, range.head);
  for (const { path, line, side = 'RIGHT' } of comments) {
    if (!files.includes(path)) throw unprocessable('Path could not be resolved');
    if (!diffShows(repository.path, range, { file: path, line, side }))
      throw unprocessable('Line could not be resolved');
  }
  const review = addReview(world, pull, { by, state: stateOf[event], body, commit });
  for (const comment of comments)
    addReviewComment(world, repository, pull, { ...comment, by, review, inReplyTo: null });
  world.effects.add('reviews', {
    repository: repository.fullName,
    number: pull.number,
    id: review.id,
    what: review.state,
    by,
  });
  tellReview(world, repository, by, { pull, review, action: 'submitted' });
  return review;
}

function addReview(
  world: World,
  pull: PullRequest,
  { by, ...review }: { readonly by: string } & Pick<Review, 'state' | 'body' | 'commit'>,
): Review {
  const submittedAt = world.now();
  const added: Review = { id: world.nextId(), author: by, submittedAt, ...review };
  pull.reviews.push(added);
  pull.updatedAt = submittedAt;
  return added;
}

function addReviewComment(
  world: World,
  repository: Repository,
  pull: PullRequest,
  comment: {
    readonly path: string;
    readonly line: number;
    readonly side?: 'LEFT' | 'RIGHT';
    readonly body: string;
    readonly by: string;
    readonly review: Review;
    readonly inReplyTo: number | null;
  },
): ReviewComment {
  const { by, review, path, line, side = 'RIGHT', body, inReplyTo } = comment;
  const added: ReviewComment = {
    id: world.nextId(),
    author: by,
    reviewId: review.id,
    inReplyTo,
    path,
    line,
    side,
    commit: review.commit,
    body,
    createdAt: world.now(),
  };
  pull.reviewComments.push(added);
  const payload = {
    ...pullPayload(world, repository, pull),
    comment: reviewCommentBody(world, repository, pull, added),
  };
  emit(world, repository, { event: 'pull_request_review_comment', action: 'created', by, payload });
  return added;
}

/** Brings a review of its own, without a text, as on GitHub. */
export function replyToReviewComment(
  world: World,
  repository: Repository,
  by: string,
  pull: PullRequest,
  reply: { readonly to: number; readonly body: string },
): ReviewComment {
  const asked = pull.reviewComments.find(({ id }) => id === reply.to);
  if (asked === undefined) throw notFound();
  const { path, line, side, commit } = asked;
  const review = addReview(world, pull, { by, state: 'COMMENTED', body: '', commit });
  const inReplyTo = asked.inReplyTo ?? asked.id;
  const made = addReviewComment(world, repository, pull, {
    path,
    line,
    side,
    body: reply.body,
    by,
    review,
    inReplyTo,
  });
  world.effects.add('repliesCreated', {
    repository: repository.fullName,
    number: pull.number,
    id: made.id,
    by,
  });
  return made;
}

export function dismissReview(
  world: World,
  repository: Repository,
  by: string,
  pull: PullRequest,
  reviewId: number,
): Review {
  const review = pull.reviews.find(({ id }) => id === reviewId);
  if (review === undefined) throw notFound();
  if (review.state === 'COMMENTED' || review.state === 'DISMISSED')
    throw unprocessable(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  review.state = 'DISMISSED';
  world.effects.add('dismissals', {
    repository: repository.fullName,
    number: pull.number,
    id: review.id,
    by,
  });
  tellReview(world, repository, by, { pull, review, action: 'dismissed' });
  return review;
}

function tellReview(
  world: World,
  repository: Repository,
  by: string,
  told: { readonly pull: PullRequest; readonly review: Review; readonly action: string },
): void {
  const { pull, review, action } = told;
  const shown = reviewBody(world, repository, pull, review);
  // Events write states in lower case, the API in upper case.
  const payload = {
    ...pullPayload(world, repository, pull),
    review: { ...shown, state: review.state.toLowerCase() },
  };
  emit(world, repository, { event: 'pull_request_review', action, by, payload });
}
