import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createAncestry } from '../../../activities/git/simple-git/ancestry.ts';

/** Commits 0…n; each names earlier ones as its parents, as in any history. */
const histories = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
  .map((picks) =>
    picks.map((each, index) => (index === 0 ? [] : [...new Set(each.map((pick) => pick % index))])),
  );

function truth(history: readonly (readonly number[])[], ancestor: number, descendant: number): boolean {
  return (
    ancestor === descendant || (history[descendant] ?? []).some((parent) => truth(history, ancestor, parent))
  );
}

describe('what is known of ancestry', () => {
  it('is never wrong, however little of the history was learnt', () => {
    fc.assert(
      fc.property(histories, fc.array(fc.boolean(), { minLength: 25, maxLength: 25 }), (history, learnt) => {
        const ancestry = createAncestry();
        for (const [commit, parents] of history.entries())
          if (learnt[commit] === true) ancestry.learn(String(commit), parents.map(String));
        for (const a of history.keys())
          for (const b of history.keys()) {
            const answer = ancestry.isAncestor(String(a), String(b));
            if (answer !== undefined) expect(answer).toBe(truth(history, a, b));
          }
      }),
    );
  });

  it('answers every question along commits that were made here, both ways round', () => {
    const ancestry = createAncestry();
    ancestry.learn('b', ['a']);
    ancestry.learn('m', ['b', 'x']);

    expect(ancestry.isAncestor('a', 'm')).toBe(true);
    expect(ancestry.isAncestor('x', 'm')).toBe(true);
    expect(ancestry.isAncestor('m', 'a')).toBe(false);
    expect(ancestry.isAncestor('x', 'b')).toBeUndefined();
  });

  it('goes on from what git said', () => {
    const ancestry = createAncestry();
    ancestry.remember('root', 'a', true);
    ancestry.remember('a', 'stranger', false);
    ancestry.learn('b', ['a']);

    expect(ancestry.isAncestor('root', 'b')).toBe(true);
    expect(ancestry.isAncestor('a', 'stranger')).toBe(false);
  });
});
