/** What agents have cost. */
export interface Cost {
  readonly usd: number;
  readonly tokens: number;
  /** True when an engine could not say what it cost. */
  readonly unknown: boolean;
}

export const noCost: Cost = { usd: 0, tokens: 0, unknown: false };
export const addCost = (a: Cost, b: Cost): Cost => ({
  usd: a.usd + b.usd,
  tokens: a.tokens + b.tokens,
  unknown: a.unknown || b.unknown,
});
