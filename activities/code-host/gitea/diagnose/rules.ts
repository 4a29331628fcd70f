/**
 * Rules of branches: of base, into which the last pull request goes, and of the branches that tasks are pushed to. What a rule
 * means for base is shown to anybody; whole rules, also for branches that are not there yet, to administrators of the repository.
 */
import { type Diagnostic, ok, problem } from '../../../../domain/model/diagnostic.ts';
import { type BaseRules, judgeBase, judgeWork, type Wanted } from './judge-rules.ts';
import type { Named } from '../../diagnosis.ts';
import type { Inspector } from './inspector.ts';
import { type ProtectedBranch, type Protection, ruleOf } from './protection.ts';

/** Null: only administrators see them. */
export type Rules = readonly Protection[] | null;

export async function rulesOf(inspector: Inspector, repository: Named): Promise<Rules> {
  const { status, data } = await inspector.ask(`${pathOf(repository)}/branch_protections`);
  return status === 200 ? (data as readonly Protection[]) : null;
}

export async function diagnoseBase(
  inspector: Inspector,
  repository: Named,
  rules: Rules,
  wanted: Omit<Wanted, 'signs'>,
): Promise<readonly Diagnostic[]> {
  const { base } = wanted;
  const asked = await inspector.ask(`${pathOf(repository)}/branches/${encodeURIComponent(base)}`);
  if (asked.status !== 200)
    return [
      problem(
        `Rules of '${base}'`,
        `The branch '${base}' does not exist, or may not be read. Push it, or name another one (--base).`,
      ),
    ];
  const rule = rules === null ? null : ruleOf(base, rules);
  const found: BaseRules = { branch: asked.data as ProtectedBranch, rule };
  return judgeBase(found, { ...wanted, signs: await hasKey(inspector, rule) });
}

/** The key that a server signs merges with is there for everybody. */
async function hasKey(inspector: Inspector, rule: BaseRules['rule']): Promise<boolean> {
  if (rule?.require_signed_commits !== true) return false;
  const answers = [await inspector.ask('/signing-key.gpg'), await inspector.ask('/signing-key.pub')];
  return answers.some(({ status }) => status === 200);
}

/** Each rule once, for the first of the branches that it holds for. */
export function diagnoseWork(
  rules: Rules,
  branches: readonly string[],
  { what, login }: { readonly what: string; readonly login: string },
): readonly Diagnostic[] {
  if (rules === null)
    return [
      ok(
        what,
        `Gitea shows them to administrators of the repository only. Tasks are pushed to such branches, and phases pushed again with force: leave them without a rule, or give them one that lets ${login} do that (Settings, Branches).`,
      ),
    ];
  const holding = new Set(branches.flatMap((branch) => ruleOf(branch, rules) ?? []));
  if (holding.size === 0) return [ok(what, 'none')];
  return [...holding].flatMap((rule) => judgeWork(rule, what, login));
}

export const pathOf = ({ owner, name }: Named): string => `/repos/${owner}/${name}`;
