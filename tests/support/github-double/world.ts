/** The double's memory and clock, and who may do what. */
import { createDeliveries } from './webhooks.ts';
import { createEffects } from './effects.ts';
import { createHistory, type History } from './history.ts';
import { movedTo, notFound } from './refusal.ts';
import type { Account, App, Credential, Permission, Repository } from './state.ts';

export interface World {
  /** Where the double answers; without a slash at the end. */
  url: string;
  readonly folder: string;
  readonly accounts: Map<string, Account>;
  readonly credentials: Map<string, Credential>;
  readonly apps: Map<string, App>;
  /** By lower-case full name. */
  readonly repositories: Map<string, Repository>;
  /** By the lower-case full names that they had. */
  readonly renamed: Map<string, Repository>;
  readonly effects: ReturnType<typeof createEffects>;
  readonly deliveries: ReturnType<typeof createDeliveries>;
  readonly history: History;
  /** Who pushes to a repository over HTTP at this moment, by the repository's id. */
  readonly pushing: Map<number, string>;
  /** The last push in line, by the repository's id. */
  readonly turns: Map<number, Promise<unknown>>;
  /** True while something is looked at that happened on disk. */
  onDisk: boolean;
  /** Events of what happened on disk. */
  readonly untold: Parameters<World['deliveries']['add']>[0][];
  /** How many answers say `mergeable: null` after a change of head or base. */
  unknownMergeableReads: number;
  /** GitHub's times have no fractions of a second. */
  now(): Date;
  advance(ms: number): void;
  /** Counts up over everything that has an id. */
  nextId(): number;
}

export function createWorld(folder: string): World {
  let ahead = 0;
  let id = 3_000_000_000;
  return {
    url: '',
    folder,
    accounts: new Map(),
    credentials: new Map(),
    apps: new Map(),
    repositories: new Map(),
    renamed: new Map(),
    effects: createEffects(),
    deliveries: createDeliveries(),
    history: createHistory(),
    pushing: new Map(),
    turns: new Map(),
    onDisk: false,
    untold: [],
    unknownMergeableReads: 1,
    now: () => new Date(Math.floor((Date.now() + ahead) / 1000) * 1000),
    advance: (ms) => void (ahead += ms),
    nextId: () => (id += 1),
  };
}

export function accountOf(world: World, login: string): Account {
  const account = world.accounts.get(login.toLowerCase());
  if (account === undefined) throw new Error(`The double knows no ${login}; add it with addUser.`);
  return account;
}

export function appOf(world: World, slug: string): App {
  const app = world.apps.get(slug);
  if (app === undefined) throw new Error(`The double knows no App ${slug}.`);
  return app;
}

export function repositoryOf(world: World, fullName: string): Repository {
  const repository = world.repositories.get(fullName.toLowerCase());
  if (repository !== undefined) return repository;
  const now = world.renamed.get(fullName.toLowerCase());
  throw now === undefined ? notFound() : movedTo(now);
}

export function permissionOf(world: World, repository: Repository, login: string): Permission {
  const own = repository.permissions.get(login.toLowerCase());
  const permission = own ?? world.accounts.get(login.toLowerCase())?.permission ?? 'none';
  return permission === 'none' && !repository.options.private ? 'read' : permission;
}

const ladder: readonly Permission[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

export const reaches = (has: Permission, needed: Permission): boolean =>
  ladder.indexOf(has) >= ladder.indexOf(needed);

/** As GitHub writes times. */
export const timestamp = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');
