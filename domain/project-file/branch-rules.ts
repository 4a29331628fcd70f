/** Whether the branches of a project file can live beside each other, as far as the file itself tells. */
import {
  branchConflictMessage,
  branchNameProblem,
  branchPrefixProblem,
  findBranchConflict,
  integrationBranch,
  phaseBranch,
} from '../names/branches.ts';
import { slugify, slugProblem } from '../names/slug.ts';
import type { Finding } from '../yaml/problem.ts';
import { isRaw, listOf, type Raw } from './rules.ts';

/**
 * Branches that a file chose and that cannot live beside each other, or beside the base. For people who write a file; when the
 * project starts, the same is asked again together with the remote's branches.
 */
export function branchFindings(input: unknown): readonly Finding[] {
  const slug = isRaw(input) ? projectSlug(input) : undefined;
  if (!isRaw(input) || slug === undefined) return [];
  const phases = listOf(input['phases']).map((phase) => (isRaw(phase) ? phase : {}));
  const base = typeof input['base'] === 'string' ? [input['base']] : [];
  const given = input['branch_prefix'];
  const prefix = typeof given === 'string' && branchPrefixProblem(given) === undefined ? given : undefined;
  const chosen = phases.map((phase) =>
    typeof phase['branch'] === 'string' && branchNameProblem(phase['branch']) === undefined
      ? phase['branch']
      : undefined,
  );
  const branches = phases.map(
    (phase, index) =>
      chosen[index] ??
      phaseBranch(slug, index + 1, slugify(typeof phase['name'] === 'string' ? phase['name'] : ''), prefix),
  );
  const wrongPrefix = prefix === undefined ? [] : prefixFindings(integrationBranch(slug, prefix), base, slug);
  const wrongBranches = chosen.flatMap((wanted, index): readonly Finding[] => {
    if (wanted === undefined) return [];
    // Of two chosen names, the later one is told.
    const siblings = [
      integrationBranch(slug, prefix),
      ...branches.filter((_, other) => other < index || (other > index && chosen[other] === undefined)),
    ];
    const conflict = findBranchConflict({ wanted, siblings, remote: base, own: false, foldCase: false });
    return conflict === undefined
      ? []
      : [{ path: ['phases', index, 'branch'], message: branchConflictMessage(wanted, conflict, slug) }];
  });
  return [...wrongPrefix, ...wrongBranches];
}

function prefixFindings(wanted: string, base: readonly string[], slug: string): readonly Finding[] {
  const conflict = findBranchConflict({ wanted, siblings: [], remote: base, own: false, foldCase: false });
  return conflict === undefined
    ? []
    : [{ path: ['branch_prefix'], message: branchConflictMessage(wanted, conflict, slug) }];
}

function projectSlug(input: Raw): string | undefined {
  const { slug, name } = input;
  if (typeof slug === 'string' && slugProblem(slug) === undefined) return slug;
  return slug === undefined && typeof name === 'string' ? slugify(name) : undefined;
}
