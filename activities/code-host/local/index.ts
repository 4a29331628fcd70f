/**
 * The code host of a repository that has none: pull requests are kept in the data folder, everything else is asked of git.
 * What must stay true: the repository's checkouts, index and hooks are never touched; a record says `merged` only
 * after the remote does; a person who merges with plain git is followed.
 */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { Git } from '../../git/port.ts';
import type { CodeHost, PullRequest, PullRequestId, PullRequestQuery, Tips } from '../port.ts';
import { baseInvalid, checkText, headInvalid, mergedAlready, noCommits } from './errors.ts';
import { follow, mergedTree, toPullRequest } from './map.ts';
import { mergePullRequest } from './merge.ts';
import type { PullRequestRecord } from './record.ts';
import { openStore, type PullRequestStore } from './store.ts';
import { createStatuses } from './statuses.ts';
import { createConversation } from './conversation.ts';

export interface LocalCodeHostOptions {
  readonly git: Git;
  readonly dataDir: string;
  /** For the times that people read. */
  readonly clock?: () => Date;
  /** Who opens, comments, reviews and merges: our own identity. */
  readonly actor?: string;
}

export function createLocalCodeHost(options: LocalCodeHostOptions): CodeHost {
  const { git, dataDir, clock = () => new Date(), actor = 'phasewright' } = options;
  const now = () => clock().toISOString();
  const storeOf = (repository: RepositoryRef) => openStore(dataDir, repository);

  /** As git shows it now, kept if that is news. */
  async function seen(
    store: PullRequestStore,
    repository: RepositoryRef,
    record: PullRequestRecord,
    tips: Tips,
  ): Promise<PullRequestRecord> {
    const followed = await follow(git, repository, record, tips);
    if (followed === record) return record;
    // A close or a merge that another process recorded meanwhile wins.
    return store.change(record.number, (current) =>
      current.state === 'open'
        ? { ...current, state: followed.state, head: followed.head, merged: followed.merged }
        : current,
    );
  }

  async function listed(
    repository: RepositoryRef,
    wanted: (record: PullRequestRecord) => boolean,
    { state, tips: known }: Pick<PullRequestQuery, 'state' | 'tips'>,
  ): Promise<readonly PullRequest[]> {
    const store = storeOf(repository);
    const records = (await store.list()).filter(wanted);
    if (records.length === 0) return [];
    const tips = known ?? (await git.remoteBranches(repository));
    const current = await Promise.all(records.map((record) => seen(store, repository, record, tips)));
    const asked = current.filter((record) => state === 'all' || record.state === state);
    return Promise.all(
      asked.map(async (record) => toPullRequest(record, await store.page(record), tips, null)),
    );
  }

  const getPullRequest: CodeHost['getPullRequest'] = async ({ repository, number, tips: known }) => {
    const store = storeOf(repository);
    const stored = await store.read(number);
    const tips = known ?? (await git.remoteBranches(repository));
    const record = await seen(store, repository, stored, tips);
    return toPullRequest(record, await store.page(record), tips, await mergeable(repository, record, tips));
  };

  async function mergeable(
    repository: RepositoryRef,
    record: PullRequestRecord,
    tips: Tips,
  ): Promise<boolean | null> {
    const head = tips.get(record.head.branch);
    const base = tips.get(record.base.branch);
    if (record.state !== 'open' || head === undefined || base === undefined) return null;
    return (await mergedTree(git, repository, base, head)).kind === 'clean';
  }

  /** Changes the record and answers with the pull request as it is then. */
  async function change(
    id: PullRequestId,
    next: (record: PullRequestRecord) => PullRequestRecord,
  ): Promise<PullRequest> {
    await storeOf(id.repository).change(id.number, (record) => {
      const changed = next(record);
      return changed === record ? record : { ...changed, updatedAt: now() };
    });
    return getPullRequest(id);
  }

  return {
    /** Git alone has no rules that can be read: what refuses a push says so then. */
    examineBase: async () => ({ problems: [], warnings: [] }),

    /** Git keeps no trace of a branch's old name. */
    findRenamed: async () => null,
    findBranch: async (repository, branch) => (await git.remoteBranches(repository)).get(branch) ?? null,

    async openPullRequest({ repository, headBranch, baseBranch, title, body, labels = [], tips: known }) {
      checkText({ title, body });
      const store = storeOf(repository);
      const tips = known ?? (await git.remoteBranches(repository));
      const headSha = tips.get(headBranch);
      const baseSha = tips.get(baseBranch);
      if (headSha === undefined) throw headInvalid(repository, headBranch);
      if (baseSha === undefined) throw baseInvalid(repository, baseBranch);
      if (await git.isAncestor(repository, headSha, baseSha)) throw noCommits(headBranch, baseBranch);
      // One that a person merged by hand no longer stands in the way.
      await listed(
        repository,
        ({ state, head, base }) =>
          state === 'open' && head.branch === headBranch && base.branch === baseBranch,
        { state: 'open', tips },
      );
      const at = now();
      const record = await store.create({
        state: 'open',
        draft: false,
        head: { branch: headBranch, sha: headSha },
        base: { branch: baseBranch, sha: baseSha },
        title,
        body,
        labels: [...new Set(labels)],
        author: actor,
        merged: null,
        createdAt: at,
        updatedAt: at,
        comments: [],
        reviews: [],
        lines: [],
      });
      return toPullRequest(record, await store.page(record), tips, await mergeable(repository, record, tips));
    },

    findPullRequests: ({ repository, headBranch, baseBranch, ...asked }) =>
      listed(
        repository,
        ({ head, base }) =>
          head.branch === headBranch && (baseBranch === undefined || base.branch === baseBranch),
        asked,
      ),
    listPullRequests: ({ repository, state }) => listed(repository, () => true, { state }),
    getPullRequest,

    async updatePullRequest({ repository, number, ...wanted }) {
      checkText(wanted);
      const labels = wanted.labels === undefined ? undefined : [...new Set(wanted.labels)];
      return change({ repository, number }, (record) => {
        const next = {
          ...record,
          title: wanted.title ?? record.title,
          body: wanted.body ?? record.body,
          labels: labels ?? record.labels,
        };
        return JSON.stringify(next) === JSON.stringify(record) ? record : next;
      });
    },

    async closePullRequest(id) {
      await getPullRequest(id); // a merge by hand that nobody has seen yet stays a merge
      return change(id, (record) => (record.state === 'open' ? { ...record, state: 'closed' } : record));
    },

    reopenPullRequest: (id) =>
      change(id, (record) => {
        if (record.state === 'merged') throw mergedAlready(id.number);
        return record.state === 'open' ? record : { ...record, state: 'open' };
      }),

    mergePullRequest: (request) =>
      mergePullRequest({ git, store: storeOf(request.repository), actor, now }, request),

    async recordMerged({ repository, number, sha }) {
      await getPullRequest({ repository, number }); // the head's last tip
      await change({ repository, number }, (record) =>
        record.state === 'merged'
          ? record
          : { ...record, state: 'merged', merged: { sha, by: null, fence: null } },
      );
    },

    identity: async () => ({ login: actor, bot: false }),
    /** Whoever reaches the data folder can do everything that we can. */
    mayWrite: async () => true,

    ...createConversation({ storeOf, actor, now, getPullRequest }),
    ...createStatuses(storeOf),
  };
}
