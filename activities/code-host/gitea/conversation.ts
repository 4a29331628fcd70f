/** What is said on a pull request: comments, reviews, and remarks on lines. */
import { commentByMarker } from '../marked-comments.ts';
import type { CodeHost, PullRequestId } from '../port.ts';
import { invalid } from '../refusals.ts';
import {
  type GiteaReview,
  readComment,
  readComments,
  readRemarks,
  readReview,
  readReviews,
} from './answers.schema.ts';
import type { Client } from './client.ts';
import { toComment, toReviewComments, toReviews } from './map.ts';
import type { Pulls } from './pulls.ts';
import { notFoundAs, refusedToReview } from './refusals.ts';

export type Conversation = Pick<
  CodeHost,
  'comment' | 'listComments' | 'listReviewComments' | 'submitReview' | 'dismissReview' | 'listReviews'
> & {
  /** As Gitea has them, oldest first. */
  readonly readReviews: (id: PullRequestId) => Promise<readonly GiteaReview[]>;
};

const events = { APPROVED: 'APPROVED', CHANGES_REQUESTED: 'REQUEST_CHANGES', COMMENTED: 'COMMENT' } as const;

export function createConversation(
  client: Client,
  { identity, settledPull }: Pick<CodeHost, 'identity'> & Pick<Pulls, 'settledPull'>,
): Conversation {
  /** All at once: Gitea knows no pages of comments. */
  const listComments: CodeHost['listComments'] = async ({ repository, number }) => {
    const what = `read the comments of pull request #${number}`;
    const comments = await client
      .get({ repository, what, path: ['issues', number, 'comments'] }, readComments)
      .catch(notFoundAs(repository, number));
    return comments.map(toComment);
  };

  const reviewsOf = ({ repository, number }: PullRequestId): Promise<readonly GiteaReview[]> =>
    client
      .all(
        {
          repository,
          what: `read the reviews of pull request #${number}`,
          path: ['pulls', number, 'reviews'],
        },
        readReviews,
      )
      .catch(notFoundAs(repository, number));

  const remarksOf = async ({ repository, number }: PullRequestId, review: GiteaReview) => {
    const what = `read the line comments of pull request #${number}`;
    const path = ['pulls', number, 'reviews', review.id, 'comments'];
    return toReviewComments(review, await client.get({ repository, what, path }, readRemarks));
  };

  return {
    listComments,
    readReviews: reviewsOf,
    listReviews: async (id) => (await reviewsOf(id)).flatMap(toReviews),

    async listReviewComments(id) {
      const remarks = [];
      for (const review of await reviewsOf(id))
        if (review.comments_count > 0 && toReviews(review).length > 0)
          remarks.push(...(await remarksOf(id, review)));
      return remarks.sort((a, b) => a.id - b.id);
    },

    comment: commentByMarker({
      listComments,
      identity,
      write: async ({ repository, number }, body, old) => {
        const what = `comment on pull request #${number}`;
        const change =
          old === undefined
            ? ({ method: 'POST', path: ['issues', number, 'comments'] } as const)
            : ({ method: 'PATCH', path: ['issues', 'comments', old] } as const);
        return toComment(await client.change({ repository, what, ...change, body: { body } }, readComment));
      },
    }),

    async submitReview({ repository, number, state, body, comments = [] }) {
      if (state !== 'APPROVED' && body.trim() === '')
        throw invalid(`A review that says ${state} needs a text that says why.`);
      const { head } = await settledPull({ repository, number });
      const review = await client
        .change(
          {
            repository,
            what: `review pull request #${number}`,
            method: 'POST',
            path: ['pulls', number, 'reviews'],
            body: {
              event: events[state],
              body,
              // Gitea's own notion of the head comes a moment after a push.
              commit_id: head.sha,
              comments: comments.map(({ path, line, body: remark }) => ({
                path,
                new_position: line,
                body: remark,
              })),
            },
          },
          readReview,
        )
        .catch(refusedToReview(number))
        .catch(notFoundAs(repository, number));
      const [submitted] = toReviews(review);
      if (submitted === undefined)
        throw invalid(`Gitea keeps the review of #${number} as '${review.state}'.`);
      return submitted;
    },

    async dismissReview({ repository, number, review, reason }) {
      if (reason.trim() === '') throw invalid('Dismissing a review needs a reason.');
      const known = (await reviewsOf({ repository, number })).find(({ id }) => id === review);
      if (known === undefined) throw invalid(`Pull request #${number} has no review ${review}.`);
      if (known.dismissed) return;
      await client.change(
        {
          repository,
          what: `dismiss a review of pull request #${number}`,
          method: 'POST',
          path: ['pulls', number, 'reviews', review, 'dismissals'],
          body: { message: reason },
        },
        readReview,
      );
    },
  };
}
