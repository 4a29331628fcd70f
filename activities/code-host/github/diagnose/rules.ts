/**
 * Rules of branches: of base, into which the last pull request goes, and of the branches that tasks are pushed to. Rulesets
 * are shown to anybody, for names that don't exist yet too; classic protection to administrators, for branches that exist.
 */
import { type Diagnostic, problem } from '../../../../domain/model/diagnostic.ts';
import { isAnswer } from '../errors.ts';
import { type Inspector, type Named, section, unlessHidden } from './inspector.ts';
import {
  type BranchRules,
  fromBranch,
  fromProtection,
  fromRulesets,
  noRules,
  together,
} from './branch-rules.ts';
import { judgeBase, judgeWork, type Wanted } from './judge-rules.ts';

/** A name as projects have it; nobody makes this one. */
const example = 'project/doctor/integration';

export async function diagnoseRules(
  inspector: Inspector,
  repository: Named,
  wanted: Wanted,
): Promise<readonly Diagnostic[]> {
  const { base } = wanted;
  const ofBase = await section(`Rules of '${base}'`, async () => {
    const branch = await inspector
      .read(repository, 'read the base branch', async (octokit, place) => {
        const { data } = await octokit.rest.repos.getBranch({ ...place, branch: base });
        return data;
      })
      .catch(unlessHidden);
    if (branch === undefined)
      return [
        problem(
          `Rules of '${base}'`,
          `The branch '${base}' does not exist, or may not be read. Push it, name another one (--base), or give the right to read contents.`,
        ),
      ];
    const classic = await protection(inspector, repository, base, branch.protected);
    const rules = together(
      await rulesets(inspector, repository, base),
      classic ?? fromBranch(branch.protection),
    );
    return judgeBase(rules, wanted, classic === undefined);
  });
  const ofWork = await section("Rules of 'project/**'", async () =>
    judgeWork(await rulesets(inspector, repository, example)),
  );
  return [...ofBase, ...ofWork];
}

/** None where there can't be any: GitHub refuses the question for private repositories of some plans, and old Enterprise servers don't know it. */
async function rulesets(inspector: Inspector, repository: Named, branch: string): Promise<BranchRules> {
  const rules = await inspector
    .read(repository, `read the rules of '${branch}'`, async (octokit, place) =>
      fromRulesets(
        await octokit.paginate(octokit.rest.repos.getBranchRules, { ...place, branch, per_page: 100 }),
      ),
    )
    .catch(unlessHidden);
  return rules ?? noRules;
}

/** Undefined: it may not be read. */
async function protection(
  inspector: Inspector,
  repository: Named,
  branch: string,
  isProtected: boolean,
): Promise<BranchRules | undefined> {
  if (!isProtected) return noRules;
  try {
    return await inspector.read(repository, `read the protection of '${branch}'`, async (octokit, place) => {
      const { data } = await octokit.rest.repos.getBranchProtection({ ...place, branch });
      return fromProtection(data);
    });
  } catch (error) {
    // Protected by a ruleset alone.
    if (isAnswer(error, 'missing') && /branch not protected/i.test(error.said)) return noRules;
    return unlessHidden(error);
  }
}
