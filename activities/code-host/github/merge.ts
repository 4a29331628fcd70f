/**
 * The merge: a look before, a request that names the approved head, and a look at what landed. GitHub cannot be told which base
 * was approved, so a base that moves between the look and the merge is found afterwards and said in `differs`.
 */
import { describeLanded } from '../landed.ts';
import type { CodeHost, MergeRequest, MergeResult } from '../port.ts';
import { baseInvalid, forkedHead, shown } from '../refusals.ts';
import { mergeMessage } from '../texts.ts';
import type { Client } from './client.ts';
import { isAnswer, lagging } from './errors.ts';
import { type ApiPull, complete, hosted, isOurs } from './map.ts';
import type { Pulls } from './pulls.ts';
import { createStanding, type StandingParts, whyBlocked } from './standing.ts';
import { methodNotAllowed, notFoundAs } from './error-meanings.ts';

export interface MergeParts extends Pick<Pulls, 'settledPull' | 'findBranch'>, StandingParts {}

export function createMerge(client: Client, parts: MergeParts): Pick<CodeHost, 'mergePullRequest'> {
  const { settledPull, findBranch } = parts;
  const whatStands = createStanding(client, parts);

  const unknownMerge = (request: MergeRequest): never => {
    throw notYet(request, `GitHub does not say yet which commit merged #${request.number}`);
  };

  /** Why it cannot be merged now, or that it is already; undefined: nothing stands against it. `said`: GitHub's words when it refused. */
  async function obstacle(request: MergeRequest, pull: ApiPull, said = ''): Promise<MergeResult | undefined> {
    const { repository, number, expectedHeadSha, expectedBaseSha } = request;
    const head = pull.head.sha;
    if (pull.merged_at !== null) {
      return head === expectedHeadSha
        ? merged(request, pull.merge_commit_sha ?? unknownMerge(request))
        : { kind: 'head_moved', headSha: head };
    }
    if (pull.state !== 'open') return { kind: 'closed' };
    if (!isOurs(pull)) throw forkedHead(hosted(repository).label, number);
    if (head !== expectedHeadSha) {
      // A push is seen by the pull request a moment later than by the branch.
      if ((await findBranch(repository, pull.head.ref)) === expectedHeadSha)
        throw notYet(request, `GitHub does not show yet the last push to ${shown(pull.head.ref)}`);
      return { kind: 'head_moved', headSha: head };
    }
    const base = await findBranch(repository, pull.base.ref);
    if (base === null) throw baseInvalid(hosted(repository).label, pull.base.ref);
    const elsewhere = request.baseBranch !== undefined && pull.base.ref !== request.baseBranch;
    if (base !== expectedBaseSha || elsewhere) return { kind: 'base_moved', baseSha: base };
    if (pull.mergeable === false) return { kind: 'conflict', files: [] };
    if (pull.draft !== true && pull.mergeable_state !== 'blocked') return undefined;
    const standing = await whatStands(request, pull);
    // What only GitHub knows, it says when it is asked for the merge.
    if (standing.hidden && said === '') return undefined;
    return { kind: 'blocked', why: whyBlocked(request, pull, standing, said) };
  }

  /** What landed, compared with what was approved. */
  async function merged(request: MergeRequest, sha: string): Promise<MergeResult> {
    const { repository, expectedHeadSha } = request;
    const landed = await commitOf(repository, sha);
    const wanted = await commitOf(repository, expectedHeadSha);
    return describeLanded(request, { sha, landed, wanted });
  }

  const commitOf = (repository: MergeRequest['repository'], sha: string) =>
    client.read(repository, `read the commit ${sha}`, async (octokit, place) => {
      const { data } = await octokit.rest.git.getCommit({ ...place, commit_sha: sha });
      return complete({
        tree: data.tree.sha,
        parents: data.parents.map((parent) => complete({ sha: parent.sha }).sha),
        message: data.message,
      });
    });

  const merge = (request: MergeRequest): Promise<string> => {
    const { repository, number, expectedHeadSha, method, metadata } = request;
    const { title, text } = mergeMessage(metadata);
    return client.write(repository, `merge pull request #${number}`, async (octokit, place) => {
      const { data } = await octokit.rest.pulls.merge({
        ...place,
        pull_number: number,
        sha: expectedHeadSha,
        merge_method: method,
        commit_title: title,
        commit_message: text,
      });
      return complete({ sha: data.sha }).sha;
    });
  };

  const notYet = ({ repository, number }: MergeRequest, what: string) =>
    lagging({ on: hosted(repository).label, what: `merge pull request #${number}`, write: true }, what);

  return {
    async mergePullRequest(request) {
      const { repository, number } = request;
      const seen = await settledPull(request);
      const before = await obstacle(request, seen);
      if (before !== undefined) return before;
      let sha: string;
      try {
        sha = await merge(request);
      } catch (error) {
        if (!isAnswer(error, 'not_allowed', 'conflict')) return notFoundAs(repository, number)(error);
        if (/(merge commits|squash merges) are not allowed/i.test(error.said))
          throw methodNotAllowed(hosted(repository).label, request.method, error.said);
        // Words of a rule change nothing of what was just seen.
        const doubtful = /branch was modified|not mergeable/i.test(error.said);
        const pull = doubtful ? await settledPull(request) : seen;
        const now = await obstacle(request, pull, error.said);
        if (now !== undefined) return now;
        // Nothing has moved and nothing conflicts: either GitHub is still at it, or a rule stands against it.
        const busy = /branch was modified/i.test(error.said) || typeof pull.mergeable !== 'boolean';
        if (busy)
          throw notYet(request, `GitHub is not ready yet to merge #${number} (it says: ${error.said})`);
        return {
          kind: 'blocked',
          why: whyBlocked(request, pull, await whatStands(request, pull), error.said),
        };
      }
      return merged(request, sha);
    },
  };
}
