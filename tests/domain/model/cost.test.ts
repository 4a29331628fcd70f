import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addCost, budgetLeft, type Cost, isUsedUp, noCost } from '../../../domain/model/cost.ts';

const amount = fc.nat(1_000_000);
const limit = fc.option(amount, { nil: null });
const anyBudget = fc.record({ usd: limit, tokens: limit });
const anyCost: fc.Arbitrary<Cost> = fc.record({ usd: amount, tokens: amount, unknown: fc.boolean() });

describe('what agents have cost', () => {
  it('adds up, and stays unknown once a part of it is', () => {
    expect(addCost({ usd: 1, tokens: 2, unknown: true }, { usd: 3, tokens: 4, unknown: false })).toEqual({
      usd: 4,
      tokens: 6,
      unknown: true,
    });
    fc.assert(
      fc.property(anyCost, anyCost, anyCost, (a, b, c) => {
        expect(addCost(addCost(a, b), c)).toEqual(addCost(a, addCost(b, c)));
        expect(addCost(a, noCost)).toEqual(a);
      }),
    );
  });
});

describe('what is left of a budget', () => {
  it('is never below zero, and has no limit where there was none', () => {
    expect(budgetLeft({ usd: 5, tokens: null }, { usd: 7, tokens: 9, unknown: false })).toEqual({
      usd: 0,
      tokens: null,
    });
  });

  it('is the same after one cost or after its parts', () => {
    fc.assert(
      fc.property(anyBudget, anyCost, anyCost, (budget, a, b) => {
        expect(budgetLeft(budgetLeft(budget, a), b)).toEqual(budgetLeft(budget, addCost(a, b)));
      }),
    );
  });

  it('is used up exactly when what was spent reaches a limit', () => {
    fc.assert(
      fc.property(anyBudget, anyCost, (budget, cost) => {
        const reached = [
          budget.usd !== null && cost.usd >= budget.usd,
          budget.tokens !== null && cost.tokens >= budget.tokens,
        ];
        expect(isUsedUp(budget, cost)).toBe(reached.includes(true));
      }),
    );
  });
});
