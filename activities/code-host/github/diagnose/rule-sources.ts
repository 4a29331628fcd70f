/**
 * The rules of a branch, each with where it is set. Rulesets are shown to anybody, for names that don't exist yet too; classic
 * protection to administrators, for branches that exist. What must stay true: what can't be read is said, and is never "none".
 */
import { escapeControls } from '../../../../domain/text/escape.ts';
import { isAnswer } from '../errors.ts';
import type { Work } from '../client.ts';
import {
  type ApiProtection,
  type ApiRule,
  type BranchRules,
  fromBranch,
  fromProtection,
  fromRules,
  together,
} from './branch-rules.ts';
import { type Named, unlessHidden } from './inspector.ts';

/** Reads as whoever works on the repository. */
export interface Reader {
  readonly webUrl: string;
  read<T>(repository: Named, what: string, work: Work<T>): Promise<T>;
}

export interface RuleSource {
  readonly rules: BranchRules;
  /** What it is called and its page, for people. */
  readonly where: string;
  /** Whether this credential may pass over it; of a push or of a merge that a pull request makes. */
  readonly bypass: 'always' | 'pull_requests' | 'never' | 'unknown';
}

export interface BranchSources {
  readonly sources: readonly RuleSource[];
  /** What may not be read, in sentences. */
  readonly unread: readonly string[];
}

/** Undefined: there is no such branch, or it may not be read. */
export async function sourcesOfBase(
  reader: Reader,
  repository: Named,
  { branch, bot }: { readonly branch: string; readonly bot: boolean },
): Promise<BranchSources | undefined> {
  const found = await readBranch(reader, repository, branch).catch(unlessHidden);
  if (found === undefined) return undefined;
  const rulesets = await sourcesOf(reader, repository, branch);
  const byRulesets = rulesets.sources.length > 0 && found.protection?.enabled === false;
  if (!found.protected || byRulesets) return rulesets;
  const page = `${reader.webUrl}/${repository.owner}/${repository.name}/settings/branches`;
  const where = `branch protection, ${page}`;
  const classic = await protection(reader, repository, branch);
  if (classic === 'none') return rulesets;
  if (classic === undefined)
    return {
      sources: [...rulesets.sources, { rules: fromBranch(found.protection), where, bypass: 'never' }],
      unread: [
        ...rulesets.unread,
        `'${branch}' is protected, and only administrators see all of it (App or fine-grained token: Administration 'Read-only'). What else it asks for is not known; it is at ${page}.`,
      ],
    };
  // An administrator passes unless the rules hold for them too; an App is none.
  const bypass = !bot && classic.enforce_admins?.enabled === false ? 'unknown' : 'never';
  return {
    sources: [...rulesets.sources, { rules: fromProtection(classic), where, bypass }],
    unread: rulesets.unread,
  };
}

/** Of rulesets alone, for a branch that need not be there. */
export async function sourcesOf(reader: Reader, repository: Named, branch: string): Promise<BranchSources> {
  const rules = await rulesOf(reader, repository, branch);
  if (rules === undefined)
    return {
      sources: [],
      unread: [
        `The rulesets for '${branch}' can't be read with this credential, so what they refuse is not known.`,
      ],
    };
  const ids = [...new Set(rules.map(({ ruleset_id: id }) => id))];
  const sources: RuleSource[] = [];
  for (const id of ids) {
    const own = rules.filter((rule) => rule.ruleset_id === id);
    sources.push({
      rules: fromRules(own),
      ...(await ruleset(reader, repository, id, own[0]?.ruleset_source)),
    });
  }
  return { sources, unread: [] };
}

/** What rulesets and, as far as anybody may see it, classic protection ask of a branch; for whoever needs no more than that. */
export async function visibleRules(
  reader: Pick<Reader, 'read'>,
  repository: Named,
  branch: string,
): Promise<{ readonly rules: BranchRules; readonly classic: boolean }> {
  const found = await readBranch(reader, repository, branch).catch(unlessHidden);
  const rulesets = fromRules((await rulesOf(reader, repository, branch)) ?? []);
  const classic = found?.protected === true && found.protection?.enabled !== false;
  return { rules: together(rulesets, fromBranch(found?.protection)), classic };
}

const readBranch = (reader: Pick<Reader, 'read'>, repository: Named, branch: string) =>
  reader.read(repository, `read the branch '${branch}'`, async (octokit, place) => {
    const { data } = await octokit.rest.repos.getBranch({ ...place, branch });
    return data;
  });

/** Undefined: they may not be read. Old Enterprise servers and private repositories of some plans have none. */
async function rulesOf(
  reader: Pick<Reader, 'read'>,
  repository: Named,
  branch: string,
): Promise<readonly ApiRule[] | undefined> {
  try {
    return await reader.read(repository, `read the rules of '${branch}'`, async (octokit, place) => {
      const found = await octokit.paginate(octokit.rest.repos.getBranchRules, {
        ...place,
        branch,
        per_page: 100,
      });
      return found as readonly ApiRule[];
    });
  } catch (error) {
    if (isAnswer(error, 'missing') || (isAnswer(error, 'refused') && /upgrade to/i.test(error.said)))
      return [];
    return unlessHidden(error);
  }
}

async function ruleset(
  reader: Reader,
  repository: Named,
  id: number | undefined,
  source: string | undefined,
): Promise<Pick<RuleSource, 'where' | 'bypass'>> {
  const found =
    id === undefined
      ? undefined
      : await reader
          .read(repository, `read the ruleset ${id}`, async (octokit, place) => {
            const { data } = await octokit.rest.repos.getRepoRuleset({ ...place, ruleset_id: id });
            return data;
          })
          .catch(unlessHidden);
  if (found === undefined)
    return { where: `a ruleset${source === undefined ? '' : ` of ${source}`}`, bypass: 'unknown' };
  const page = found._links?.html?.href ?? `${reader.webUrl}/${repository.owner}/${repository.name}/rules`;
  return {
    where: `ruleset '${escapeControls(found.name)}', ${page}`,
    bypass: bypassOf(found.current_user_can_bypass),
  };
}

function bypassOf(said: string | undefined): RuleSource['bypass'] {
  switch (said) {
    case 'always':
    case 'exempt':
      return 'always';
    case 'pull_requests_only':
      return 'pull_requests';
    case 'never':
      return 'never';
    default:
      return 'unknown';
  }
}

/** `none`: a ruleset alone protects it. Undefined: it may not be read. */
export async function protection(
  reader: Pick<Reader, 'read'>,
  repository: Named,
  branch: string,
): Promise<ApiProtection | 'none' | undefined> {
  try {
    return await reader.read(repository, `read the protection of '${branch}'`, async (octokit, place) => {
      const { data } = await octokit.rest.repos.getBranchProtection({ ...place, branch });
      fromProtection(data); // nonsense is refused here
      return data;
    });
  } catch (error) {
    if (isAnswer(error, 'missing') && /branch not protected/i.test(error.said)) return 'none';
    return unlessHidden(error);
  }
}
