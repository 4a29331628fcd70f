/** Whether a pull request can be merged now, and what the rules of its base still ask for. */
import { isAncestor, testMergeOf } from '../git.ts';
import type { PullRequest, Repository } from '../state.ts';
import { permissionOf, reaches, type World } from '../world.ts';
import { checkStates } from './checks.ts';

export const branchTip = (repository: Repository, branch: string): string | undefined =>
  repository.refs.get(`refs/heads/${branch}`);

/** As GitHub: unknown at first, worked out because somebody asked. */
export function mergeability(
  world: World,
  repository: Repository,
  pull: PullRequest,
  asked: boolean,
): { readonly mergeable: boolean | null; readonly testMerge: string | null } {
  const base = branchTip(repository, pull.baseRef);
  if (pull.state !== 'open' || base === undefined) return { mergeable: null, testMerge: null };
  const pair = `${base} ${pull.headSha}`;
  if (pull.mergeability.pair !== pair)
    pull.mergeability = { pair, unknownReads: world.unknownMergeableReads };
  if (pull.mergeability.unknownReads > 0) {
    if (asked) pull.mergeability.unknownReads -= 1;
    return { mergeable: null, testMerge: null };
  }
  const testMerge = testMergeOf(repository.path, base, pull.headSha);
  return { mergeable: testMerge !== null, testMerge };
}

export function mergeableState(
  world: World,
  repository: Repository,
  pull: PullRequest,
  mergeable: boolean | null,
): string {
  if (mergeable === null) return 'unknown';
  if (!mergeable) return 'dirty';
  if (pull.draft) return 'draft';
  if (unmetRules(world, repository, pull).length > 0) return 'blocked';
  if (isBehind(repository, pull)) return 'behind';
  const states = [...checkStates(repository, pull.headSha).values()];
  return states.every((state) => state === 'success') ? 'clean' : 'unstable';
}

export function isBehind(repository: Repository, pull: PullRequest): boolean {
  const base = branchTip(repository, pull.baseRef);
  const strict = repository.protections.get(pull.baseRef)?.strict === true;
  return strict && base !== undefined && !isAncestor(repository.path, base, pull.headSha);
}

/** In the words of GitHub's refusals; empty: nothing is missing. */
export function unmetRules(world: World, repository: Repository, pull: PullRequest): readonly string[] {
  const rules = repository.protections.get(pull.baseRef);
  if (rules === undefined) return [];
  return [
    ...unmetChecks(repository, rules.requiredChecks, pull.headSha),
    ...unmetReviews(world, repository, pull, rules.requiredReviews),
    ...rules.hidden,
  ];
}

export function unmetChecks(
  repository: Repository,
  required: readonly string[],
  sha: string,
): readonly string[] {
  const states = checkStates(repository, sha);
  const open = required.filter((name) => states.get(name) !== 'success');
  const [name] = open;
  if (name === undefined) return [];
  if (required.length === 1) {
    const word = { pending: 'pending', failure: 'failing', success: 'expected' };
    return [`Required status check "${name}" is ${word[states.get(name) ?? 'success']}.`];
  }
  return open.every((missing) => !states.has(missing))
    ? [`${open.length} of ${required.length} required status checks are expected.`]
    : [`${open.length} of ${required.length} required status checks have not succeeded.`];
}

/** The last word of each reviewer who may push counts. */
function unmetReviews(
  world: World,
  repository: Repository,
  pull: PullRequest,
  required: number,
): readonly string[] {
  if (required === 0) return [];
  const words = new Map<string, string>();
  for (const { author, state } of pull.reviews)
    if (state !== 'COMMENTED' && reaches(permissionOf(world, repository, author), 'write'))
      words.set(author, state);
  const states = [...words.values()];
  if (states.includes('CHANGES_REQUESTED'))
    return ['Changes have been requested by a reviewer with write access.'];
  if (states.filter((state) => state === 'APPROVED').length >= required) return [];
  const reviews = required === 1 ? 'review is' : 'reviews are';
  return [`At least ${required} approving ${reviews} required by reviewers with write access.`];
}
