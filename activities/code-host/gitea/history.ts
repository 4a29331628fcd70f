/** What Gitea's commits say: what is between two of them, and which one brought a head into its base. */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { HostCommit } from '../landed.ts';
import {
  type GiteaCommit,
  type GiteaPull,
  readCommit,
  readCommits,
  readReferences,
} from './answers.schema.ts';
import type { Ask, Client } from './client.ts';
import { isAnswer } from './errors.ts';
import { isOurs } from './map.ts';
import { treeOf } from './trees.ts';

export interface History {
  /** Whether `tip` holds commits that `base` doesn't. Both exist: branches or SHAs. */
  hasCommitsBeyond(repository: RepositoryRef, tip: string, base: string): Promise<boolean>;
  commit(repository: RepositoryRef, sha: string): Promise<HostCommit>;
  /** What Gitea has taken up as its head: behind the branch just after a push, and where it was when it was merged or closed. */
  headTaken(repository: RepositoryRef, number: number): Promise<string | undefined>;
  /**
   * As it is by git: Gitea notices a merge by hand a moment later, and only where `Autodetect manual merge` is on. One that it has
   * closed because its branch is gone may have been merged before that.
   */
  asInGit(repository: RepositoryRef, pull: GiteaPull): Promise<GiteaPull>;
}

/** No signatures, statistics and lists of files, which cost the server much. */
const plain = { stat: 'false', verification: 'false', files: 'false' } as const;
/** Of a base that went on since; what was merged longer ago stays as Gitea has it. */
const commitsAtMost = 1_000;

export function createHistory(client: Client): History {
  const between = (repository: RepositoryRef, tip: string, base: string): Ask => ({
    repository,
    what: `read the commits between ${base} and ${tip}`,
    path: ['commits'],
    query: { ...plain, sha: tip, not: base },
  });

  const hasCommitsBeyond: History['hasCommitsBeyond'] = async (repository, tip, base) => {
    const ask = between(repository, tip, base);
    return (await client.get({ ...ask, query: { ...ask.query, limit: 1 } }, readCommits)).length > 0;
  };

  /** Undefined: not found among those that came last. */
  async function findMerge(
    repository: RepositoryRef,
    head: string,
    base: string,
  ): Promise<string | undefined> {
    const newest: GiteaCommit[] = [];
    for await (const page of client.pages(between(repository, base, head), readCommits)) {
      newest.push(...page);
      if (newest.length >= commitsAtMost) return undefined;
    }
    return mergeOf(head, newest.reverse());
  }

  const headTaken: History['headTaken'] = async (repository, number) => {
    const ref = `pull/${number}/head`;
    const ask = { repository, what: `read the head of pull request #${number}`, path: ['git', 'refs', ref] };
    const found = await client.seek(ask, readReferences).catch((error: unknown) => {
      if (isAnswer(error, 'missing')) return [];
      throw error;
    });
    return found.find((each) => each.ref === `refs/${ref}`)?.object.sha;
  };

  /** Gitea shows where the branch is now. */
  async function atItsEnd(repository: RepositoryRef, pull: GiteaPull): Promise<GiteaPull> {
    const sha = await headTaken(repository, pull.number);
    return sha === undefined ? pull : { ...pull, head: { ...pull.head, sha } };
  }

  return {
    hasCommitsBeyond,

    async commit(repository, sha) {
      const ask = { repository, what: `read the commit ${sha}`, path: ['git', 'commits', sha], query: plain };
      const { commit, parents } = await client.get(ask, readCommit);
      const tree = await treeOf(client, repository, sha);
      return { tree, parents: parents.map((parent) => parent.sha), message: commit.message };
    },

    headTaken,

    async asInGit(repository, given) {
      const pull = given.state === 'open' ? given : await atItsEnd(repository, given);
      const { head, base } = pull;
      const branchGone = head.ref !== head.label;
      if (pull.merged || !isOurs(pull) || (pull.state !== 'open' && !branchGone)) return pull;
      if (head.sha === '' || base.sha === '') return pull;
      // The head stands on the base as it is.
      if (pull.merge_base === base.sha && head.sha !== base.sha) return pull;
      if (await hasCommitsBeyond(repository, head.sha, base.sha)) return pull;
      const sha = await findMerge(repository, head.sha, base.sha);
      return sha === undefined ? pull : { ...pull, merged: true, merge_commit_sha: sha };
    },
  };
}

/** The first merge on the way from the head to the base, as Gitea finds it; without one the head itself was moved to. */
function mergeOf(head: string, oldest: readonly GiteaCommit[]): string {
  const after = new Set([head]);
  for (const { sha, parents } of oldest) {
    if (!parents.some((parent) => after.has(parent.sha))) continue;
    if (parents.length > 1) return sha;
    after.add(sha);
  }
  return head;
}
