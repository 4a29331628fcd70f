/** People, Apps and repositories that a test sets up. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { commitTree, git, gitEnvironment, listRefs } from './git.ts';
import { hookOf, type HookOptions } from './bodies/hooks.ts';
import { installUpdateHook } from './git-http.ts';
import type { Credential, Grants, Permission, Protection, Repository, RepositoryOptions } from './state.ts';
import { repositoryOf, type World } from './world.ts';

export interface UserOptions {
  /** Whether it is a person, or an App with a token at hand (then the login ends in `[bot]`). */
  readonly kind?: 'user' | 'app';
  readonly token?: string;
  /** On every repository that says nothing else; `write` if left out. */
  readonly permission?: Permission;
  /** A classic token's scopes; left out together with `grants`: `repo`. */
  readonly scopes?: readonly string[];
  /** Makes it a fine-grained token, or limits an App. */
  readonly grants?: Grants;
  /** Full names that the token is for; left out: all. */
  readonly repositories?: readonly string[];
  readonly expiresAt?: Date;
}

/** What Phasewright's own App asks for, and what most tests need. */
const usualGrants: Grants = {
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  statuses: 'write',
  checks: 'write',
  metadata: 'read',
};

/** The account's login. */
export function addUser(world: World, name: string, options: UserOptions = {}): string {
  const { kind = 'user', permission = 'write', token, grants, scopes } = options;
  const app = kind === 'app';
  const login = app && !name.endsWith('[bot]') ? `${name}[bot]` : name;
  const known = world.accounts.get(login.toLowerCase());
  const type = app ? 'Bot' : 'User';
  world.accounts.set(login.toLowerCase(), { id: known?.id ?? world.nextId(), login, type, permission });
  if (token !== undefined)
    addCredential(world, {
      token,
      login,
      kind: app ? 'installation' : grants === undefined ? 'classic' : 'fine-grained',
      scopes: scopes ?? (grants === undefined && !app ? ['repo'] : []),
      grants: grants ?? (app ? usualGrants : null),
      repositories: options.repositories ?? null,
      expiresAt: options.expiresAt ?? null,
    });
  return login;
}

function addCredential(world: World, credential: Omit<Credential, 'app' | 'revoked' | 'requests'>): void {
  world.credentials.set(credential.token, { ...credential, app: null, revoked: false, requests: 0 });
}

export interface AppOptions {
  readonly slug: string;
  /** Whose repositories it is installed on. */
  readonly owner: string;
  readonly grants?: Grants;
  readonly repositories?: readonly string[];
  readonly events?: readonly string[];
  readonly hook?: HookOptions;
  readonly tokenLifetimeMs?: number;
}

export interface AppCredentials {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  readonly installationId: number;
  readonly slug: string;
  /** Whom its tokens act as. */
  readonly login: string;
}

export function addApp(world: World, { slug, owner, ...options }: AppOptions): AppCredentials {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const login = addUser(world, slug, { kind: 'app' });
  const appId = 400_000 + world.apps.size;
  const installationId = 50_000_000 + world.apps.size;
  world.apps.set(slug, {
    id: appId,
    slug,
    owner,
    publicKey,
    installationId,
    grants: options.grants ?? usualGrants,
    repositories: options.repositories ?? null,
    events: options.events ?? [],
    hook: options.hook === undefined ? null : hookOf(options.hook),
    suspended: false,
    tokenLifetimeMs: options.tokenLifetimeMs ?? 3_600_000,
  });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { appId, privateKey: pem, installationId, slug, login };
}

/** A bare repository with a first commit on `main`. Its owner becomes an account with the right to everything. */
export function createRepository(
  world: World,
  fullName: string,
  options: Partial<RepositoryOptions> = {},
): Repository {
  const [owner = '', name = ''] = fullName.split('/');
  const path = join(world.folder, owner, `${name}.git`);
  mkdirSync(path, { recursive: true });
  git(path, ['init', '--quiet', '--bare', '--initial-branch=main']);
  for (const [key, value] of [
    ['receive.autogc', 'false'],
    ['receive.hideRefs', 'refs/pull'],
    ['uploadpack.allowAnySHA1InWant', 'true'],
    ['http.receivepack', 'true'],
  ] as const)
    git(path, ['config', key, value]);
  mkdirSync(join(path, 'hooks'), { recursive: true });
  installUpdateHook(path);
  firstCommit(path, name);

  if (!world.accounts.has(owner.toLowerCase())) addUser(world, owner, { permission: 'none' });
  const now = world.now();
  const repository: Repository = {
    id: world.nextId(),
    owner,
    name,
    fullName,
    path,
    createdAt: now,
    pushedAt: now,
    hooks: null,
    nextNumber: 1,
    options: {
      allowMergeCommit: true,
      allowSquashMerge: true,
      allowRebaseMerge: true,
      deleteBranchOnMerge: false,
      private: false,
      archived: false,
      ...options,
    },
    refs: listRefs(path),
    renamed: new Map(),
    permissions: new Map([[owner.toLowerCase(), 'admin']]),
    protections: new Map(),
    pulls: new Map(),
    labels: new Map(),
    statuses: [],
    checkRuns: [],
  };
  world.repositories.set(fullName.toLowerCase(), repository);
  return repository;
}

export function renameRepository(world: World, fullName: string, name: string): void {
  const repository = repositoryOf(world, fullName);
  const key = fullName.toLowerCase();
  world.repositories.delete(key);
  world.renamed.set(key, repository);
  repository.name = name;
  repository.fullName = `${repository.owner}/${name}`;
  world.repositories.set(repository.fullName.toLowerCase(), repository);
}

function firstCommit(path: string, name: string): void {
  const blob = git(path, ['hash-object', '-w', '--stdin'], gitEnvironment(), `# ${name}\n`).out;
  const tree = git(path, ['mktree'], gitEnvironment(), `100644 blob ${blob}\tREADME.md\n`).out;
  const sha = commitTree(path, { tree, parents: [], message: 'First commit' });
  git(path, ['update-ref', 'refs/heads/main', sha]);
}

export type ProtectionOptions = Partial<Omit<Protection, 'id'>>;

export const protectionOf = (world: World, options: ProtectionOptions): Protection => ({
  id: world.nextId(),
  requiredChecks: [],
  strict: false,
  requiredReviews: 0,
  dismissStaleReviews: false,
  requirePullRequest: (options.requiredReviews ?? 0) > 0,
  enforceAdmins: false,
  linearHistory: false,
  signatures: false,
  codeOwners: false,
  deployments: [],
  hidden: [],
  bypass: [],
  kinds: [],
  pushers: null,
  kind: 'protection',
  ...options,
});
