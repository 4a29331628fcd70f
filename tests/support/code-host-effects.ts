/** What a project did on a code host, seen from there: a line for each thing that really changed. */
import type { Effect, EffectKind } from './github-double/effects.ts';
import type { GitHubDouble } from './github-double/index.ts';

/** Whose deeds are counted: the project's. What people do is not. */
export const machineUser = 'robin';

/** What must happen once: a second line that reads the same is one thing done twice. */
type Tell = (effect: Effect, comment: string) => string;

const told: Readonly<Partial<Record<EffectKind, Tell>>> = {
  pullRequestsOpened: ({ ref }) => `opened from ${ref}`,
  labelsSet: ({ number, what }) => `#${number} has the labels ${what}`,
  commentsCreated: ({ number }, comment) => `#${number} says ${comment}`,
  statusesCreated: ({ sha, what }) => `${sha} is ${what}`,
  merges: ({ number, ref }) => `#${number} merged into ${ref}`,
  closed: ({ number }) => `#${number} closed`,
  pushes: ({ ref, sha }) => `${ref} is ${sha}`,
};

export interface Deeds {
  /** How often each kind of thing was done. */
  readonly counts: Readonly<Record<string, number>>;
  /** What was done more than once. */
  readonly twice: readonly string[];
}

export function deedsOn(double: GitHubDouble, repository: string): Deeds {
  const ours = (kind: EffectKind) =>
    double.effects[kind].filter((effect) => effect.by === machineUser && effect.repository === repository);
  const kinds = (Object.keys(double.effects) as EffectKind[]).filter((kind) => ours(kind).length > 0);
  const lines = kinds.flatMap((kind) =>
    ours(kind).flatMap((effect) => told[kind]?.(effect, commentOf(double, effect)) ?? []),
  );
  return {
    counts: Object.fromEntries(kinds.map((kind) => [kind, ours(kind).length])),
    twice: lines.filter((line, index) => lines.indexOf(line) !== index),
  };
}

/** What marks it: two comments with one marker are one said twice, whatever their words. */
function commentOf(double: GitHubDouble, { repository, number = 0, id }: Effect): string {
  const body = double.pullRequest(repository, number)?.comments.find((each) => each.id === id)?.body ?? '';
  return /<!--.*?-->/.exec(body)?.[0] ?? body;
}
