import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { effectiveReviews, type Review, type ReviewState } from '../../../domain/code-host/reviews.ts';

const states: readonly ReviewState[] = ['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED'];
const review = (author: string, state: ReviewState, commit = 'a'): Review => ({
  id: 1,
  author,
  bot: false,
  state,
  commit,
  body: '',
  submittedAt: '2026-11-21T10:00:00Z',
});

describe('what reviews amount to', () => {
  it('is the last word of each reviewer, comments aside', () => {
    const reviews = [
      review('ada', 'APPROVED'),
      review('bo', 'CHANGES_REQUESTED'),
      review('ada', 'COMMENTED'),
      review('bo', 'APPROVED', 'b'),
    ];
    expect(effectiveReviews(reviews, 'b').map(({ author, state, stale }) => [author, state, stale])).toEqual([
      ['ada', 'APPROVED', true],
      ['bo', 'APPROVED', false],
    ]);
  });

  it('never holds two words of one person, a comment, or a dismissed word', () => {
    const any = fc.record({
      author: fc.constantFrom('a', 'b', 'c'),
      state: fc.constantFrom(...states),
      commit: fc.constantFrom('x', 'y'),
    });
    fc.assert(
      fc.property(fc.array(any), (picked) => {
        const reviews = picked.map(({ author, state, commit }) => review(author, state, commit));
        const effective = effectiveReviews(reviews, 'x');
        expect(new Set(effective.map(({ author }) => author)).size).toBe(effective.length);
        for (const author of ['a', 'b', 'c']) {
          const last = reviews.filter((one) => one.author === author && one.state !== 'COMMENTED').at(-1);
          const word = effective.find((one) => one.author === author);
          expect(word?.state).toBe(last?.state === 'DISMISSED' ? undefined : last?.state);
          if (word !== undefined) expect(word.stale).toBe(last?.commit !== 'x');
        }
      }),
    );
  });
});
