/** What really changed, each change once, whatever was answered: for tests that say "exactly one". */

export const effectKinds = [
  'pullRequestsOpened',
  'bodiesUpdated',
  'retargeted',
  'draftsChanged',
  'labelsSet',
  'commentsCreated',
  'commentsUpdated',
  'repliesCreated',
  'statusesCreated',
  'checkRunsCreated',
  'merges',
  'closed',
  'reopened',
  'reviews',
  'dismissals',
  'pushes',
  'tokensIssued',
] as const;

export type EffectKind = (typeof effectKinds)[number];

export interface Effect {
  readonly repository: string;
  /** Login; null: not known (a push made on disk). */
  readonly by: string | null;
  /** Of the pull request. */
  readonly number?: number;
  /** What was pushed, or merged into. */
  readonly ref?: string;
  /** Afterwards; null: deleted. */
  readonly sha?: string | null;
  /** The comment, review or status. */
  readonly id?: number;
  /** A status's context, a review's state, a label list. */
  readonly what?: string;
}

export type Effects = Readonly<Record<EffectKind, readonly Effect[]>>;

export function createEffects(): { readonly all: Effects; add(kind: EffectKind, effect: Effect): void } {
  const all = Object.fromEntries(effectKinds.map((kind) => [kind, [] as Effect[]])) as Record<
    EffectKind,
    Effect[]
  >;
  return { all, add: (kind, effect) => void all[kind].push(effect) };
}
