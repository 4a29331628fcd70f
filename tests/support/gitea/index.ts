/** A Gitea server with people, their tokens and repositories, made as an administrator makes them: by its commands and its REST API. */
import { randomBytes } from 'node:crypto';
import { type GiteaServer, startGiteaServer } from './server.ts';

export interface Gitea extends GiteaServer {
  /** REST under `/api/v1`, as the administrator or whoever has this token; what it answered. Fails with what Gitea said. */
  api<T = unknown>(method: string, path: string, body?: unknown, token?: string): Promise<T>;
  /** With a token of these scopes; by default what a machine user needs. */
  addUser(login: string, scopes?: readonly string[]): Promise<GiteaUser>;
  /** `owner/name`, with a branch `main` of one commit; the owner is an organisation, made if need be. */
  createRepository(fullName: string, writers?: readonly GiteaUser[]): Promise<void>;
  /** For git over HTTP, with somebody's credentials in it. */
  remote(repository: string, as: GiteaUser): string;
}

export interface GiteaUser {
  readonly login: string;
  readonly token: string;
  /** For the Web UI, and what a token may not. */
  readonly password: string;
}

const machineScopes = ['write:repository', 'write:issue', 'read:user', 'read:organization'] as const;

export async function startGitea(): Promise<Gitea> {
  const server = await startGiteaServer();
  const owner = { login: 'owner', password: password() };
  const create = ['--username', owner.login, '--password', owner.password, '--email', mail(owner.login)];
  await server.command('admin', 'user', 'create', '--admin', '--must-change-password=false', ...create);
  const owners = `Basic ${Buffer.from(`${owner.login}:${owner.password}`).toString('base64')}`;
  const organisations = new Set<string>();

  const api: Gitea['api'] = async <T>(method: string, path: string, body?: unknown, token?: string) => {
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: token === undefined ? owners : `token ${token}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Gitea answered ${answer.status} to ${method} ${path}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    ...server,
    api,
    async addUser(login, scopes = machineScopes) {
      const user = { username: login, email: mail(login), password: password(), must_change_password: false };
      await api('POST', '/admin/users', user);
      const token = { name: 'of the tests', scopes };
      const { sha1 } = await api<{ sha1: string }>('POST', `/users/${login}/tokens`, token);
      return { login, token: sha1, password: user.password };
    },
    async createRepository(fullName, writers = []) {
      const [organisation = '', name = ''] = fullName.split('/');
      if (!organisations.has(organisation)) await api('POST', '/orgs', { username: organisation });
      organisations.add(organisation);
      await api('POST', `/orgs/${organisation}/repos`, { name, auto_init: true, default_branch: 'main' });
      for (const { login } of writers)
        await api('PUT', `/repos/${fullName}/collaborators/${login}`, { permission: 'write' });
    },
    remote: (repository, { login, token }) =>
      `${server.url.replace('//', `//${login}:${token}@`)}/${repository}.git`,
  };
}

const password = (): string => randomBytes(16).toString('hex');
const mail = (login: string): string => `${login}@example.invalid`;
