/**
 * Reading and writing the remote. Every push is atomic, names the value it expects of each ref, and moves the workspace's fence
 * from the value we know to a new commit: whoever lost the workspace can't write any more. An answer that got lost is not
 * guessed at: the remote is read.
 */
import type { CommitIdentities, Fence } from '../../../domain/model/git.ts';
import type { NamespaceIdentity } from '../../../domain/model/namespace.ts';
import type { RepositoryRef, WorkspaceRef } from '../../../domain/model/project.ts';
import { PortError } from '../../support/errors.ts';
import type { Git, PushResult, RefUpdate } from '../port.ts';
import { missesObject, refusal, wasRejected } from './errors.ts';
import { refusalCode, refusalText } from './refusals.ts';
import {
  branchesOf,
  emptyTree,
  epochRef,
  hiddenRefs,
  objectId,
  readRemoteRefs,
  refName,
  type RemoteRefs,
} from './map.ts';
import type { Mirror, Mirrors } from './mirror.ts';
import type { Objects } from './objects.ts';
import { createRecentStates } from './recent-states.ts';

export interface RemotePort
  extends Pick<Git, 'remoteBranches' | 'remoteRef' | 'remoteState' | 'recentState' | 'push'> {
  readonly list: (repository: RepositoryRef, patterns: readonly string[]) => Promise<RemoteRefs>;
  /**
   * Hidden refs of a workspace off the remote, unless they belong to another host or another namespace by now. `written`: this
   * host is known to have written this fence, so that it need not be looked at if it is still there.
   */
  readonly removeHidden: (
    workspace: WorkspaceRef,
    fence: Fence,
    known: { readonly written: boolean },
  ) => Promise<void>;
}

/**
 * The receiving side is a program on this machine when the remote is a path; it starts with a clean environment, so this is
 * how it learns to run nobody's hooks, to keep off a checked-out branch, and to start no maintenance.
 */
const quietReceiver =
  'git -c core.hooksPath=/dev/null -c receive.denyCurrentBranch=refuse -c receive.autogc=false receive-pack';

export function createRemote({
  mirrors,
  objects,
  namespace,
  identities,
}: {
  readonly mirrors: Mirrors;
  readonly objects: Objects;
  /** The fence's too: rules of a remote look at every commit of a push. */
  readonly identities: CommitIdentities;
  readonly namespace: NamespaceIdentity | undefined;
}): RemotePort {
  const list: RemotePort['list'] = async (repository, patterns) => {
    const mirror = await mirrors.ensure(repository);
    const args = ['--symref', '--end-of-options', mirror.remote.url, ...patterns];
    const { text } = await mirrors.git(mirror, 'ls-remote', args, { network: !mirror.remote.local });
    return readRemoteRefs(text);
  };

  const remoteRef: Git['remoteRef'] = async (repository, ref) =>
    (await list(repository, [refName(ref)])).refs.get(ref) ?? null;

  /** The fence's next value: the same for a repeat of the same push, and dated as what it pushes: remotes have rules on dates, too. */
  async function nextFence(
    workspace: WorkspaceRef,
    mirror: Mirror,
    updates: readonly RefUpdate[],
    fence: Fence,
  ): Promise<string> {
    const pushed = updates.flatMap(({ sha }) => sha ?? []);
    const date = `@${await objects.newestDate(mirror, pushed)} +0000`;
    const what = updates
      .map(({ ref, expected, sha }) => `${ref} ${expected ?? 'absent'} -> ${sha ?? 'absent'}`)
      .join('\n');
    const whose = namespace === undefined ? '' : `\nNamespace: ${namespace.id}\n`;
    const message = `Epoch ${fence.epoch} of ${workspace.owner}\n\n${what}\n${whose}`;
    const make = () =>
      objects.commit(mirror, {
        tree: emptyTree,
        parents: fence.sha === null ? [] : [fence.sha],
        message,
        author: { ...identities.author, date },
        committer: { ...identities.committer, date },
      });
    try {
      return await make();
    } catch (error) {
      if (!missesObject(error)) throw error;
    }
    // Another host moved the fence last; its commit is on the remote.
    await fetchEpoch(mirror, workspace.owner);
    try {
      return await make();
    } catch (error) {
      if (missesObject(error))
        throw fencedOut(
          workspace,
          fence,
          (await remoteRef(workspace.repository, epochRef(workspace.owner))) ?? null,
        );
      throw error;
    }
  }

  const fetchEpoch = (mirror: Mirror, owner: string) =>
    mirrors
      .git(
        mirror,
        'fetch',
        [
          '--no-tags',
          '--no-write-fetch-head',
          '--no-auto-maintenance',
          '--end-of-options',
          mirror.remote.url,
          epochRef(owner),
        ],
        { network: !mirror.remote.local },
      )
      .catch(() => undefined);

  const fencedOut = (workspace: WorkspaceRef, fence: Fence, found: string | null) =>
    new PortError(
      'FencedOut',
      `Another host has taken over ${workspace.owner}: ${epochRef(workspace.owner)} on the remote is ${found ?? 'absent'}, this host (epoch ${fence.epoch}) knows ${fence.sha ?? 'none'}. Nothing was pushed.`,
    );

  const recent = createRecentStates();

  const push: Git['push'] = async (workspace, updates, fence, known) => {
    const before = recent.take(workspace, fence);
    const pushed = await pushAll(workspace, updates, fence, known);
    if (before !== undefined && pushed.kind === 'pushed')
      recent.keep(workspace, before, updates, pushed.fence);
    return pushed;
  };

  const pushAll: Git['push'] = async (workspace, updates, fence, { absent = false } = {}) => {
    const { repository } = workspace;
    const epoch = epochRef(workspace.owner);
    const changing = updates.filter(({ expected, sha }) => expected !== sha);
    return mirrors.withObjects(repository, async (mirror) => {
      const next = await nextFence(workspace, mirror, updates, fence);
      const moved: Fence = { epoch: fence.epoch, sha: next };
      // Git sends no lease for a ref that already holds what is pushed: those are looked at first.
      if (!absent && updates.some(({ expected, sha }) => expected === null || expected === sha)) {
        const already = await look(workspace, updates, fence, moved);
        if (already !== undefined) return already;
      }
      const all: readonly RefUpdate[] = [...changing, { ref: epoch, expected: fence.sha, sha: next }];
      const leases = all.map(
        ({ ref, expected }) =>
          `--force-with-lease=${refName(ref)}:${expected === null ? '' : objectId(expected)}`,
      );
      const specs = all.map(({ ref, sha }) => `${sha === null ? '' : objectId(sha)}:${ref}`);
      const receiver = mirror.remote.local ? [`--receive-pack=${quietReceiver}`] : ['--progress'];
      try {
        await mirrors.git(
          mirror,
          'push',
          [
            '--porcelain',
            '--atomic',
            '--no-verify',
            '--no-follow-tags',
            '--no-signed',
            ...receiver,
            ...leases,
            '--end-of-options',
            mirror.remote.url,
            ...specs,
          ],
          {
            network: !mirror.remote.local,
          },
        );
        return { kind: 'pushed', fence: moved };
      } catch (error) {
        if (missesObject(error) && !wasRejected(error)) throw error;
        const answer = await look(workspace, updates, fence, moved);
        if (answer !== undefined) return answer;
        throw refused(workspace, all, error);
      }
    });
  };

  /** What the remote itself says of this push: done, lost, fenced out (thrown), or (undefined) not begun. */
  async function look(
    workspace: WorkspaceRef,
    updates: readonly RefUpdate[],
    fence: Fence,
    moved: Fence,
  ): Promise<PushResult | undefined> {
    const epoch = epochRef(workspace.owner);
    const { refs } = await list(workspace.repository, [epoch, ...updates.map(({ ref }) => refName(ref))]);
    const found = refs.get(epoch) ?? null;
    // Atomic: where our fence commit is, everything else of this push went too.
    if (found === moved.sha) return { kind: 'pushed', fence: moved };
    const lost = updates.find(({ ref, expected }) => (refs.get(ref) ?? null) !== expected);
    // Nothing has changed: most looks end here.
    if (found === fence.sha && lost === undefined) return undefined;
    if (found !== null && (await isThisPush(workspace, updates, fence, found)))
      return { kind: 'pushed', fence: { epoch: fence.epoch, sha: found } };
    if (found !== fence.sha || lost === undefined) throw fencedOut(workspace, fence, found);
    return { kind: 'lease_lost', ref: lost.ref, remote: refs.get(lost.ref) ?? null };
  }

  /**
   * Whether the remote's fence was left by this very push although we can't know its parent or what it expected: it names the same
   * refs and values, and is the fence we were given (read after that push) or comes right after it.
   */
  async function isThisPush(
    { repository, owner }: WorkspaceRef,
    updates: readonly RefUpdate[],
    { epoch, sha }: Fence,
    found: string,
  ): Promise<boolean> {
    const mirror = await mirrors.ensure(repository);
    const read = () => mirrors.git(mirror, 'cat-file', ['commit', objectId(found)]);
    const { text } = await read().catch(async () => {
      await fetchEpoch(mirror, owner);
      return read();
    });
    const [header = '', title = '', body = ''] = text.split('\n\n');
    const parent = /^parent ([0-9a-f]+)$/m.exec(header)?.[1] ?? null;
    const said = body.trimEnd().replaceAll(/ \S+ -> /g, ' -> ');
    const asked = updates.map(({ ref, sha: value }) => `${ref} -> ${value ?? 'absent'}`).join('\n');
    return title === `Epoch ${epoch} of ${owner}` && said === asked && (found === sha || parent === sha);
  }

  function refused(workspace: WorkspaceRef, all: readonly RefUpdate[], error: unknown): unknown {
    const no = refusal(error);
    if (no === undefined) return error;
    const where = mirrors.of(workspace.repository).remote.label;
    const names = all
      .filter(({ ref }) => ref.startsWith('refs/heads/'))
      .map(({ ref }) => ref.slice('refs/heads/'.length));
    const of = { where, branches: names.join(', '), said: no.said };
    return new PortError(refusalCode[no.kind], refusalText[no.kind](of), { cause: error });
  }

  return {
    list,
    push,
    remoteRef,

    remoteBranches: async (repository) => branchesOf((await list(repository, ['refs/heads/*'])).refs),

    remoteState: async (workspace) => {
      const { repository, owner } = workspace;
      const epoch = epochRef(owner);
      const { refs } = await list(repository, ['refs/heads/*', epoch]);
      return recent.see(workspace, { branches: branchesOf(refs), fenceSha: refs.get(epoch) ?? null });
    },

    recentState: recent.find,

    async removeHidden(workspace, fence, { written }) {
      const prefix = `${hiddenRefs(workspace.owner)}/`;
      const { refs } = await list(workspace.repository, [`${prefix}*`]);
      const ours = [...refs].filter(([ref]) => ref.startsWith(prefix));
      if (ours.length === 0) return;
      const mirror = await mirrors.ensure(workspace.repository);
      const found = refs.get(epochRef(workspace.owner)) ?? null;
      if (found !== null && !(written && found === fence.sha)) {
        const there = await readFence(mirror, workspace.owner, found);
        if (there.epoch > fence.epoch || there.namespaceId !== namespace?.id) return;
      }
      const leases = ours.map(([ref, sha]) => `--force-with-lease=${refName(ref)}:${objectId(sha)}`);
      const receiver = mirror.remote.local ? [`--receive-pack=${quietReceiver}`] : [];
      const args = [
        '--porcelain',
        '--atomic',
        '--no-verify',
        ...receiver,
        ...leases,
        '--end-of-options',
        mirror.remote.url,
        ...ours.map(([ref]) => `:${ref}`),
      ];
      await mirrors.git(mirror, 'push', args, { network: !mirror.remote.local });
    },
  };

  /** What the remote's fence commit says. */
  async function readFence(mirror: Mirror, owner: string, sha: string) {
    await fetchEpoch(mirror, owner);
    const { text } = await mirrors.git(mirror, 'cat-file', ['commit', objectId(sha)]);
    return {
      epoch: Number(/^Epoch (\d+) of /m.exec(text)?.[1] ?? Number.POSITIVE_INFINITY),
      namespaceId: /^Namespace: (\S+)$/m.exec(text)?.[1],
    };
  }
}
