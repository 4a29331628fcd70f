/** Who one is: people, Apps and their installations. */
import { randomBytes } from 'node:crypto';
import { forbidden, invalid, notFound, Refusal } from '../refusal.ts';
import { hookConfigBody } from '../bodies/hooks.ts';
import { appBody, ownUserBody, userBody, type Body } from '../bodies/users.ts';
import { ok, paged, type Routes } from '../route.ts';
import type { App, Grants } from '../state.ts';
import { repositoryOf, timestamp, type World } from '../world.ts';

function installationBody(world: World, app: App): Body {
  const url = `${world.url}/app/installations/${app.installationId}`;
  const owner = userBody(world, app.owner);
  return {
    id: app.installationId,
    account: owner,
    repository_selection: app.repositories === null ? 'all' : 'selected',
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${world.url}/installation/repositories`,
    html_url: `${world.url}/settings/installations/${app.installationId}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: owner['id'],
    target_type: 'User',
    permissions: app.grants,
    events: app.events,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    single_file_name: null,
    suspended_by: app.suspended ? owner : null,
    suspended_at: app.suspended ? timestamp(world.now()) : null,
  };
}

/** A token for less than the installation may, if less is asked for. */
function issueToken(world: World, app: App, wanted: Wanted): Body {
  const grants = wanted.permissions ?? app.grants;
  const byId = [...world.repositories.values()].filter(({ id }) => wanted.repository_ids?.includes(id));
  const named = wanted.repositories?.map((name) => `${app.owner}/${name}`);
  if (named?.some((name) => !world.repositories.has(name.toLowerCase())) === true)
    throw new Refusal(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  const repositories =
    named ?? (wanted.repository_ids ? byId.map(({ fullName }) => fullName) : app.repositories);
  const token = `ghs_${randomBytes(18).toString('hex')}`;
  const expiresAt = new Date(world.now().getTime() + app.tokenLifetimeMs);
  const login = `${app.slug}[bot]`;
  world.credentials.set(token, {
    token,
    login,
    kind: 'installation',
    scopes: [],
    grants,
    repositories,
    app,
    expiresAt,
    revoked: false,
    requests: 0,
  });
  world.effects.add('tokensIssued', { repository: '', by: login });
  return {
    token,
    expires_at: timestamp(expiresAt),
    permissions: grants,
    repository_selection: repositories === null ? 'all' : 'selected',
  };
}

interface Wanted {
  readonly permissions?: Grants;
  readonly repositories?: readonly string[];
  readonly repository_ids?: readonly number[];
}

function rateLimitBody(): Body {
  const reset = Math.floor(Date.now() / 1000) + 3600;
  const limit = (most: number): Body => ({ limit: most, remaining: most, reset, used: 0 });
  const resources = { core: limit(5000), search: limit(30), graphql: limit(5000) };
  return { resources, rate: resources.core };
}

export const identityRoutes = {
  'GET /user': {
    on: 'account',
    handle({ world, credential }) {
      if (credential.kind === 'installation') throw forbidden('Resource not accessible by integration');
      return ok(ownUserBody(world, credential.login));
    },
  },
  'GET /rate_limit': { on: 'account', handle: () => ok(rateLimitBody()) },
  'GET /app': { on: 'app', handle: ({ world, app }) => ok(appBody(world, app.slug)) },
  'GET /app/hook/config': {
    on: 'app',
    handle({ app }) {
      if (app.hook === null) throw notFound();
      return ok(hookConfigBody(app.hook));
    },
  },
  'GET /app/installations': {
    on: 'app',
    handle: (call) => paged(call, [call.app], (apps) => apps.map((app) => installationBody(call.world, app))),
  },
  'GET /repos/{owner}/{repo}/installation': {
    on: 'app',
    handle({ world, app, params }) {
      const { owner, fullName } = repositoryOf(world, `${params['owner']}/${params['repo']}`);
      if (owner !== app.owner || !(app.repositories?.includes(fullName) ?? true)) throw notFound();
      return ok(installationBody(world, app));
    },
  },
  'POST /app/installations/{installation_id}/access_tokens': {
    on: 'app',
    handle({ world, app, params, body }) {
      if (Number(params['installation_id']) !== app.installationId) throw notFound();
      if (app.suspended) throw forbidden('This installation has been suspended');
      const wanted = body as Wanted;
      const missing = Object.keys(wanted.permissions ?? {}).some((name) => !(name in app.grants));
      if (missing)
        throw invalid({
          resource: 'Installation',
          code: 'custom',
          message: 'The permissions requested are not granted to this installation.',
        });
      return ok(issueToken(world, app, wanted), 201);
    },
  },
} satisfies Routes;
