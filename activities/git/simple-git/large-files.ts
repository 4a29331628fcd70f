/**
 * Contents that Git LFS keeps beside the commits: had before files are made of a commit, and given to the remote before a commit
 * that names them. What must stay true: its program runs only where the operator allows the filter, `lfs`, and the configuration
 * of the worker's user defines it; none of it depends on hooks, which are off.
 */
import { join } from 'node:path';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { readCommit } from '../../support/repository-facts.ts';
import type { Git, RefUpdate } from '../port.ts';
import type { Setting } from './filters.ts';
import { objectId, refName } from './map.ts';
import type { GitOptions, Mirror, Mirrors } from './mirror.ts';

export const isLargeFileFilter = ([key]: Setting): boolean => key.startsWith('filter.lfs.');

/** Where LFS finds and leaves contents, for its filter in a ground: the filter itself then needs no network. */
export const largeFileSettings = ({ folder, remote }: Mirror): readonly Setting[] => [
  ['lfs.storage', join(folder, 'lfs')],
  ['remote.origin.url', remote.url],
  // Who may edit what is between people.
  ['lfs.locksVerify', 'false'],
];

type Moving = Pick<Git, 'prepare' | 'checkOut' | 'push'>;

interface Parts {
  readonly mirrors: Mirrors;
  /** Of the filters that may run. */
  readonly settings: () => Promise<readonly Setting[]>;
}

/** The same port, which brings large files along. */
export function withLargeFiles<G extends Moving>(git: G, { mirrors, settings }: Parts): G {
  const has = new Map<string, Promise<void>>();

  const ask = (mirror: Mirror, commit: string) =>
    readCommit(
      ([verb, ...args]) =>
        mirrors
          .git(mirror, verb, args, { codes: [1], env: { GIT_LITERAL_PATHSPECS: '0' } })
          .then(({ text }) => text),
      objectId(commit),
    );

  async function lfs(
    repository: RepositoryRef,
    commits: readonly string[],
    args: (mirror: Mirror) => readonly string[],
    options: Pick<GitOptions, 'stdin'> = {},
  ): Promise<void> {
    const allowed = await settings();
    if (!allowed.some(isLargeFileFilter)) return;
    await mirrors.withObjects(repository, async (mirror) => {
      const facts = await Promise.all(commits.map((commit) => ask(mirror, commit)));
      if (!facts.some(({ filters }) => filters.some(({ filter }) => filter === 'lfs'))) return;
      const refs = await mirrors.readLedger(mirror);
      const config = [...allowed, ...largeFileSettings(mirror)];
      await mirrors.withScratch(mirror, { refs, config }, (scratch) =>
        mirrors.git(mirror, 'lfs', args(mirror), {
          ...options,
          scratch,
          network: !mirror.remote.local,
          unnamed: true,
        }),
      );
    });
  }

  /** Once for a commit, unless it failed. */
  function bring(repository: RepositoryRef, commit: string): Promise<void> {
    const key = `${mirrors.of(repository).key} ${commit}`;
    const known = has.get(key);
    if (known !== undefined) return known;
    const brought = lfs(repository, [commit], () => ['fetch', 'origin', objectId(commit)]);
    has.set(key, brought);
    brought.catch(() => has.delete(key));
    return brought;
  }

  return {
    ...git,
    async prepare(workspace, state) {
      await bring(workspace.repository, state.startSha);
      return git.prepare(workspace, state);
    },
    async checkOut(workspace, wanted) {
      await bring(workspace.repository, wanted.sha);
      return git.checkOut(workspace, wanted);
    },
    async push(workspace, updates, fence, options) {
      const branches = updates.filter(isNewBranchHead);
      await lfs(
        workspace.repository,
        branches.map(({ sha }) => sha),
        ({ remote }) => ['pre-push', 'origin', remote.url],
        { stdin: branches.map(prePushLine).join('') },
      );
      return git.push(workspace, updates, fence, options);
    },
  };
}

const isNewBranchHead = (update: RefUpdate): update is RefUpdate & { readonly sha: string } =>
  update.ref.startsWith('refs/heads/') && update.sha !== null && update.sha !== update.expected;

/** As git tells a hook what it is about to push. */
const prePushLine = ({ ref, expected, sha }: RefUpdate & { readonly sha: string }): string =>
  `${refName(ref)} ${objectId(sha)} ${ref} ${expected ?? '0'.repeat(40)}\n`;
