/**
 * As whom we speak: a token, or a GitHub App with one token per repository. @octokit/auth-app only signs for the App. Its
 * tokens are made here: its own cache knows an installation by its number alone, whatever the host, and keeps a token that
 * GitHub no longer takes; its hook waits and repeats a refused request by itself.
 */
import { createPrivateKey } from 'node:crypto';
import { createAppAuth } from '@octokit/auth-app';
import type { Octokit } from '@octokit/rest';
import type { Operation } from '../refusal.ts';
import { isAnswer, toGitHubError } from './errors.ts';
import type { Redact } from '../wire.ts';
import type { GitHubAuth } from '../../../domain/code-host/github-access.ts';
import type { Limits } from '../rate-limits.ts';
import type { Hosted } from '../repositories.ts';
import type { Secrets } from '../secrets.ts';
import type { Transport } from './transport.ts';
import { appNotInstalled, badKey } from './error-meanings.ts';

export interface Identity {
  readonly login: string;
  readonly bot: boolean;
}

export interface Credential {
  readonly token: string;
  /** Made a moment ago: a refusal may only mean that not all of GitHub knows it yet. */
  readonly fresh: boolean;
}

export interface Credentials {
  /** Names what a rate limit is counted by. */
  limitsOf(repository: Hosted): Promise<string>;
  current(repository: Hosted): Promise<Credential>;
  /** Another one instead of this, which was refused; undefined: there is no other. */
  renewed(repository: Hosted, refused: Credential): Promise<Credential | undefined>;
  identity(): Promise<Identity>;
}

export interface CredentialParts {
  readonly auth: GitHubAuth;
  readonly transport: Transport;
  readonly limits: Limits;
  readonly secrets: Secrets;
  readonly clock: () => number;
}

export function createCredentials(parts: CredentialParts): Credentials {
  return parts.auth.kind === 'token' ? ofToken(parts, parts.auth.token) : ofApp(parts, parts.auth);
}

const tokenKey = 'token';

function ofToken({ transport, limits, secrets }: CredentialParts, token: string): Credentials {
  secrets.hide(token, 'GITHUB_TOKEN');
  const octokit = transport.octokit(async (send) => {
    limits.gate(tokenKey);
    return send(`token ${token}`).catch((error: unknown) => {
      limits.learn(tokenKey, error);
      throw error;
    });
  });
  const operation: Operation = { on: "this token's account", what: 'read whose it is', write: false };
  return {
    limitsOf: async () => tokenKey,
    current: async () => ({ token, fresh: false }),
    renewed: async () => undefined,
    identity: once(() =>
      named(operation, secrets.redact, async () => {
        const { data } = await octokit.rest.users.getAuthenticated();
        return { login: text(data.login), bot: data.type === 'Bot' };
      }),
    ),
  };
}

const appKey = 'app';
/** GitHub's tokens of an App last an hour; one with less than this left is replaced, so that a long push outlives it. */
const enoughLeftMs = 5 * 60_000;
const freshMs = 60_000;

interface InstallationToken {
  readonly token: string;
  readonly madeAt: number;
  readonly expiresAt: number;
}

function ofApp(parts: CredentialParts, auth: Extract<GitHubAuth, { kind: 'app' }>): Credentials {
  const { transport, limits, secrets, clock } = parts;
  const { appId } = auth;
  secrets.hide(auth.privateKey, 'GITHUB_APP_KEY');
  // In environment files, lines of a key are often parted by the two characters \\n.
  const privateKey = auth.privateKey.replaceAll('\\n', '\n');
  if (!isPrivateKey(privateKey)) throw badKey(appId);
  const octokit: Octokit = transport.octokit(
    async (send) => {
      limits.gate(appKey);
      return send().catch((error: unknown) => {
        limits.learn(appKey, error);
        throw error;
      });
    },
    { authStrategy: createAppAuth, auth: { appId, privateKey } },
  );
  /** For addresses that @octokit/auth-app does not know as the App's own. */
  const signed = transport.octokit(async (send) => {
    const { token } = (await octokit.auth({ type: 'app' })) as { readonly token: string };
    return send(`bearer ${token}`);
  });
  const installations = new Map<string, Promise<number>>();
  const tokens = new Map<string, Promise<InstallationToken>>();
  /** Repositories that GitHub knows by another name now. */
  const renamed = new Map<string, number>();

  const installationOf = (repository: Hosted): Promise<number> =>
    auth.installationId === null
      ? remembered(installations, keyOf(repository), () => findInstallation(repository))
      : Promise.resolve(auth.installationId);

  async function findInstallation(repository: Hosted): Promise<number> {
    const { owner, name: repo, label } = repository;
    const ask = (find: () => Promise<{ readonly data: unknown }>) =>
      named({ on: label, what: 'find the installation of the App', write: false }, secrets.redact, async () =>
        installationId((await find()).data),
      );
    return ask(() => octokit.rest.apps.getRepoInstallation({ owner, repo }))
      .catch((error: unknown) => {
        const id = isAnswer(error, 'moved') ? error.repositoryId : undefined;
        if (id === undefined) throw error;
        renamed.set(keyOf(repository), id);
        return ask(() => signed.request('GET /repositories/{id}/installation', { id }));
      })
      .catch((error: unknown) => {
        throw isAnswer(error, 'missing') ? appNotInstalled(label, error.said) : error;
      });
  }

  async function makeToken(repository: Hosted): Promise<InstallationToken> {
    const installation = await installationOf(repository);
    const id = renamed.get(keyOf(repository));
    const operation: Operation = { on: repository.label, what: 'make a token for the App', write: false };
    return named(operation, secrets.redact, async () => {
      const { data, headers } = await octokit.rest.apps.createInstallationAccessToken({
        installation_id: installation,
        // Good for this repository and no other one.
        ...(id === undefined ? { repositories: [repository.name] } : { repository_ids: [id] }),
      });
      const madeAt = clock();
      secrets.hide(text(data.token), 'GITHUB_TOKEN');
      // By GitHub's own clock; ours may be wrong.
      const life = Date.parse(data.expires_at) - (Date.parse(headers.date ?? '') || madeAt);
      if (Number.isNaN(life)) throw new TypeError('a token without an end');
      return { token: data.token, madeAt, expiresAt: madeAt + life };
    }).catch((error: unknown) => {
      // Removed and installed again, it has another number.
      installations.delete(keyOf(repository));
      throw isAnswer(error, 'missing', 'invalid') ? appNotInstalled(repository.label, error.said) : error;
    });
  }

  async function current(repository: Hosted): Promise<Credential> {
    const key = keyOf(repository);
    const known = await tokens.get(key);
    if (known !== undefined && known.expiresAt - clock() < enoughLeftMs) tokens.delete(key);
    const { token, madeAt } = await remembered(tokens, key, () => makeToken(repository));
    return { token, fresh: clock() - madeAt < freshMs };
  }

  const operation: Operation = { on: `App ${appId}`, what: 'read its name', write: false };
  return {
    limitsOf: async (repository) => `installation ${await installationOf(repository)}`,
    current,
    async renewed(repository, refused) {
      if (refused.fresh) return undefined;
      const key = keyOf(repository);
      if ((await tokens.get(key))?.token === refused.token) tokens.delete(key);
      return current(repository);
    },
    identity: once(() =>
      named(operation, secrets.redact, async () => {
        const { data } = await octokit.rest.apps.getAuthenticated();
        return { login: `${text(data?.slug)}[bot]`, bot: true };
      }),
    ),
  };
}

function installationId(data: unknown): number {
  const id: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'id') : undefined;
  if (!Number.isInteger(id)) throw new TypeError('an installation without an id');
  return id as number;
}

const keyOf = ({ owner, name }: Hosted): string => `${owner}/${name}`.toLowerCase();

const text = (value: string | undefined): string => {
  if (typeof value !== 'string' || value === '') throw new TypeError('a name or token is missing');
  return value;
};

async function named<T>(operation: Operation, redact: Redact, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toGitHubError(error, operation, redact);
  }
}

/** One at a time for each key, kept when it worked. */
function remembered<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  made.catch(() => {
    if (map.get(key) === made) map.delete(key);
  });
  return made;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  const map = new Map<string, Promise<T>>();
  return () => remembered(map, '', make);
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
