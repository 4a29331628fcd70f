/** Git through simple-git: the adapter, put together. See README.md for what it needs, promises and leaves alone. */
import { realpathSync, mkdirSync } from 'node:fs';
import type { Git, HostedGit } from '../port.ts';
import type { CommitIdentities } from '../../../domain/model/git.ts';
import type { NamespaceIdentity } from '../../../domain/model/namespace.ts';
import { defaultKeptLimits, type KeptLimits } from '../../../domain/model/kept-limits.ts';
import { type ChangeLimits, defaultChangeLimits } from '../../../domain/model/quota.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { createBaseBranch } from './base-branch.ts';
import { createRunner } from './command.ts';
import { createExamine } from './examine.ts';
import { isOutOfReach } from './errors.ts';
import { ourIdentities, remoteOf as remoteAt } from './map.ts';
import { isLargeFileFilter, largeFileSettings, withLargeFiles } from './large-files.ts';
import type { Mirror } from './mirror.ts';
import { createMirrors } from './mirrors.ts';
import { createObjects } from './objects.ts';
import { createRemote } from './remote.ts';
import { createExcludes } from './excludes.ts';
import { allowedFilters } from './filters.ts';
import { createGrounds } from './grounds/index.ts';
import { createIndexes } from './grounds/indexes.ts';
import { openGround } from './grounds/parts.ts';
import { createPool } from './grounds/pool.ts';
import { createRecords } from './grounds/records.ts';
import { createSamePatch } from './patches.ts';
import { createReplay } from './replay.ts';
import { trusting } from './safe-directories.ts';
import { createScratches } from './scratch.ts';
import { createTrash } from './trash.ts';

export interface SimpleGitOptions {
  /** Absolute. Mirrors under `mirrors/`, agents' clones and checks' checkouts under `worktrees/`. */
  readonly dataDir: string;
  readonly hostId: string;
  /** Whose workflows the grounds made here are for; default: their records don't say. */
  readonly namespace?: NamespaceIdentity | undefined;
  /** Told of every git process: its verb and how long it took. */
  readonly onCommand?: (verb: string, ms: number) => void;
  /** Where PATH comes from, and for remotes on other machines HOME, SSH_AUTH_SOCK and proxies. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of more variables that the person's credential helpers read. */
  readonly passes?: readonly string[];
  /** As whom commits are made, where it isn't us. */
  readonly identities?: Partial<CommitIdentities>;
  /** Where `owner/name` repositories are, and as whom we reach them. Default: github.com, with the person's own credentials. */
  readonly hosted?: HostedGit | undefined;
  /** Names of filters that the operator allows; their programs are those of the user's own git configuration. */
  readonly filters?: readonly string[] | undefined;
  readonly changeLimits?: ChangeLimits | undefined;
  /** How many grounds are kept for the next workspaces; default: `defaultKeptLimits`. */
  readonly kept?: KeptLimits | undefined;
  /** So many loose objects or packs of a mirror are worth packing; for tests. */
  readonly maintainAt?: { readonly loose: number; readonly packs: number } | undefined;
}

export function createSimpleGit(options: SimpleGitOptions): Git {
  const { dataDir: given, hostId, namespace, onCommand, env, hosted, filters = [] } = options;
  mkdirSync(given, { recursive: true, mode: 0o700 });
  // Git writes resolved paths into its own files; we compare with them.
  const dataDir = realpathSync(given);
  const run = trusting(createRunner({ env, onCommand, passes: options.passes ?? [] }));
  const remoteOf = (repository: RepositoryRef) =>
    remoteAt(repository, hosted?.webUrl ?? 'https://github.com');
  const openScratch = createScratches(dataDir);
  const path = env['PATH'] ?? '/usr/bin:/bin';
  const mirrors = createMirrors({
    ...{ dataDir, run, openScratch, remoteOf, hosted, path },
    maintainAt: options.maintainAt,
  });
  const records = createRecords({ dataDir, remoteOf, namespace });
  const identities = { ...ourIdentities, ...options.identities };
  const objects = createObjects(mirrors, identities);
  const remoteSide = createRemote({ mirrors, objects, namespace, identities });
  const opening = {
    mirrors,
    excludes: createExcludes(run, env),
    filters: async (mirror: Mirror) => {
      const settings = await allowedFilters(run, filters);
      return settings.some(isLargeFileFilter) ? [...settings, ...largeFileSettings(mirror)] : settings;
    },
    limits: options.changeLimits ?? defaultChangeLimits,
  };
  const trash = createTrash({ dataDir, path });
  const indexes = createIndexes();
  const { remove, madeBy, ...groundsPort } = createGrounds({
    ...opening,
    ...{ records, indexes, trash, hostId, namespace, path },
    pool: createPool({
      ...{ dataDir, trash, indexes },
      limits: options.kept ?? defaultKeptLimits,
      open: (mirror, place, body) => openGround(opening, mirror, place, body),
    }),
    extras: new Map(),
    knownTree: objects.knownTree,
  });
  const { list, removeHidden, ...remotePort } = remoteSide;

  const port: Git = {
    fetch: mirrors.fetch,
    ...createBaseBranch({ mirrors, run, list }),
    examine: createExamine({ mirrors, run, filters }),
    ...remotePort,
    ...objects.port,
    replay: createReplay(mirrors, objects),
    samePatch: createSamePatch(mirrors, objects),
    ...groundsPort,
    async close(workspace, fence) {
      const by = await madeBy(workspace);
      if (by === 'others') return;
      await remove(workspace);
      try {
        // Who never had a ground may know a fence only from reading it.
        await removeHidden(workspace, fence, { written: by === 'us' });
        mirrors.maintainSoon(workspace.repository);
      } catch (error) {
        // A repository that is gone has nothing left to clean, and one that lets nobody in is left as it is.
        if (!isOutOfReach(error)) throw error;
      }
    },
  };
  return withLargeFiles(port, { mirrors, settings: () => allowedFilters(run, filters) });
}
