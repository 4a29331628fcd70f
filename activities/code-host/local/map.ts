/** From what is kept on disk and what git says now to a pull request as the port knows it. */
import { pathToFileURL } from 'node:url';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { Git, MergeTree } from '../../git/port.ts';
import type { PullRequest, Tips } from '../port.ts';
import type { PullRequestRecord } from './record.ts';

export function toPullRequest(
  record: PullRequestRecord,
  page: string,
  tips: Tips,
  mergeable: boolean | null,
): PullRequest {
  const { number, state, draft, head, base, title, body, labels, author, merged } = record;
  return {
    number,
    url: pathToFileURL(page).href,
    state,
    draft,
    head,
    base: state === 'open' ? { branch: base.branch, sha: tips.get(base.branch) ?? base.sha } : base,
    title,
    body,
    labels,
    mergeable,
    blocked: false,
    mergedSha: merged?.sha ?? null,
    mergedBy: merged?.by ?? null,
    author,
  };
}

/**
 * The record as git shows it now: the head's tip followed, and a merge by hand seen. Merged means that the head is
 * reachable from the base's tip and was not before; a deleted head branch is judged by its last tip. Returns the same
 * object when nothing changed.
 */
export async function follow(
  git: Git,
  repository: RepositoryRef,
  record: PullRequestRecord,
  tips: Tips,
): Promise<PullRequestRecord> {
  if (record.state !== 'open') return record;
  const head = tips.get(record.head.branch) ?? record.head.sha;
  const base = tips.get(record.base.branch);
  const known = head === record.head.sha ? record : { ...record, head: { ...record.head, sha: head } };
  if (base === undefined || base === record.base.sha) return known;
  const contains = (descendant: string) => git.isAncestor(repository, head, descendant);
  if (!(await contains(base)) || (await contains(record.base.sha))) return known;
  return {
    ...known,
    state: 'merged',
    merged: { sha: base, by: null, fence: null },
  };
}

/** Tested tree = landed tree: what a head that contains the base would land is the head's own tree, whatever git's merge thinks. */
export async function mergedTree(
  git: Git,
  repository: RepositoryRef,
  base: string,
  head: string,
): Promise<MergeTree> {
  return (await git.isAncestor(repository, base, head))
    ? { kind: 'clean', tree: await git.tree(repository, head) }
    : git.mergeTree(repository, base, head);
}
