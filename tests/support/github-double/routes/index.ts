/** Every route there is; the compiler says when an operation has none. */
import { operations, type Operation } from '../operations.ts';
import type { Route } from '../route.ts';
import { checkRoutes } from './checks.ts';
import { identityRoutes } from './identity.ts';
import { pullRoutes } from './pulls.ts';
import { repositoryRoutes } from './repositories.ts';
import { talkRoutes } from './talk.ts';

const routes: Readonly<Record<Operation, Route>> = {
  ...identityRoutes,
  ...repositoryRoutes,
  ...pullRoutes,
  ...talkRoutes,
  ...checkRoutes,
};

export interface Match {
  readonly operation: Operation;
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** What may hold slashes: names of branches and refs. */
const spans = /\{(ref|branch)\}/g;

const patterns = operations.map((operation) => {
  const [method = '', template = ''] = operation.split(' ');
  const source = template.replace(spans, '(?<$1>.+)').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const literals = template.split('/').filter((part) => !part.startsWith('{')).length;
  return { operation, method, pattern: new RegExp(`^${source}$`), literals };
});
patterns.sort((a, b) => b.literals - a.literals);

/** The route with the most literal parts: `branches/a/protection` is not a branch `a/protection`. */
export function findRoute(method: string, path: string): Match | undefined {
  for (const { operation, method: wanted, pattern } of patterns) {
    const match = method === wanted ? pattern.exec(path) : null;
    if (match === null) continue;
    const params = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    return { operation, route: routes[operation], params };
  }
  return undefined;
}
