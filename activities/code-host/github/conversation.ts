/** What is said on a pull request: comments, reviews, and remarks on lines. All of it, however many pages that takes. */
import { commentByMarker } from '../marked-comments.ts';
import type { CodeHost, PullRequestId } from '../port.ts';
import type { Comment } from '../../../domain/code-host/comments.ts';
import type { Client } from './client.ts';
import type { Credentials } from './credentials.ts';
import { toComment, toReviewComment, toReviews } from './map.ts';
import { invalid } from '../refusals.ts';
import { notFoundAs, refusedToReview } from './error-meanings.ts';

type Conversation = Pick<
  CodeHost,
  'comment' | 'listComments' | 'listReviewComments' | 'submitReview' | 'dismissReview' | 'listReviews'
>;

const events = { APPROVED: 'APPROVE', CHANGES_REQUESTED: 'REQUEST_CHANGES', COMMENTED: 'COMMENT' } as const;

export function createConversation(
  client: Client,
  { identity }: Pick<Credentials, 'identity'>,
): Conversation {
  const listComments = ({ repository, number }: PullRequestId): Promise<readonly Comment[]> =>
    client
      .read(repository, `read the comments of pull request #${number}`, async (octokit, place) => {
        const comments = await octokit.paginate(octokit.rest.issues.listComments, {
          ...place,
          issue_number: number,
          per_page: 100,
        });
        return comments.map((comment) => toComment({ ...comment, user: comment.user ?? null }));
      })
      .catch(notFoundAs(repository, number));

  const listReviews: CodeHost['listReviews'] = ({ repository, number }) =>
    client
      .read(repository, `read the reviews of pull request #${number}`, async (octokit, place) => {
        const reviews = await octokit.paginate(octokit.rest.pulls.listReviews, {
          ...place,
          pull_number: number,
          per_page: 100,
        });
        return reviews.flatMap(toReviews);
      })
      .catch(notFoundAs(repository, number));

  return {
    listComments,
    listReviews,

    listReviewComments: ({ repository, number }) =>
      client
        .read(repository, `read the line comments of pull request #${number}`, async (octokit, place) => {
          const comments = await octokit.paginate(octokit.rest.pulls.listReviewComments, {
            ...place,
            pull_number: number,
            sort: 'created',
            direction: 'asc',
            per_page: 100,
          });
          return comments.map(toReviewComment);
        })
        .catch(notFoundAs(repository, number)),

    comment: commentByMarker({
      listComments,
      identity,
      write: ({ repository, number }, body, old) =>
        client
          .write(repository, `comment on pull request #${number}`, async (octokit, place) => {
            const { data } =
              old === undefined
                ? await octokit.rest.issues.createComment({ ...place, issue_number: number, body })
                : await octokit.rest.issues.updateComment({ ...place, comment_id: old, body });
            return toComment(data);
          })
          .catch(notFoundAs(repository, number)),
    }),

    async submitReview({ repository, number, state, body, comments = [] }) {
      if (state !== 'APPROVED' && body.trim() === '')
        throw invalid(`A review that says ${state} needs a text that says why.`);
      return client
        .write(repository, `review pull request #${number}`, async (octokit, place) => {
          const { data } = await octokit.rest.pulls.createReview({
            ...place,
            pull_number: number,
            event: events[state],
            body,
            comments: comments.map(({ path, line, body: remark }) => ({
              path,
              line,
              side: 'RIGHT',
              body: remark,
            })),
          });
          const [review] = toReviews(data);
          if (review === undefined) throw new TypeError(`a review in the state '${data.state}'`);
          return review;
        })
        .catch(refusedToReview(number))
        .catch(notFoundAs(repository, number));
    },

    async dismissReview({ repository, number, review, reason }) {
      if (reason.trim() === '') throw invalid('Dismissing a review needs a reason.');
      const known = (await listReviews({ repository, number })).find(({ id }) => id === review);
      if (known === undefined) throw invalid(`Pull request #${number} has no review ${review}.`);
      if (known.state === 'DISMISSED') return;
      await client.write(
        repository,
        `dismiss a review of pull request #${number}`,
        async (octokit, place) => {
          await octokit.rest.pulls.dismissReview({
            ...place,
            pull_number: number,
            review_id: review,
            message: reason,
          });
        },
      );
    },
  };
}
