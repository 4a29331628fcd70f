/** Merging as GitHub does: a merge commit, a squash, or a rebase; on exactly the tips that are there now, or not at all. */
import { gitPerson } from '../bodies/users.ts';
import {
  commitDetails,
  commitsBetween,
  commitTree,
  git,
  gitEnvironment,
  mergeTree,
  treeOf,
  updateRef,
} from '../git.ts';
import { Refusal } from '../refusal.ts';
import type { PullRequest, Repository } from '../state.ts';
import { permissionOf, type World } from '../world.ts';
import { branchTip, isBehind, unmetRules } from './mergeability.ts';
import { emitPush, followPushes, markMerged, observe } from './observe.ts';

export interface Merge {
  readonly method?: 'merge' | 'squash' | 'rebase';
  /** The head that was looked at. */
  readonly sha?: string;
  readonly title?: string;
  readonly message?: string;
}

const notMergeable = (message = 'Pull Request is not mergeable'): Refusal => new Refusal(405, message);

/** The new tip of the base. */
export function mergePullRequest(
  world: World,
  repository: Repository,
  by: string,
  pull: PullRequest,
  merge: Merge,
): string {
  const { method = 'merge', sha: expected } = merge;
  const { path } = repository;
  const base = branchTip(repository, pull.baseRef);
  if (pull.state !== 'open' || base === undefined) throw notMergeable();
  if (pull.draft) throw notMergeable('Pull Request is still a draft');
  if (expected !== undefined && expected !== pull.headSha)
    throw new Refusal(409, 'Head branch was modified. Review and try the merge again.');
  refuseMethod(repository, method);
  if (mergeTree(path, base, pull.headSha) === null) throw notMergeable();
  refuseByRules(world, repository, by, pull, method);

  const sha = commitOf(world, repository, by, pull, { ...merge, method, base });
  if (sha === null) throw notMergeable("This branch can't be rebased");
  const ref = `refs/heads/${pull.baseRef}`;
  if (!updateRef(path, ref, sha, base))
    throw notMergeable('Base branch was modified. Review and try the merge again.');
  repository.refs.set(ref, sha);
  repository.pushedAt = world.now();
  markMerged(world, repository, pull, { sha, by });
  emitPush(world, repository, { ref, before: base, sha, by });
  followPushes(world, repository, by);
  if (repository.options.deleteBranchOnMerge) {
    updateRef(path, `refs/heads/${pull.headRef}`, null, pull.headSha);
    observe(world, repository, by);
  }
  return sha;
}

function refuseMethod({ options }: Repository, method: 'merge' | 'squash' | 'rebase'): void {
  const { allowMergeCommit, allowSquashMerge, allowRebaseMerge } = options;
  const allowed = { merge: allowMergeCommit, squash: allowSquashMerge, rebase: allowRebaseMerge };
  const name = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' };
  if (!allowed[method]) throw notMergeable(`${name[method]} are not allowed on this repository.`);
}

/** Administrators pass unless the rules hold for them too. */
function refuseByRules(
  world: World,
  repository: Repository,
  by: string,
  pull: PullRequest,
  method: Merge['method'],
): void {
  const rules = repository.protections.get(pull.baseRef);
  if (rules === undefined) return;
  if (!rules.enforceAdmins && permissionOf(world, repository, by) === 'admin') return;
  if (rules.bypass.includes(by)) return;
  const missing = [
    ...unmetRules(world, repository, pull),
    ...(isBehind(repository, pull) ? ['The head branch is not up to date with the base branch.'] : []),
    ...(rules.kinds.includes('merge_queue') ? ['Changes must be made through the merge queue'] : []),
    ...(rules.linearHistory && method === 'merge' ? ['This branch must not contain merge commits.'] : []),
  ];
  if (missing.length === 0) return;
  throw notMergeable(
    rules.kind === 'ruleset'
      ? `Repository rule violations found\n\n${missing.join('\n\n')}\n\n`
      : missing.join(' '),
  );
}

function commitOf(
  world: World,
  repository: Repository,
  by: string,
  pull: PullRequest,
  merge: Merge & { readonly base: string },
): string | null {
  const { path, owner } = repository;
  const { base, method } = merge;
  if (method === 'rebase') return rebased(path, base, pull.headSha);
  const tree = mergeTree(path, base, pull.headSha);
  if (tree === null) return null;
  const squash = method === 'squash';
  const { number, headRef, title: name } = pull;
  const title =
    merge.title ??
    (squash ? `${name} (#${number})` : `Merge pull request #${number} from ${owner}/${headRef}`);
  const message = merge.message ?? (squash ? '' : name);
  return commitTree(path, {
    tree,
    parents: squash ? [base] : [base, pull.headSha],
    message: message === '' ? title : `${title}\n\n${message}`,
    env: gitEnvironment(gitPerson(world, squash ? pull.author : by)),
  });
}

/** Each commit again on top of the base. A commit with the wanted parent and tree stands in for the side that it is merged with. */
function rebased(path: string, base: string, head: string): string | null {
  let tip = base;
  for (const sha of commitsBetween(path, base, head)) {
    const { parents, author, message } = commitDetails(path, sha);
    const [parent] = parents;
    if (parents.length !== 1 || parent === undefined) continue;
    const side = commitTree(path, { tree: treeOf(path, tip), parents: [parent], message: 'side' });
    const { ok, out: tree } = git(path, ['merge-tree', '--write-tree', side, sha]);
    if (!ok) return null;
    const env = { ...gitEnvironment(author), GIT_AUTHOR_DATE: author.date };
    tip = commitTree(path, { tree, parents: [tip], message, env });
  }
  return tip;
}
