/**
 * The mirrors of this host: their objects, and a ledger of each one's refs. What must stay true: only we write them, no
 * git of ours reads their configuration (each runs in a scratch folder and is given the objects alone), one process changes a
 * mirror at a time, and it can be thrown away: all that matters is on the remote.
 */
import { existsSync, lstatSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { runDetached, unlessAborted } from '../../support/current-run.ts';
import { withFileLock } from '../../support/file-lock.ts';
import type { HostedGit } from '../port.ts';
import type { Command, Run } from './command.ts';
import { mayBeCorrupt, missesObject } from './errors.ts';
import { putOurs, readOurs } from './files.ts';
import { withCredentialOf } from './hosted-credential.ts';
import { removeTree } from '../../support/remove-tree.ts';
import { digest, type Remote } from './map.ts';
import { createMaintenance } from './mirror-maintenance.ts';
import { createMirrorRepair } from './mirror-repair.ts';
import { type Mirror, type Mirrors, quiet, remoteHead } from './mirror.ts';
import { readRefs } from './refs.ts';
import { type OpenScratch, packedRefs } from './scratch.ts';

export interface MirrorsOptions {
  readonly dataDir: string;
  readonly run: Run;
  readonly openScratch: OpenScratch;
  readonly remoteOf: (repository: RepositoryRef) => Remote;
  readonly hosted: HostedGit | undefined;
  /** The worker's PATH. */
  readonly path: string;
  readonly maintainAt?: { readonly loose: number; readonly packs: number } | undefined;
}

export function createMirrors(options: MirrorsOptions): Mirrors {
  const { dataDir, run, openScratch, remoteOf, hosted } = options;
  const of = (repository: RepositoryRef): Mirror => {
    const remote = remoteOf(repository);
    const key = digest(remote.url, 16);
    const folder = join(dataDir, 'mirrors', key);
    return { remote, key, folder, gitDir: join(folder, 'mirror.git') };
  };
  const withCredential = withCredentialOf(hosted);
  const alone = <T>(mirror: Mirror, body: () => Promise<T>): Promise<T> =>
    withFileLock(mirror.folder, body, { waitMs: 10 * 60_000 });
  const objectsOf = (mirror: Mirror) => join(mirror.gitDir, 'objects');
  const ledgerOf = (mirror: Mirror) => join(mirror.folder, 'refs.json');
  const isWhole = ({ gitDir }: Mirror) =>
    existsSync(join(gitDir, 'HEAD')) && foldersOf(gitDir).every(isFolder);

  /** An empty bare repository; git itself would add templates, and defaults that change between versions. */
  async function make(mirror: Mirror): Promise<void> {
    for (const folder of [...foldersOf(mirror.gitDir), join(mirror.gitDir, 'refs')]) {
      if (!isFolder(folder)) await removeTree(folder);
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    await putOurs(join(mirror.folder, 'remote'), `${mirror.remote.label}\n`);
    await removeTree(ledgerOf(mirror));
    await putOurs(join(mirror.gitDir, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
    await putOurs(join(mirror.gitDir, 'HEAD'), 'ref: refs/heads/none-of-phasewright\n');
  }

  const ensure: Mirrors['ensure'] = async (repository) => {
    const mirror = of(repository);
    if (!isWhole(mirror)) await alone(mirror, async () => (isWhole(mirror) ? undefined : make(mirror)));
    return { ...mirror, fresh: (await findLedger(mirror)) === undefined };
  };

  const withScratch: Mirrors['withScratch'] = (mirror, options, body) =>
    openScratch({ ...options, ignoreCase: existsSync(join(mirror.folder, 'MIRROR.GIT')) }, body);

  const git: Mirrors['git'] = async (
    mirror,
    verb,
    args,
    { scratch, workTree, env, unnamed, ...options } = {},
  ) => {
    if (scratch === undefined)
      return withScratch(mirror, {}, (own) =>
        git(mirror, verb, args, {
          ...options,
          ...(env === undefined ? {} : { env }),
          ...(workTree === undefined ? {} : { workTree }),
          scratch: own,
        }),
      );
    // Whoever left this would lend us objects of theirs.
    if (existsSync(join(objectsOf(mirror), 'info')))
      await rm(join(objectsOf(mirror), 'info'), { recursive: true, force: true });
    const command: Command = {
      verb,
      args,
      cwd: workTree ?? scratch.gitDir,
      gitDir: unnamed === true ? null : scratch.gitDir,
      ...(workTree === undefined ? {} : { workTree }),
      ...options,
      env: { GIT_OBJECT_DIRECTORY: objectsOf(mirror), ...env },
    };
    if (options.network !== true) return run(command);
    return withCredential(mirror.remote, (credential) => run({ ...command, ...credential }));
  };

  /** `anew`: also what we should have already. */
  async function fetchAlone(mirror: Mirror, { anew = false } = {}): Promise<void> {
    const { remote } = mirror;
    const known = await readLedger(mirror);
    const head = known.get(remoteHead);
    const own = [...known].filter(([ref]) => ref.startsWith('refs/phasewright/'));
    const fetched = await withScratch(mirror, anew ? {} : { refs: known }, async (scratch) => {
      const progress = remote.local ? [] : ['--progress'];
      const refs = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
      const args = ['--prune', ...quiet, ...progress, '--end-of-options', remote.url, ...refs];
      await git(mirror, 'fetch', args, { network: !remote.local, scratch });
      return readRefs(scratch.gitDir);
    });
    await writeLedger(
      mirror,
      new Map([...fetched, ...own, ...(head === undefined ? [] : [[remoteHead, head] as const])]),
    );
  }

  const { mend, isDamaged, removeFalse } = createMirrorRepair({
    git: (...args) => git(...args),
    withScratch,
    readLedger,
    objectsOf,
    isWhole,
    fetchAnew: (mirror) => fetchAlone(mirror, { anew: true }),
    async startOver(mirror, salvage) {
      await make(mirror);
      await writeLedger(mirror, await salvage());
      await fetchAlone(mirror);
    },
  });
  const vouch: Mirrors['vouch'] = async (mirror) => {
    if (await removeFalse(mirror)) await alone(mirror, () => mend(mirror));
  };

  const maintenance = createMaintenance({
    ...{ withScratch, objectsOf, removeFalse, path: options.path },
    aloneNow: (mirror, body) => withFileLock(mirror.folder, body, { waitMs: 0 }),
    ...(options.maintainAt === undefined ? {} : { limits: options.maintainAt }),
  });

  // A fetch that has not begun yet serves everyone who asks for one in the meantime.
  const waiting = new Map<string, Promise<void>>();
  const fetch: Mirrors['fetch'] = async (repository) => {
    const mirror = await ensure(repository);
    const next = waiting.get(mirror.gitDir);
    if (next !== undefined) return unlessAborted(next);
    // Others may wait for it too: it goes on when the try that began it is cancelled.
    const mine = runDetached(() =>
      alone(mirror, async () => {
        waiting.delete(mirror.gitDir);
        try {
          await fetchAlone(mirror);
        } catch (error) {
          if (!mayBeCorrupt(error) || !(await isDamaged(mirror))) throw error;
          await mend(mirror);
        }
      }).finally(() => {
        if (waiting.get(mirror.gitDir) === mine) waiting.delete(mirror.gitDir);
      }),
    );
    waiting.set(mirror.gitDir, mine);
    return unlessAborted(mine);
  };

  const withObjects: Mirrors['withObjects'] = async (repository, body) => {
    const mirror = await ensure(repository);
    if (mirror.fresh) await fetch(repository);
    try {
      return await body(mirror);
    } catch (error) {
      if (!mayBeCorrupt(error) && !missesObject(error)) throw error;
      if (mayBeCorrupt(error) && (await isDamaged(mirror))) await alone(mirror, () => mend(mirror));
      else await fetch(repository);
      return body(mirror);
    }
  };

  /** Undefined: there is none that we wrote. */
  async function findLedger(mirror: Mirror): Promise<Map<string, string> | undefined> {
    try {
      const read: unknown = JSON.parse((await readOurs(ledgerOf(mirror))) ?? '');
      return typeof read === 'object' && read !== null
        ? new Map(Object.entries(read).filter(([, sha]) => typeof sha === 'string'))
        : undefined;
    } catch {
      return undefined;
    }
  }
  async function readLedger(mirror: Mirror): Promise<Map<string, string>> {
    return (await findLedger(mirror)) ?? new Map<string, string>();
  }
  async function writeLedger(mirror: Mirror, refs: ReadonlyMap<string, string>): Promise<void> {
    await putOurs(ledgerOf(mirror), JSON.stringify(Object.fromEntries(refs)));
    await putOurs(join(mirror.gitDir, 'packed-refs'), packedRefs(refs));
  }
  const changeLedger: Mirrors['changeLedger'] = (mirror, change) =>
    alone(mirror, async () => {
      const refs = await readLedger(mirror);
      const before = JSON.stringify([...refs]);
      change(refs);
      if (JSON.stringify([...refs]) !== before) await writeLedger(mirror, refs);
    });

  return {
    ...{ of, ensure, fetch, git, withScratch, withObjects, vouch, readLedger, changeLedger },
    maintainSoon: (repository) => maintenance.soon(of(repository)),
  };
}

/** Those that a mirror can't be without; a link would lead what we write elsewhere. */
const foldersOf = (gitDir: string): readonly string[] =>
  ['.', 'objects', 'objects/pack'].map((name) => join(gitDir, name));

const isFolder = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
