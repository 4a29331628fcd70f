/**
 * What stands against a merge, as far as this token is shown it: a branch's rules say how many approvals and which checks, and not to
 * everybody what else. Nothing is called blocked that may not be: the rest is said by Gitea when it is asked to merge.
 */
import type { CodeHost, HostCheck, PullRequestId } from '../port.ts';
import { shown } from '../refusals.ts';
import { type GiteaBranch, type GiteaPull, type GiteaReview, readDependencies } from './answers.schema.ts';
import type { Client } from './client.ts';
import { isOurs } from './map.ts';

interface Seen {
  readonly reviews: readonly GiteaReview[];
  readonly checks: readonly HostCheck[];
}

export interface RuleParts extends Pick<CodeHost, 'listChecks'> {
  readonly readReviews: (id: PullRequestId) => Promise<readonly GiteaReview[]>;
}

/** Reads only what the branch's rules ask for. */
export async function reasonsAgainst(
  { listChecks, readReviews }: RuleParts,
  id: PullRequestId,
  pull: GiteaPull,
  branch: GiteaBranch | null,
): Promise<readonly string[]> {
  if (branch === null || !isOurs(pull)) return certain(pull, branch, { reviews: [], checks: [] });
  const reviews = branch.required_approvals > 0 ? await readReviews(id) : [];
  const checks = branch.enable_status_check ? await listChecks(id.repository, pull.head.sha) : [];
  return certain(pull, branch, { reviews, checks });
}

function certain(pull: GiteaPull, branch: GiteaBranch | null, seen: Seen): readonly string[] {
  const draft = pull.draft ? ['the pull request is a draft, by the beginning of its title'] : [];
  if (branch === null) return draft;
  const may = branch.user_can_merge
    ? []
    : [`the account of this token may not merge into ${shown(pull.base.label)}`];
  return [...draft, ...may, ...approvalsMissing(branch, seen.reviews), ...checksMissing(branch, seen.checks)];
}

/** Stale ones may count or not; who asked for changes may stand against it or not: that only administrators see. */
function approvalsMissing(
  { required_approvals: required }: GiteaBranch,
  reviews: Seen['reviews'],
): readonly string[] {
  const given = reviews.filter(
    ({ state, official, dismissed }) => state === 'APPROVED' && official && !dismissed,
  );
  return given.length >= required ? [] : [`${given.length} of ${required} required approvals`];
}

function checksMissing(branch: GiteaBranch, checks: Seen['checks']): readonly string[] {
  if (!branch.enable_status_check) return [];
  const named = branch.status_check_contexts;
  const wanted = named.length === 0 ? [{ name: 'any check', matches: () => true }] : named.flatMap(toPattern);
  const missing = wanted.flatMap(({ name, matches }) => {
    const found = checks.filter((check) => matches(check.name));
    if (found.length === 0) return [`${name} has not reported`];
    return found
      .filter(({ state }) => state !== 'success')
      .map((check) => `${check.name} ${says[check.state]}`);
  });
  return missing.length === 0 ? [] : [`required checks: ${[...new Set(missing)].join(', ')}`];
}

const says = { pending: 'is pending', failure: 'failed', success: 'passed' } as const;

/** Gitea's patterns know more than stars; what such a one matches is left to it. */
function toPattern(
  name: string,
): readonly { readonly name: string; readonly matches: (name: string) => boolean }[] {
  if (/[?[\]{}\\]/.test(name)) return [];
  const parts = name.split(/\*+/).map((part) => part.replaceAll(/[.+^$()|]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`, 's');
  return [{ name, matches: (given) => pattern.test(given) }];
}

/** Those whose word may stand against it, for an answer that doesn't name them. */
export function peopleAgainst(reviews: readonly GiteaReview[]): readonly string[] {
  const names = (wanted: string): string =>
    [
      ...new Set(
        reviews
          .filter(({ state, official, dismissed }) => state === wanted && official && !dismissed)
          .map(({ user }) => user),
      ),
    ].join(', ');
  const [changes, asked] = [names('REQUEST_CHANGES'), names('REQUEST_REVIEW')];
  return [
    changes === '' ? '' : `changes are asked for by ${changes}`,
    asked === '' ? '' : `a review is awaited of ${asked}`,
  ].filter((reason) => reason !== '');
}

/** `#3`, …: what must be closed first, for which Gitea has no words. */
export async function openDependencies(
  client: Client,
  { repository, number }: PullRequestId,
): Promise<readonly string[]> {
  const ask = {
    repository,
    what: `read what #${number} depends on`,
    path: ['issues', number, 'dependencies'],
  };
  const found = await client.seek(ask, readDependencies).catch(() => []);
  return found.filter(({ state }) => state === 'open').map((issue) => `#${issue.number}, which is open`);
}
