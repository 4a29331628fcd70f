/**
 * Rules of branches: of base, into which the last pull request goes, and of the branches that tasks are pushed to. What a rule
 * means for base is shown to anybody; whole rules, also for branches that are not there yet, to administrators of the repository.
 */
import { type Diagnostic, ok, problem } from '../../../../domain/model/diagnostic.ts';
import type { RepositoryRef } from '../../../../domain/model/project.ts';
import { readBranch } from '../answers.schema.ts';
import type { Client } from '../client.ts';
import { isAnswer } from '../errors.ts';
import { type Protection, readProtections } from './answers.schema.ts';
import { judgeBase, judgeWork, type Wanted } from './judge-rules.ts';
import { ruleOf } from './protection.ts';

/** Null: only administrators see them. */
export type Rules = readonly Protection[] | null;

export async function rulesOf(client: Client, repository: RepositoryRef): Promise<Rules> {
  const ask = { repository, what: 'read its branch protection', path: ['branch_protections'] };
  return client.all(ask, readProtections).catch(unlessHidden);
}

/** For what only administrators are shown. */
export const unlessHidden = (error: unknown): null => {
  if (isAnswer(error, 'refused')) return null;
  throw error;
};

export async function diagnoseBase(
  client: Client,
  repository: RepositoryRef,
  rules: Rules,
  wanted: Omit<Wanted, 'signs'>,
): Promise<readonly Diagnostic[]> {
  const { base } = wanted;
  const ask = { repository, what: `read the branch '${base}'`, path: ['branches', base] };
  const branch = await client.seek(ask, readBranch).catch((error: unknown) => {
    if (isAnswer(error, 'missing')) return undefined;
    throw error;
  });
  if (branch === undefined)
    return [
      problem(
        `Rules of '${base}'`,
        `The branch '${base}' does not exist, or may not be read. Push it, or name another one (--base).`,
      ),
    ];
  const rule = rules === null ? null : ruleOf(base, rules);
  const signs = rule?.require_signed_commits === true && (await hasKey(client));
  return judgeBase({ branch, rule }, { ...wanted, signs });
}

/** The key that a server signs merges with is there for everybody. */
async function hasKey(client: Client): Promise<boolean> {
  const seen = (path: string) => client.has('read the key that it signs with', path, 'this server');
  return (await seen('/signing-key.gpg')) || (await seen('/signing-key.pub'));
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
