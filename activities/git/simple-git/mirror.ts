/** The bare mirror of a repository on this host, as the parts of this room use it. */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { Command, Output } from './command.ts';
import type { Remote } from './map.ts';
import type { Scratch, ScratchOptions } from './scratch.ts';

export interface Mirror {
  readonly remote: Remote;
  /** Short digest of the remote: names its folders. */
  readonly key: string;
  readonly folder: string;
  /** A bare repository for people who look; of ours, only its objects are used. */
  readonly gitDir: string;
}

export interface GitOptions extends Pick<Partial<Command>, 'env' | 'stdin' | 'network' | 'codes' | 'limit'> {
  /** Where it runs; default: one that is made for this command. */
  readonly scratch?: Scratch;
  /** The files that it works on. */
  readonly workTree?: string;
  /** Finds its git folder by where it runs: a program of it that looks at another repository would take a named one for that. */
  readonly unnamed?: boolean;
}

export interface Mirrors {
  of(repository: RepositoryRef): Mirror;
  /** The mirror, made if it is missing; `fresh`: it has never been fetched. */
  ensure(repository: RepositoryRef): Promise<Mirror & { readonly fresh: boolean }>;
  readonly fetch: (repository: RepositoryRef) => Promise<void>;
  /** A command on the mirror's objects. */
  git(mirror: Mirror, verb: string, args: readonly string[], options?: GitOptions): Promise<Output>;
  /** A git folder for commands that belong together: they share an index. */
  withScratch<T>(
    mirror: Mirror,
    options: Omit<ScratchOptions, 'ignoreCase'>,
    body: (scratch: Scratch) => Promise<T>,
  ): Promise<T>;
  /** Runs `body`; if an object is missing, fetches and runs it once more; if the mirror is damaged, rebuilds it first. */
  withObjects<T>(repository: RepositoryRef, body: (mirror: Mirror) => Promise<T>): Promise<T>;
  /** Before files are made of objects: those that are not what they are named for are removed, and had again from the remote. */
  vouch(mirror: Mirror): Promise<void>;
  /** The refs as we know them: branches and tags of the remote as of the last fetch, and hidden ones that keep commits. */
  readLedger(mirror: Mirror): Promise<Map<string, string>>;
  /** Its objects are packed, if there is enough to do; nobody waits for it. */
  maintainSoon(repository: RepositoryRef): void;
  /** Alone in the mirror, in this process and others. */
  changeLedger(mirror: Mirror, change: (refs: Map<string, string>) => void): Promise<void>;
}

/** Options of a fetch that does nothing but fetch. */
export const quiet = [
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
];

/** What a ledger holds beside ids: where the remote's HEAD points. */
export const remoteHead = 'refs/remotes/origin/HEAD';
