/** A token: whose it is, and what it may. https://docs.gitea.com/development/oauth2-provider#scopes */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import { readLogin } from '../answers.schema.ts';
import type { Client } from '../client.ts';
import { type GiteaError, isAnswer } from '../errors.ts';

/** Undefined: no use in looking further. */
export interface Acting {
  readonly login: string;
}

/** What a worker's token must be allowed, and what for. */
export const neededScopes = [
  ['write:repository', 'branches are pushed, pull requests opened and merged, statuses set'],
  ['write:issue', 'comments and labels are written'],
  ['read:user', 'it is asked whose it is'],
] as const;

const renew =
  "The scopes of a token can't be changed: make another one (your picture, Settings, Applications, Manage Access Tokens) with repository and issue 'Read and Write' and user 'Read', and delete this one.";

export async function diagnoseToken(
  client: Client,
): Promise<{ readonly findings: readonly Diagnostic[]; readonly acting?: Acting }> {
  const me = await client.own('read whose it is', '/user', readLogin).catch(unlessRefused);
  const judged = judge(await scopesOf(client, me));
  if (typeof me !== 'string')
    return { findings: [judged.state === 'problem' ? judged : problem('Gitea token', me.message)] };
  return {
    findings: [
      ok(
        'Gitea identity',
        `acts as ${me}. Nothing that ${me} says on pull requests decides, and Gitea lets nobody approve their own: if ${me} is a person who is to review, make an account for Phasewright.`,
      ),
      judged,
    ],
    acting: { login: me },
  };
}

const unlessRefused = (error: unknown): GiteaError => {
  if (isAnswer(error, 'refused')) return error;
  throw error;
};

/**
 * Undefined: not known. Gitea tells a token's scopes only where one of them is missing, so what hardly any token may is asked for,
 * and only read.
 */
async function scopesOf(client: Client, me: string | GiteaError): Promise<readonly string[] | undefined> {
  const probe = (path: string) => client.own('read its scopes', path, () => '').catch(unlessRefused);
  const answers = [me, await probe('/admin/cron'), await probe('/notifications?limit=1')];
  for (const answer of answers) {
    const named = typeof answer !== 'string' ? /token scope=([\w:,-]*)/.exec(answer.said)?.[1] : undefined;
    if (named !== undefined) return named.split(',').filter((scope) => scope !== '');
  }
  return undefined;
}

function judge(scopes: readonly string[] | undefined): Diagnostic {
  const wanted = neededScopes.map(([scope]) => scope).join(', ');
  if (scopes === undefined)
    return ok('Gitea token', `Gitea does not tell its scopes, of which it has many. It needs ${wanted}.`);
  const has = (scope: string): boolean =>
    ['all', scope, scope.replace('read:', 'write:')].some((one) => scopes.includes(one));
  const missing = neededScopes.filter(([scope]) => !has(scope));
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
