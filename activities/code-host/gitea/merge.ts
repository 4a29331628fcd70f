/**
 * The merge: a look before, a request that names the approved head, and a look at what landed. Gitea cannot be told which base was
 * approved, so a base that moves between the look and the merge is found afterwards and said in `differs`.
 */
import { describeLanded } from '../landed.ts';
import type { CodeHost, MergeRequest, MergeResult } from '../port.ts';
import { baseInvalid, forkedHead, shown } from '../refusals.ts';
import { mergeMessage } from '../texts.ts';
import type { GiteaPull } from './answers.schema.ts';
import { type Client, labelOf } from './client.ts';
import { isAnswer, lagging } from './errors.ts';
import type { History } from './history.ts';
import { isOurs, toPullRequest } from './map.ts';
import type { Pulls, SettledPull } from './pulls.ts';
import { methodNotAllowed, notFoundAs } from './refusals.ts';
import { openDependencies, peopleAgainst, reasonsAgainst, type RuleParts } from './rules.ts';

export interface MergeParts extends RuleParts, Pick<Pulls, 'settledPull' | 'readBranch'> {
  readonly history: History;
}

export function createMerge(client: Client, parts: MergeParts): Pick<CodeHost, 'mergePullRequest'> {
  const { settledPull, readBranch, history } = parts;

  /** Why it cannot be merged now, or that it is already; undefined: nothing that can be seen stands against it. */
  async function obstacle(request: MergeRequest, pull: SettledPull): Promise<MergeResult | undefined> {
    const { repository, number, expectedHeadSha, expectedBaseSha, baseBranch } = request;
    const { state, head, base, mergedSha, mergeable } = toPullRequest(pull);
    if (state === 'merged') {
      if (head.sha !== expectedHeadSha) return { kind: 'head_moved', headSha: head.sha };
      return merged(
        request,
        mergedSha ?? notYet(request, `Gitea does not say which commit merged #${number}`),
      );
    }
    if (state === 'closed') return { kind: 'closed' };
    if (!isOurs(pull)) throw forkedHead(labelOf(repository), number);
    if (head.sha !== expectedHeadSha) return { kind: 'head_moved', headSha: head.sha };
    const branch = await readBranch(repository, base.branch);
    if (branch === null) throw baseInvalid(labelOf(repository), base.branch);
    const elsewhere = baseBranch !== undefined && base.branch !== baseBranch;
    if (branch.commit.id !== expectedBaseSha || elsewhere)
      return { kind: 'base_moved', baseSha: branch.commit.id };
    if (!pull.settled)
      return notYet(request, `Gitea has not taken up yet the last push to ${shown(head.branch)}`);
    if (mergeable === false) return { kind: 'conflict', files: [] };
    const reasons = await reasonsAgainst(parts, request, pull, branch);
    return reasons.length === 0 ? undefined : blocked(request, pull, reasons);
  }

  const blocked = (
    { repository, number }: MergeRequest,
    pull: GiteaPull,
    reasons: readonly string[],
  ): MergeResult => ({
    kind: 'blocked',
    why: `Rules of ${labelOf(repository)} for ${shown(pull.base.label)} stand against the merge of #${number}: ${reasons.join('; ')}.`,
  });

  /** What landed, compared with what was approved. */
  async function merged(request: MergeRequest, sha: string): Promise<MergeResult> {
    const { repository, expectedHeadSha } = request;
    const landed = await history.commit(repository, sha);
    const wanted = await history.commit(repository, expectedHeadSha);
    return describeLanded(request, { sha, landed, wanted });
  }

  const merge = async (request: MergeRequest): Promise<void> => {
    const { repository, number, expectedHeadSha, method, metadata } = request;
    const { title, text } = mergeMessage(metadata);
    const body = {
      do: method,
      head_commit_id: expectedHeadSha,
      merge_title_field: title,
      merge_message_field: text,
    };
    const what = `merge pull request #${number}`;
    await client.change(
      { repository, what, method: 'POST', path: ['pulls', number, 'merge'], body },
      () => undefined,
    );
  };

  const notYet = ({ repository, number }: MergeRequest, what: string): never => {
    throw lagging({ on: labelOf(repository), what: `merge pull request #${number}`, write: true }, what);
  };

  /** After a no: what has moved, what conflicts, or which rule it is, by Gitea's own words. */
  async function whyNot(request: MergeRequest, error: unknown): Promise<MergeResult> {
    const { repository, number, method } = request;
    if (isAnswer(error, 'unavailable')) {
      const open = await openDependencies(client, request);
      if (open.length === 0) throw error;
      return blocked(request, await settledPull(request), [`it depends on ${open.join(', ')}`]);
    }
    if (!isAnswer(error, 'not_allowed', 'conflict', 'missing')) throw error;
    const { said, answer } = error;
    if (/allowed merge style/i.test(said)) throw methodNotAllowed(labelOf(repository), method);
    const pull = await settledPull(request);
    const now = await obstacle(request, pull);
    if (now !== undefined) return now;
    if (answer === 'missing') return notFoundAs(repository, number)(error);
    // Git's own output instead of a sentence.
    if (answer === 'conflict' && said === '') return { kind: 'conflict', files: [] };
    if (/try again later|out of date/i.test(said))
      return notYet(request, `Gitea is not ready yet to merge #${number} (it says: ${said})`);
    const people = peopleAgainst(await parts.readReviews(request));
    return blocked(request, pull, [...people, `Gitea says: ${said}`]);
  }

  return {
    async mergePullRequest(request) {
      const before = await obstacle(request, await settledPull(request));
      if (before !== undefined) return before;
      try {
        await merge(request);
      } catch (error) {
        return whyNot(request, error);
      }
      const { merged: done, merge_commit_sha: sha } = await settledPull(request);
      if (!done || typeof sha !== 'string')
        return notYet(request, `Gitea does not show yet that it merged #${request.number}`);
      return merged(request, sha);
    },
  };
}
