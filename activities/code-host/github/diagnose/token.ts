/** A token: whose it is, what it may, and how long. https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import { PortError } from '../../../support/errors.ts';
import { isAnswer } from '../errors.ts';
import type { Access } from './access.ts';
import type { Inspector } from './inspector.ts';
import { answered, type Headers } from './server.ts';

export async function diagnoseToken(inspector: Inspector): Promise<Access> {
  const seen = await inspector
    .ask("this token's account", 'read whose it is', (octokit) => octokit.rest.users.getAuthenticated())
    .catch((error: unknown) => {
      if (isAnswer(error, 'refused')) throw belongsToNobody(error.message);
      throw error;
    });
  const { headers, data } = seen;
  const scopes = scopesOf(headers);
  const { login } = data;
  return {
    findings: [
      ...answered(inspector, headers),
      identity(login, data.type === 'Bot'),
      ...(scopes === undefined ? [fineGrained] : classic(scopes)),
      ...expiry(headers),
    ],
    acting: {
      login,
      kind: scopes === undefined ? 'fine-grained' : 'classic',
      publicOnly: scopes !== undefined && !scopes.includes('repo'),
      events: null,
    },
  };
}

const belongsToNobody = (said: string): PortError =>
  new PortError(
    'CodeHostRefused',
    `${said} The token that a GitHub Actions job gets by itself, and those of an App's installation, belong to no account: give a personal access token, or the App itself (PHASEWRIGHT_GITHUB_APP_ID, PHASEWRIGHT_GITHUB_APP_KEY).`,
  );

const identity = (login: string, bot: boolean): Diagnostic =>
  ok(
    'GitHub identity',
    `acts as ${login}.${bot ? '' : ` Nothing that ${login} says on pull requests decides, and GitHub lets nobody approve their own: if ${login} is a person who is to review, use an App or a machine user.`}`,
  );

/** Undefined: the header is missing, as for fine-grained tokens. */
function scopesOf(headers: Headers): readonly string[] | undefined {
  const header = headers['x-oauth-scopes'];
  if (header === undefined) return undefined;
  return String(header)
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => scope !== '');
}

function classic(scopes: readonly string[]): readonly Diagnostic[] {
  const named = scopes.length === 0 ? 'no scope' : scopes.join(', ');
  const renew = 'Edit the token on GitHub (Settings, Developer settings, Tokens (classic)) and tick';
  const main = scopes.includes('repo')
    ? ok('GitHub token', `a classic one with ${named}`)
    : scopes.includes('public_repo')
      ? warning(
          'GitHub token',
          `A classic one with ${named}: enough for public repositories only. ${renew} 'repo' for private ones.`,
        )
      : problem('GitHub token', `A classic one with ${named}: it may change nothing. ${renew} 'repo'.`);
  const workflows = scopes.includes('workflow')
    ? []
    : [
        warning(
          'Workflow files',
          `The scope 'workflow' is missing: a push that changes .github/workflows is refused. If agents may do that, ${renew.replace('Edit', 'edit')} 'workflow'.`,
        ),
      ];
  return [main, ...workflows];
}

const fineGrained: Diagnostic = warning(
  'GitHub token',
  "A fine-grained one: GitHub tells nobody what it may. It needs for the repository: Contents, Pull requests and Commit statuses 'Read and write', Metadata 'Read-only'; Workflows 'Read and write' if agents may change .github/workflows. What it may read is tried below; what it may write is not, since that would change something.",
);

const day = 86_400_000;
const soonMs = 7 * day;

/** By GitHub's clock. The header has `2026-12-01 10:00:00 UTC`, or an offset instead of the name. */
function expiry(headers: Headers): readonly Diagnostic[] {
  const header = headers['github-authentication-token-expiration'];
  const at = Date.parse(String(header));
  const now = Date.parse(String(headers['date']));
  if (header === undefined || Number.isNaN(at) || Number.isNaN(now)) return [];
  const left = Math.floor((at - now) / day);
  const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  return [
    at - now < soonMs
      ? warning(
          'Token expiry',
          `It ends at ${when} UTC, in ${left < 1 ? 'less than a day' : `${left} days`}. Projects wait from then on: make a new one in time and restart the worker with it.`,
        )
      : ok('Token expiry', `${when} UTC, in ${left} days`),
  ];
}
