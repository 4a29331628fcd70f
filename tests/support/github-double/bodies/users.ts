import { createHash } from 'node:crypto';
import { accountOf, type World } from '../world.ts';

export type Body = Readonly<Record<string, unknown>>;

export const nodeId = (kind: string, id: number): string => Buffer.from(`${kind}${id}`).toString('base64url');

export function userBody(world: World, login: string): Body {
  const { id, type } = accountOf(world, login);
  const url = `${world.url}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId('U', id),
    avatar_url: `${world.url}/avatars/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `${world.url}/${type === 'Bot' ? `apps/${login.replace('[bot]', '')}` : login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** Null for somebody who is not known. */
export const userOrNull = (world: World, login: string | null): Body | null =>
  login === null ? null : userBody(world, login);

export function ownUserBody(world: World, login: string): Body {
  const since = '2020-01-01T00:00:00Z';
  return {
    ...userBody(world, login),
    name: login,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: since,
    updated_at: since,
  };
}

/** A name as git has it for what this account does on GitHub. */
export function gitPerson(world: World, login: string): { readonly name: string; readonly email: string } {
  return { name: login, email: `${accountOf(world, login).id}+${login}@users.noreply.github.com` };
}

export function appBody(world: World, slug: string): Body {
  const app = world.apps.get(slug);
  const id = app?.id ?? Number.parseInt(createHash('sha256').update(slug).digest('hex').slice(0, 6), 16);
  const owner = app?.owner ?? [...world.accounts.values()].find(({ type }) => type === 'User')?.login;
  return {
    id,
    slug,
    node_id: nodeId('A', id),
    owner: userBody(world, owner ?? `${slug}[bot]`),
    name: slug,
    description: null,
    external_url: `${world.url}/apps/${slug}/about`,
    html_url: `${world.url}/apps/${slug}`,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    permissions: app?.grants ?? { metadata: 'read' },
    events: app?.events ?? [],
  };
}
