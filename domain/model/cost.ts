/** What agents have cost, and what they may still cost. */

export interface Cost {
  readonly usd: number;
  readonly tokens: number;
  /** True when an engine could not say what it cost. */
  readonly unknown: boolean;
}

/** Null: no limit. */
export interface Budget {
  readonly usd: number | null;
  readonly tokens: number | null;
}

export const noCost: Cost = { usd: 0, tokens: 0, unknown: false };
export const addCost = (a: Cost, b: Cost): Cost => ({
  usd: a.usd + b.usd,
  tokens: a.tokens + b.tokens,
  unknown: a.unknown || b.unknown,
});

/** Never below zero. */
export const budgetLeft = (budget: Budget, cost: Cost): Budget => ({
  usd: budget.usd === null ? null : Math.max(0, budget.usd - cost.usd),
  tokens: budget.tokens === null ? null : Math.max(0, budget.tokens - cost.tokens),
});

export function isUsedUp(budget: Budget, cost: Cost): boolean {
  const left = budgetLeft(budget, cost);
  return left.usd === 0 || left.tokens === 0;
}
