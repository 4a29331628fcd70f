/** GitHub on 127.0.0.1 for tests: its REST API, git over HTTP, webhooks, and its bad days. See README.md. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addApp,
  addUser,
  createRepository,
  protectionOf,
  renameRepository,
  type AppCredentials,
  type AppOptions,
  type ProtectionOptions,
  type UserOptions,
} from './accounts.ts';
import { observe } from './actions/observe.ts';
import { hookOf, type HookOptions } from './bodies/hooks.ts';
import type { Effects } from './effects.ts';
import type { Exchange } from './exchanges.ts';
import { createFaults, type FaultRule } from './faults.ts';
import { createPeople, type People } from './people.ts';
import { createGitHubServer } from './server.ts';
import type { Permission, PullRequest, RepositoryOptions } from './state.ts';
import { createValidator } from './validate.ts';
import type { Deliveries, Delivery, DeliveryMode, WebhookTarget } from './webhooks.ts';
import { appOf, createWorld, repositoryOf } from './world.ts';

export { faults } from './faults.ts';

export interface GitHubDoubleOptions {
  readonly webhook?: WebhookTarget;
  /** How many times a pull request's `mergeable` is `null` after its head or base changed; 1 if left out. */
  readonly unknownMergeableReads?: number;
}

export interface GitHubDouble extends People {
  /** Base URL of the API and of git: `<url>/<owner>/<name>.git`. Enterprise's form is `<url>/api/v3`. */
  readonly url: string;
  close(): Promise<void>;

  /** Bare, with a first commit on main; answers with its path, for people who push with plain git. */
  createRepository(fullName: string, options?: Partial<RepositoryOptions>): string;
  /** Within its owner. The old name sends on to the new one. */
  renameRepository(fullName: string, name: string): void;
  setRepositoryOptions(fullName: string, options: Partial<RepositoryOptions>): void;
  /** Null takes it away. */
  setProtection(fullName: string, branch: string, rules: ProtectionOptions | null): void;
  addUser(login: string, options?: UserOptions): string;
  setPermission(login: string, fullName: string, permission: Permission): void;
  addApp(options: AppOptions): AppCredentials;
  /** Null: the one that events are delivered to. Events go nowhere else than to `setWebhook`. */
  setHooks(fullName: string, hooks: readonly HookOptions[] | null): void;
  suspend(slug: string): void;
  /** For the tokens of installations that are asked for from now on. */
  setTokenLifetime(slug: string, ms: number): void;
  /** Tokens of this login, or this one token, are worth nothing from now on. */
  revoke(loginOrToken: string): void;
  /** Every token that it knows or has made, for tests that look for them elsewhere. */
  tokens(): readonly string[];

  /** Moves the double's clock on; its times have whole seconds. */
  advance(ms: number): void;
  /** Now, for `faults.staleReads`. */
  moment(): number;
  /** Looks at pushes that were made on disk, and sends their events; `as`: who made those that nothing has looked at yet. */
  notice(as?: string): void;
  setUnknownMergeableReads(reads: number): void;
  setWebhook(target: WebhookTarget | null): void;
  setDelivery(mode: DeliveryMode): void;
  readonly deliveries: readonly Delivery[];
  readonly redeliver: Deliveries['redeliver'];
  readonly forge: Deliveries['forge'];
  /** When no delivery is under way. */
  readonly settled: Deliveries['settled'];

  fail(rule: FaultRule): void;
  /** How many faults were not hit yet. */
  faultsLeft(): number;
  clearFaults(): void;

  readonly effects: Effects;
  readonly exchanges: readonly Exchange[];
  /** Exchanges that differ from GitHub's description, or that the double cannot answer: a test expects none. */
  nonConforming(): readonly Exchange[];
  /** As it is now, pushes on disk included. */
  pullRequest(fullName: string, number: number): Readonly<PullRequest> | undefined;
  /** The branch's tip; null: no such branch. */
  tip(fullName: string, branch: string): string | null;
}

export async function startGitHubDouble(options: GitHubDoubleOptions = {}): Promise<GitHubDouble> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'github-double-')));
  const world = createWorld(folder);
  world.unknownMergeableReads = options.unknownMergeableReads ?? 1;
  world.deliveries.target = options.webhook ?? null;
  const faults = createFaults();
  const { server, exchanges } = createGitHubServer(world, faults, createValidator());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const seen = (fullName: string) => {
    const repository = repositoryOf(world, fullName);
    observe(world, repository);
    return repository;
  };

  return {
    ...createPeople(world),
    url: world.url,
    async close() {
      world.deliveries.target = null;
      await world.deliveries.settled();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },

    createRepository: (fullName, repositoryOptions) =>
      createRepository(world, fullName, repositoryOptions).path,
    renameRepository: (fullName, name) => renameRepository(world, fullName, name),
    setRepositoryOptions(fullName, changed) {
      const repository = repositoryOf(world, fullName);
      repository.options = { ...repository.options, ...changed };
    },
    setProtection(fullName, branch, rules) {
      const { protections } = repositoryOf(world, fullName);
      if (rules === null) protections.delete(branch);
      else protections.set(branch, protectionOf(world, rules));
    },
    addUser: (login, userOptions) => addUser(world, login, userOptions),
    setPermission: (login, fullName, permission) =>
      void repositoryOf(world, fullName).permissions.set(login.toLowerCase(), permission),
    addApp: (appOptions) => addApp(world, appOptions),
    setHooks: (fullName, hooks) => void (repositoryOf(world, fullName).hooks = hooks?.map(hookOf) ?? null),
    suspend: (slug) => void (appOf(world, slug).suspended = true),
    setTokenLifetime: (slug, ms) => void (appOf(world, slug).tokenLifetimeMs = ms),
    revoke(loginOrToken) {
      for (const credential of world.credentials.values())
        if (credential.login === loginOrToken || credential.token === loginOrToken) credential.revoked = true;
    },
    tokens: () => [...world.credentials.keys()],

    advance: world.advance,
    moment: () => world.history.moment(),
    notice(as) {
      for (const repository of world.repositories.values()) observe(world, repository, as);
      for (const event of world.untold.splice(0)) world.deliveries.add(event);
    },
    setUnknownMergeableReads: (reads) => void (world.unknownMergeableReads = reads),
    setWebhook: (target) => void (world.deliveries.target = target),
    setDelivery: (mode) => void (world.deliveries.mode = mode),
    deliveries: world.deliveries.all,
    redeliver: world.deliveries.redeliver,
    forge: world.deliveries.forge,
    settled: world.deliveries.settled,

    fail: faults.add,
    faultsLeft: faults.left,
    clearFaults: faults.clear,

    effects: world.effects.all,
    exchanges,
    nonConforming: () => exchanges.filter(({ problems }) => problems.length > 0),
    pullRequest: (fullName, number) => seen(fullName).pulls.get(number),
    tip: (fullName, branch) => seen(fullName).refs.get(`refs/heads/${branch}`) ?? null,
  };
}
