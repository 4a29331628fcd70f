/** Branch protection as Gitea answers it, and which rule holds for a branch. https://docs.gitea.com/usage/protected-branches */

/** Shown to administrators of the repository, in the order in which rules hold. What an older one, or Forgejo, doesn't have is absent. */
export interface Protection {
  readonly rule_name: string;
  readonly enable_push: boolean;
  readonly enable_push_whitelist: boolean;
  readonly push_whitelist_usernames: Names;
  readonly push_whitelist_teams: Names;
  readonly enable_force_push?: boolean;
  readonly enable_force_push_allowlist?: boolean;
  readonly force_push_allowlist_usernames?: Names;
  readonly force_push_allowlist_teams?: Names;
  readonly enable_merge_whitelist: boolean;
  readonly merge_whitelist_usernames: Names;
  readonly merge_whitelist_teams: Names;
  readonly enable_status_check: boolean;
  readonly status_check_contexts: Names;
  readonly required_approvals: number;
  readonly enable_approvals_whitelist: boolean;
  readonly approvals_whitelist_username: Names;
  readonly approvals_whitelist_teams: Names;
  readonly block_on_rejected_reviews: boolean;
  readonly block_on_official_review_requests?: boolean;
  readonly require_signed_commits: boolean;
  readonly protected_file_patterns: string;
}

/** Go writes an empty list as null, too. */
type Names = readonly string[] | null;

/** A branch, with what its rule means for whoever asks; shown to whoever may read it. */
export interface ProtectedBranch {
  readonly protected: boolean;
  readonly user_can_merge: boolean;
  readonly required_approvals: number;
  readonly enable_status_check: boolean;
  readonly status_check_contexts: Names;
}

/** The first one that names it. */
export const ruleOf = (branch: string, rules: readonly Protection[]): Protection | undefined =>
  rules.find(({ rule_name: name }) => matches(name, branch));

/** As modules/glob of Gitea: `*` and `?` stop at a slash, `**` doesn't; a name without such signs counts in any case. */
export function matches(pattern: string, branch: string): boolean {
  if (!/[*?\\[\]{}]/.test(pattern)) return pattern.toLowerCase() === branch.toLowerCase();
  const expression = expressionOf(pattern);
  return expression === undefined ? pattern === branch : expression.test(branch);
}

/** Undefined: it is no pattern; then Gitea takes it literally. */
function expressionOf(pattern: string): RegExp | undefined {
  let depth = 0;
  const source = pattern.replace(/\*\*|\[[^\]]*\]|\\.|[\s\S]/g, (part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part === '{') depth += 1;
    if (part === '{') return '(';
    if (part === '}' && depth > 0) {
      depth -= 1;
      return ')';
    }
    if (part === ',' && depth > 0) return '|';
    if (part.length > 1) return part.replace(/^\[!/, '[^');
    return part.replace(/[.+^$()|]/, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return undefined;
  }
}
