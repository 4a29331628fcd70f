/** A GitHub App: its own settings, its installation on the repository, and the rights that it was granted there. */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import { webhookEvents } from '../../../../domain/code-host/webhook-events.ts';
import type { Access } from './access.ts';
import type { GitHubAuth } from '../../../../domain/code-host/github-access.ts';
import { isAnswer } from '../errors.ts';
import type { Inspector, Named } from './inspector.ts';
import { answered } from './server.ts';

type AppAuth = Extract<GitHubAuth, { kind: 'app' }>;
type Grants = Readonly<Record<string, string | undefined>>;

/** Of an installation, as GitHub answers. */
interface Installation {
  readonly id: number;
  readonly html_url: string;
  readonly permissions: object;
  readonly events: readonly string[];
  readonly suspended_at: string | null;
  readonly repository_selection: string;
  readonly account: { readonly login?: string; readonly slug?: string } | null;
}

const needed = [
  ['contents', 'write', 'branches are pushed and merged'],
  ['pull_requests', 'write', 'phases become pull requests'],
  ['statuses', 'write', 'a gate shows on its commit'],
  ['metadata', 'read', 'the repository is seen'],
] as const;
const useful = [
  ['checks', 'read', 'without it, what check runs say of a commit is left out'],
  ['workflows', 'write', 'without it, a push that changes .github/workflows is refused'],
] as const;

export async function diagnoseApp(
  inspector: Inspector,
  auth: AppAuth,
  repository: Named | null,
): Promise<Access> {
  const on = `App ${auth.appId}`;
  const { data: app, headers } = await inspector.ask(on, 'read its name', (octokit) =>
    octokit.rest.apps.getAuthenticated(),
  );
  const name = app?.slug ?? on;
  const login = `${name}[bot]`;
  const known = [
    ...answered(inspector, headers),
    ok('GitHub identity', `acts as ${login}, the App ${auth.appId}`),
  ];
  if (repository === null) return { findings: [...known, ...(await installations(inspector, auth, on))] };

  const { owner, name: repo } = repository;
  const label = `${owner}/${repo}`;
  const installation = await inspector
    .ask(label, 'find the installation of the App', (octokit) =>
      octokit.rest.apps.getRepoInstallation({ owner, repo }),
    )
    .then(({ data }): Installation => data)
    .catch((error: unknown) => {
      if (isAnswer(error, 'missing')) return undefined;
      throw error;
    });
  if (installation === undefined) {
    const where = `${app?.html_url ?? 'the page of the App'}/installations/new`;
    const detail = `${name} is not installed on ${label}, or there is no such repository. Install it at ${where}, with access to this repository.`;
    return { findings: [...known, problem('Installation', detail)] };
  }
  const wrong = unusable(installation, auth, label);
  if (wrong !== undefined) return { findings: [...known, wrong] };
  return {
    findings: [
      ...known,
      ok(
        'Installation',
        `${installation.id} on ${label} (${installation.repository_selection} repositories)`,
      ),
      ...rights(installation, (app?.permissions ?? {}) as Grants),
    ],
    acting: { login, kind: 'app', publicOnly: false, events: installation.events },
  };
}

function unusable(installation: Installation, auth: AppAuth, label: string): Diagnostic | undefined {
  const { id, suspended_at: suspended, html_url: page } = installation;
  if (suspended !== null)
    return problem(
      'Installation',
      `The App's installation on ${label} is suspended since ${suspended}. Whoever owns the repository lifts that at ${page}.`,
    );
  if (auth.installationId !== null && auth.installationId !== id)
    return problem(
      'Installation',
      `PHASEWRIGHT_GITHUB_APP_INSTALLATION is ${auth.installationId}, but ${label} has the installation ${id}. Set it to that, or leave it out: it is looked up for each repository.`,
    );
  return undefined;
}

function rights(installation: Installation, asked: Grants): readonly Diagnostic[] {
  const granted = installation.permissions as Grants;
  const has = (grants: Grants, name: string, level: string): boolean =>
    grants[name] === 'write' || grants[name] === level;
  const lacks = needed.filter(([name, level]) => !has(granted, name, level));
  const line = ([name, level, why]: readonly [string, string, string]) => `${name}: ${level} (${why})`;
  const mend = (names: readonly (readonly [string, string, string])[]) =>
    names.every(([name, level]) => has(asked, name, level))
      ? `The App asks for that, and the installation's owner has not accepted it yet: ${installation.html_url}.`
      : `Add that in the App's settings (Permissions & events, Repository permissions), then accept it at ${installation.html_url}.`;
  const optional = useful.filter(([name, level]) => !has(granted, name, level));
  return [
    lacks.length === 0
      ? ok('Permissions', needed.map(([name, level]) => `${name}: ${level}`).join(', '))
      : problem('Permissions', `Missing: ${lacks.map(line).join('; ')}. ${mend(lacks)}`),
    ...(optional.length === 0
      ? []
      : [
          warning(
            'Optional permissions',
            `Missing: ${optional.map(line).join('; ')}. Only if that matters: ${mend(optional)}`,
          ),
        ]),
  ];
}

/** Which of the events that matter the App does not subscribe to. */
export const missingEvents = (events: readonly string[]): readonly string[] =>
  events.includes('*') ? [] : webhookEvents.github.filter((event) => !events.includes(event));

async function installations(
  inspector: Inspector,
  auth: AppAuth,
  on: string,
): Promise<readonly Diagnostic[]> {
  const found = await inspector.ask(on, 'list its installations', async (octokit) => {
    const list: readonly Installation[] = await octokit.paginate(octokit.rest.apps.listInstallations, {
      per_page: 100,
    });
    return list;
  });
  const named = found.map(({ account, suspended_at: suspended }) => {
    const login = account?.login ?? account?.slug ?? 'somebody';
    return suspended === null ? login : `${login} (suspended)`;
  });
  if (found.length === 0)
    return [problem('Installation', 'The App is installed nowhere. Install it where your repositories are.')];
  const given = auth.installationId;
  if (given !== null && !found.some(({ id }) => id === given))
    return [
      problem(
        'Installation',
        `PHASEWRIGHT_GITHUB_APP_INSTALLATION is ${given}, which is none of this App's: ${found.map(({ id }) => id).join(', ')}. Leave it out: it is looked up for each repository.`,
      ),
    ];
  return [ok('Installation', `with ${named.join(', ')}. '--repository owner/name' looks at one repository.`)];
}
