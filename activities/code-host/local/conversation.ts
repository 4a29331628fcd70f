/** What people and we say on a local pull request: comments and reviews, kept in its record. */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { withMarker } from '../../../domain/names/markers.ts';
import type { Review } from '../../../domain/code-host/reviews.ts';
import type { CodeHost } from '../port.ts';
import type { Comment, ReviewComment } from '../../../domain/code-host/comments.ts';
import { checkText, invalid, ownReview } from './errors.ts';
import type { PullRequestStore } from './store.ts';

export interface ConversationParts {
  readonly storeOf: (repository: RepositoryRef) => PullRequestStore;
  readonly actor: string;
  readonly now: () => string;
  readonly getPullRequest: CodeHost['getPullRequest'];
}

type Conversation = Pick<
  CodeHost,
  'comment' | 'listComments' | 'listReviewComments' | 'submitReview' | 'dismissReview' | 'listReviews'
>;

export function createConversation({ storeOf, actor, now, getPullRequest }: ConversationParts): Conversation {
  return {
    async comment({ repository, number, marker, body }) {
      const text = withMarker(body, marker);
      checkText({ body: text });
      const at = now();
      let comment: Comment = {
        id: 1,
        author: actor,
        bot: false,
        body: text,
        createdAt: at,
        updatedAt: at,
      };
      await storeOf(repository).change(number, (record) => {
        const old = record.comments.find(
          ({ author, body: said }) => author === actor && said.includes(marker),
        );
        comment =
          old?.body === text
            ? old
            : {
                ...comment,
                id: old?.id ?? nextId(record.comments),
                createdAt: old?.createdAt ?? comment.createdAt,
              };
        if (comment === old) return record;
        const others = record.comments.filter((other) => other !== old);
        const comments = [...others, comment].sort((a, b) => a.id - b.id);
        return { ...record, comments, updatedAt: comment.updatedAt };
      });
      return comment;
    },

    listComments: async ({ repository, number }) => (await storeOf(repository).read(number)).comments,

    listReviewComments: async ({ repository, number }) => (await storeOf(repository).read(number)).lines,

    async submitReview({ repository, number, state, body, comments = [] }) {
      for (const text of [body, ...comments.map((comment) => comment.body)]) checkText({ body: text });
      if (state !== 'APPROVED' && body.trim() === '') {
        throw invalid(`A review that says ${state} needs a text that says why.`);
      }
      const { head } = await getPullRequest({ repository, number });
      const commit = head.sha;
      let review: Review = { id: 1, author: actor, bot: false, state, commit, body, submittedAt: now() };
      await storeOf(repository).change(number, (record) => {
        if (record.author === actor && state !== 'COMMENTED') throw ownReview(number, actor);
        review = { ...review, id: nextId(record.reviews) };
        const first = nextId(record.lines);
        const lines = comments.map((comment, index): ReviewComment => {
          const id = first + index;
          return { id, thread: id, review: review.id, author: actor, ...comment, commit, outdated: false };
        });
        return {
          ...record,
          reviews: [...record.reviews, review],
          lines: [...record.lines, ...lines],
          updatedAt: review.submittedAt,
        };
      });
      return review;
    },

    async dismissReview({ repository, number, review: id, reason }) {
      if (reason.trim() === '') throw invalid('Dismissing a review needs a reason.');
      await storeOf(repository).change(number, (record) => {
        const review = record.reviews.find((candidate) => candidate.id === id);
        if (review === undefined) throw invalid(`Pull request #${number} has no review ${id}.`);
        if (review.state === 'DISMISSED') return record;
        const body = `${review.body}\n\nDismissed: ${reason}`.trim();
        const dismissed: Review = { ...review, state: 'DISMISSED', body };
        const reviews = record.reviews.map((other) => (other === review ? dismissed : other));
        return { ...record, reviews, updatedAt: now() };
      });
    },

    listReviews: async ({ repository, number }) => (await storeOf(repository).read(number)).reviews,
  };
}

const nextId = (entries: readonly { readonly id: number }[]): number =>
  1 + Math.max(0, ...entries.map(({ id }) => id));
