/** Which rule of branch protection holds for a branch. https://docs.gitea.com/usage/protected-branches */

import type { Protection } from './answers.schema.ts';

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
