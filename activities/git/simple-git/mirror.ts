/**
 * The bare mirror of a repository on this host. What must stay true: its config is ours to the byte (an agent that shares it
 * through its worktree may have written there), it knows no remote by name (so that nothing can be pushed by accident), one
 * process changes it at a time, and it can be thrown away: all that matters is on the remote.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { PortError } from '../../support/errors.ts';
import type { Command, Output, Run } from './command.ts';
import { lockInTheWay, mayBeCorrupt, missesObject } from './errors.ts';
import { runDetached, unlessAborted } from '../../support/current-run.ts';
import { withFileLock } from '../../support/file-lock.ts';
import { clearGitLock } from './git-locks.ts';
import type { HostedGit } from '../port.ts';
import { agentIdentity, digest, type Remote } from './map.ts';
import { readOptional } from './files.ts';
import { readRefs } from './refs.ts';

export interface Mirror {
  readonly remote: Remote;
  /** Short digest of the remote: names its folders. */
  readonly key: string;
  readonly folder: string;
  readonly gitDir: string;
}

export type GitOptions = Omit<Partial<Command>, 'verb' | 'args'>;

export interface Mirrors {
  of(repository: RepositoryRef): Mirror;
  /** The mirror, made if it is missing; `fresh`: it has never been fetched. */
  ensure(repository: RepositoryRef): Promise<Mirror & { readonly fresh: boolean }>;
  readonly fetch: (repository: RepositoryRef) => Promise<void>;
  /** A command in the mirror (or, with `gitDir` and `workTree`, in one of its worktrees). Waits for git's locks. */
  git(mirror: Mirror, verb: string, args: readonly string[], options?: GitOptions): Promise<Output>;
  /** Runs `body`; if an object is missing, fetches and runs it once more; if the mirror is damaged, rebuilds it first. */
  withObjects<T>(repository: RepositoryRef, body: (mirror: Mirror) => Promise<T>): Promise<T>;
  /** Alone in the mirror, in this process and others. */
  alone<T>(mirror: Mirror, body: () => Promise<T>): Promise<T>;
  /** The refs that we set ourselves, workspace branches apart: what they should be. Read and written only `alone`. */
  readLedger(mirror: Mirror): Promise<Map<string, string>>;
  writeLedger(mirror: Mirror, refs: ReadonlyMap<string, string>): Promise<void>;
  /** What of the mirror's own files is not as we left it; the harmless part is put back without a word. */
  configChange(mirror: Mirror): Promise<string | null>;
}

const headText = 'ref: refs/heads/none-of-phasewright\n';
const lockWaitMs = 15_000;

function configText(ignoreCase: boolean): string {
  return [
    '# Made and kept by Phasewright; changes are undone.',
    '[core]',
    '\trepositoryformatversion = 0',
    `\tfilemode = ${process.platform !== 'win32'}`,
    '\tbare = true',
    ...(ignoreCase ? ['\tignorecase = true'] : []),
    '\tlogallrefupdates = false',
    '[user]',
    `\tname = ${agentIdentity.name}`,
    `\temail = ${agentIdentity.email}`,
    '[push]',
    '\tdefault = nothing',
    '[gc]',
    '\tauto = 0',
    '[maintenance]',
    '\tauto = false',
    '',
  ].join('\n');
}

export interface MirrorsOptions {
  readonly dataDir: string;
  readonly run: Run;
  readonly remoteOf: (repository: RepositoryRef) => Remote;
  readonly hosted: HostedGit | undefined;
}

export function createMirrors({ dataDir, run, remoteOf, hosted }: MirrorsOptions): Mirrors {
  const of = (repository: RepositoryRef): Mirror => {
    const remote = remoteOf(repository);
    const key = digest(remote.url, 16);
    const folder = join(dataDir, 'mirrors', key);
    return { remote, key, folder, gitDir: join(folder, 'mirror.git') };
  };
  const alone: Mirrors['alone'] = (mirror, body) =>
    withFileLock(mirror.folder, body, { waitMs: 10 * 60_000 });
  const expectedConfig = (mirror: Mirror) => configText(existsSync(join(mirror.folder, 'MIRROR.GIT')));
  const isWhole = ({ gitDir }: Mirror) =>
    ['config', 'HEAD', 'objects', 'refs'].every((name) => existsSync(join(gitDir, name)));

  /** The bytes of an empty bare repository; git itself would add templates, and defaults that change between versions. */
  async function make(mirror: Mirror): Promise<void> {
    await mkdir(join(mirror.gitDir, 'objects', 'pack'), { recursive: true, mode: 0o700 });
    await mkdir(join(mirror.gitDir, 'refs', 'heads'), { recursive: true });
    await writeFile(join(mirror.gitDir, 'HEAD'), headText);
    await writeFile(join(mirror.folder, 'remote'), `${mirror.remote.label}\n`);
    await rm(join(mirror.folder, 'refs.json'), { force: true });
    await writeFile(join(mirror.gitDir, 'config'), expectedConfig(mirror));
  }

  const ensure: Mirrors['ensure'] = async (repository) => {
    const mirror = of(repository);
    if (!isWhole(mirror)) await alone(mirror, async () => (isWhole(mirror) ? undefined : make(mirror)));
    return { ...mirror, fresh: !existsSync(join(mirror.folder, 'refs.json')) };
  };

  /** Puts back what would let somebody else's configuration act in our git. Cheap: three small files per command. */
  async function guard(mirror: Mirror): Promise<void> {
    const config = join(mirror.gitDir, 'config');
    try {
      if (readFileSync(config, 'utf8') !== expectedConfig(mirror))
        await writeFile(config, expectedConfig(mirror));
      if (readFileSync(join(mirror.gitDir, 'HEAD'), 'utf8') !== headText)
        await writeFile(join(mirror.gitDir, 'HEAD'), headText);
    } catch {
      throw new PortError(
        'GitFailed',
        `The mirror ${mirror.gitDir} is not a git repository: its config cannot be read.`,
      );
    }
    if (existsSync(join(mirror.gitDir, 'info', 'attributes')))
      await rm(join(mirror.gitDir, 'info', 'attributes'));
  }

  const git: Mirrors['git'] = async (mirror, verb, args, options = {}) => {
    const command: Command = {
      verb,
      args,
      cwd: mirror.gitDir,
      gitDir: mirror.gitDir,
      ...options,
      ...(options.network === true ? await credentialFor(mirror.remote) : {}),
    };
    await guard(mirror);
    for (let tries = 1; ; tries += 1) {
      try {
        return await run(command);
      } catch (error) {
        const lock = lockInTheWay(error);
        const ours = lock !== undefined && lock.startsWith(mirror.gitDir);
        if (!ours || tries > 5 || !(await clearGitLock(lock, [mirror.gitDir, command.cwd], lockWaitMs)))
          throw error;
      }
    }
  };

  /** Asked anew for each command: the tokens of an App last an hour. */
  async function credentialFor({ hosted: repository }: Remote): Promise<Pick<Command, 'credential'>> {
    if (repository === undefined || hosted === undefined) return {};
    const authorization = await hosted.authorization(repository.owner, repository.name);
    return { credential: { url: hosted.webUrl, authorization } };
  }

  async function fetchAlone(mirror: Mirror): Promise<void> {
    const { remote } = mirror;
    await git(
      mirror,
      'fetch',
      [
        '--prune',
        '--no-tags',
        '--no-write-fetch-head',
        '--no-auto-maintenance',
        '--no-recurse-submodules',
        ...(remote.local ? [] : ['--progress']),
        '--end-of-options',
        remote.url,
        '+refs/heads/*:refs/remotes/origin/*',
      ],
      { network: !remote.local },
    );
    const ledger = new Map(
      [...(await readLedger(mirror))].filter(([ref]) => !ref.startsWith('refs/remotes/')),
    );
    for (const [ref, sha] of await readRefs(mirror.gitDir))
      if (ref.startsWith('refs/remotes/')) ledger.set(ref, sha);
    await writeLedger(mirror, ledger);
  }

  /** Replaces a damaged mirror; what can still be read of our own refs (candidates not yet landed) is taken along. */
  async function rebuild(mirror: Mirror): Promise<void> {
    const broken = `${mirror.gitDir}.broken`;
    await rm(broken, { recursive: true, force: true });
    await rename(mirror.gitDir, broken).catch(() => undefined);
    await make(mirror);
    const salvage = [
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--end-of-options',
      broken,
    ];
    await git(mirror, 'fetch', [
      ...salvage,
      '+refs/phasewright/*:refs/phasewright/*',
      '+refs/heads/*:refs/heads/*',
    ]).catch(() => undefined);
    await writeLedger(
      mirror,
      new Map([...(await readRefs(mirror.gitDir))].filter(([ref]) => ref.startsWith('refs/phasewright/'))),
    );
    await fetchAlone(mirror);
    await rm(broken, { recursive: true, force: true });
  }

  async function isDamaged(mirror: Mirror): Promise<boolean> {
    if (!isWhole(mirror)) return true;
    return git(mirror, 'fsck', ['--no-dangling', '--no-progress']).then(
      () => false,
      () => true,
    );
  }

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
          await rebuild(mirror);
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
      if (mayBeCorrupt(error) && (await isDamaged(mirror))) await alone(mirror, () => rebuild(mirror));
      else if (missesObject(error)) await fetch(repository);
      else throw error;
      return body(mirror);
    }
  };

  async function readLedger(mirror: Mirror): Promise<Map<string, string>> {
    const text = await readOptional(join(mirror.folder, 'refs.json'));
    return new Map(Object.entries(text === undefined ? {} : (JSON.parse(text) as Record<string, string>)));
  }
  async function writeLedger(mirror: Mirror, refs: ReadonlyMap<string, string>): Promise<void> {
    const file = join(mirror.folder, 'refs.json');
    await writeFile(`${file}.${process.pid}.new`, JSON.stringify(Object.fromEntries(refs)));
    await rename(`${file}.${process.pid}.new`, file);
  }

  const configChange: Mirrors['configChange'] = async (mirror) => {
    const config = (await readOptional(join(mirror.gitDir, 'config'))) ?? '';
    const head = (await readOptional(join(mirror.gitDir, 'HEAD'))) ?? '';
    // Tools that manage hooks write these two as a matter of course; our git never runs a hook.
    await rm(join(mirror.gitDir, 'hooks'), { recursive: true, force: true });
    const lines = (text: string) => text.split('\n').filter((line) => !/^\s*hookspath\s*=/i.test(line));
    const added = lines(config).filter((line) => !lines(expectedConfig(mirror)).includes(line));
    const removed = lines(expectedConfig(mirror)).filter((line) => !lines(config).includes(line));
    const info = await readdir(join(mirror.gitDir, 'info')).catch((): string[] => []);
    await guard(mirror);
    if (added.length > 0 || removed.length > 0)
      return `changed the git configuration (${[...added, ...removed]
        .map((line) => line.trim())
        .slice(0, 5)
        .join('; ')})`;
    if (head !== headText) return 'changed HEAD of the shared repository';
    if (info.includes('attributes') || info.includes('grafts'))
      return 'wrote attributes or grafts into the git folder';
    return null;
  };

  return { of, ensure, fetch, git, withObjects, alone, readLedger, writeLedger, configChange };
}
