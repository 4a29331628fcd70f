/** A token: whose it is, and what it may. https://docs.gitea.com/development/oauth2-provider#scopes */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import type { Answer, Inspector } from './inspector.ts';

/** Undefined: no use in looking further. */
export interface Acting {
  readonly login: string;
}

const needed = [
  ['write:repository', 'branches are pushed, pull requests opened and merged, statuses set'],
  ['write:issue', 'comments and labels are written'],
  ['read:user', 'it is asked whose it is'],
] as const;

const renew =
  "The scopes of a token can't be changed: make another one (your picture, Settings, Applications, Manage Access Tokens) with repository and issue 'Read and Write' and user 'Read', and delete this one.";

export async function diagnoseToken(
  inspector: Inspector,
): Promise<{ readonly findings: readonly Diagnostic[]; readonly acting?: Acting }> {
  const me = await inspector.ask('/user');
  if (me.status === 401)
    return {
      findings: [
        problem(
          'Gitea token',
          `It is refused${words(me)}. Perhaps it was deleted: make another one (your picture, Settings, Applications, Manage Access Tokens), and give it as PHASEWRIGHT_GITEA_TOKEN.`,
        ),
      ],
    };
  const scopes = await scopesOf(inspector, me);
  const login = (me.data as { readonly login?: unknown } | null)?.login;
  if (me.status !== 200 || typeof login !== 'string') {
    const judged = judge(scopes);
    return {
      findings:
        judged.state === 'problem'
          ? [judged]
          : [problem('Gitea token', `It was not said whose it is (${me.status}${words(me)}).`)],
    };
  }
  return {
    findings: [
      ok(
        'Gitea identity',
        `acts as ${login}. Nothing that ${login} says on pull requests decides, and Gitea lets nobody approve their own: if ${login} is a person who is to review, make an account for Phasewright.`,
      ),
      judge(scopes),
    ],
    acting: { login },
  };
}

const words = ({ said }: Answer): string => (said === '' ? '' : `: ${said}`);

/**
 * Undefined: not known. Gitea tells a token's scopes only where one of them is missing, so what hardly any token may is asked for,
 * and only read.
 */
async function scopesOf(inspector: Inspector, me: Answer): Promise<readonly string[] | undefined> {
  const answers = [me, await inspector.ask('/admin/cron'), await inspector.ask('/notifications?limit=1')];
  for (const { said } of answers) {
    const named = /token scope=([\w:,-]*)/.exec(said)?.[1];
    if (named !== undefined) return named.split(',').filter((scope) => scope !== '');
  }
  return undefined;
}

function judge(scopes: readonly string[] | undefined): Diagnostic {
  const wanted = needed.map(([scope]) => scope).join(', ');
  if (scopes === undefined)
    return ok('Gitea token', `Gitea does not tell its scopes, of which it has many. It needs ${wanted}.`);
  const has = (scope: string): boolean =>
    ['all', scope, scope.replace('read:', 'write:')].some((one) => scopes.includes(one));
  const missing = needed.filter(([scope]) => !has(scope));
  if (missing.length > 0)
    return problem(
      'Gitea token',
      `It has ${scopes.join(', ') || 'no scope'}; missing: ${missing.map(([scope, why]) => `${scope} (${why})`).join('; ')}. ${renew}`,
    );
  if (scopes.includes('public-only'))
    return warning(
      'Gitea token',
      `It has ${scopes.join(', ')}: enough for public repositories only. For others make one with access to all repositories.`,
    );
  return ok('Gitea token', scopes.join(', '));
}
