/**
 * What stands against a merge that GitHub calls blocked. What must stay true: a check that is red or missing, a person's "changes
 * requested" and an administrator's power are never passed over; what can't be seen is left to GitHub, which says it when asked.
 */
import { effectiveReviews } from '../../../domain/code-host/reviews.ts';
import type { CodeHost, HostCheck, MergeRequest } from '../port.ts';
import { shown } from '../refusals.ts';
import type { Client } from './client.ts';
import { type BranchRules, fromProtection, together } from './diagnose/branch-rules.ts';
import { unlessHidden } from './diagnose/inspector.ts';
import { demands } from './diagnose/judge-rules.ts';
import { protection, type Reader, visibleRules } from './diagnose/rule-sources.ts';
import { type ApiPull, hosted } from './map.ts';

export interface Standing {
  /** What is seen to be missing, in words. */
  readonly missing: readonly string[];
  /** What the rules ask for, as far as they can be read. */
  readonly asked: readonly string[];
  /** Only GitHub knows what it is; a merge that it then allows passes over nothing. */
  readonly hidden: boolean;
}

export type StandingParts = Pick<CodeHost, 'listChecks' | 'listReviews' | 'identity'>;

const throughQueue =
  'base has a merge queue: whoever may adds the pull request to it on its page, and the merge is followed';

export function createStanding(client: Client, { listChecks, listReviews, identity }: StandingParts) {
  return async ({ repository, number, expectedHeadSha }: MergeRequest, pull: ApiPull): Promise<Standing> => {
    const reader: Pick<Reader, 'read'> = { read: (_, what, work) => client.seek(repository, what, work) };
    const named = hosted(repository);
    const { rules: visible, classic } = await visibleRules(reader, named, pull.base.ref);
    const power = classic ? await administrator() : undefined;
    const rules = power === undefined ? visible : together(visible, power);
    const checks = await listChecks(repository, expectedHeadSha);
    const reviews = effectiveReviews(await listReviews({ repository, number }), expectedHeadSha);
    const against = reviews.filter(({ state }) => state === 'CHANGES_REQUESTED').map(({ author }) => author);
    const approved = reviews.some(({ state, stale }) => state === 'APPROVED' && !stale);
    const final = [
      pull.draft === true ? 'the pull request is a draft' : '',
      ...missingChecks(rules, checks),
      against.length > 0 ? `changes are asked for by ${against.join(', ')}` : '',
    ].filter((reason) => reason !== '');
    // Without a list of required ones, any may be meant.
    const others =
      rules.checks.length > 0
        ? []
        : [describe(checks, 'failure', 'failed'), describe(checks, 'pending', 'pending')];
    const missing = [
      rules.queue ? throughQueue : '',
      ...others,
      ...final,
      approved ? '' : 'nobody has approved this commit on GitHub',
    ].filter((reason) => reason !== '');
    return { missing, asked: demands(rules), hidden: final.length === 0 && power === undefined };

    /** What classic protection asks for, if this credential could pass over it: an administrator for whom it does not hold. */
    async function administrator(): Promise<BranchRules | undefined> {
      const { login, bot } = await identity();
      if (bot || !(await isAdministrator(login))) return undefined;
      const found = await protection(reader, named, pull.base.ref);
      if (found === undefined || found === 'none' || found.enforce_admins?.enabled !== false)
        return undefined;
      return fromProtection(found);
    }

    async function isAdministrator(username: string): Promise<boolean> {
      const permission = await client
        .seek(repository, `read what ${username} may do`, async (octokit, place) => {
          const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ ...place, username });
          return data.permission;
        })
        .catch(unlessHidden);
      return permission === 'admin';
    }
  };
}

/** `said`: GitHub's words; empty: it was not asked. */
export function whyBlocked(
  { repository, number }: MergeRequest,
  pull: ApiPull,
  { missing, asked }: Standing,
  said: string,
): string {
  const known =
    said === ''
      ? missing
      : [...missing.filter((reason) => !/^nobody has/.test(reason)), `GitHub says: ${said}`];
  const wanted = asked.length === 0 ? [] : [`they ask for ${asked.join('; ')}`];
  const reasons = known.length > 0 ? known : wanted;
  const text = reasons.length === 0 ? 'it does not say which' : reasons.join('; ');
  return `Rules of ${hosted(repository).label} for ${shown(pull.base.ref)} stand against the merge of #${number}: ${text}.`;
}

/** Of the required ones. */
function missingChecks({ checks: required }: BranchRules, checks: readonly HostCheck[]): readonly string[] {
  const of = checks.filter(({ name }) => required.includes(name));
  const absent = required.filter((name) => !checks.some((check) => check.name === name));
  return [
    describe(of, 'failure', 'failed', required.length),
    describe(of, 'pending', 'pending', required.length),
    absent.length === 0
      ? ''
      : `${absent.length} of ${required.length} required checks not seen yet: ${some(absent)}`,
  ].filter((reason) => reason !== '');
}

function describe(
  checks: readonly HostCheck[],
  state: HostCheck['state'],
  word: string,
  required?: number,
): string {
  const names = checks.filter((check) => check.state === state).map(({ name }) => name);
  if (names.length === 0) return '';
  const all = required === undefined ? `${checks.length} checks` : `${required} required checks`;
  return `${names.length} of ${all} ${word}: ${some(names)}`;
}

const some = (names: readonly string[]): string =>
  `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
