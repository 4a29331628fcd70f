/**
 * The merge of a local pull request: made in the mirror by plumbing, pushed atomically with the fence. The commit follows from
 * the request alone, so a repeat makes the same one, and the push itself knows whether it has already gone through.
 */
import type { Git } from '../../git/port.ts';
import type { MergeRequest, MergeResult } from '../port.ts';
import { baseInvalid, headInvalid } from './errors.ts';
import { follow, mergedTree, type Tips } from './map.ts';
import type { Merged, PullRequestRecord } from './record.ts';
import type { PullRequestStore } from './store.ts';

export interface MergeParts {
  readonly git: Git;
  readonly store: PullRequestStore;
  readonly actor: string;
  readonly now: () => string;
}

export async function mergePullRequest(parts: MergeParts, request: MergeRequest): Promise<MergeResult> {
  const { git, store } = parts;
  const { repository, number, expectedHeadSha: expectedHead, expectedBaseSha: expectedBase, fence } = request;
  const record = await store.read(number);
  const recorded = record.merged?.fence;
  if (record.merged !== null && recorded !== null && recorded !== undefined) {
    if (record.head.sha !== expectedHead) return { kind: 'head_moved', headSha: record.head.sha };
    // A later request comes with the fence that later pushes left; that one is still right.
    const sha = recorded.before === fence.sha ? recorded.after : fence.sha;
    return { kind: 'merged', sha: record.merged.sha, fence: { ...fence, sha } };
  }
  if (record.state === 'closed') return { kind: 'closed' };

  const tips = await git.remoteBranches(repository);
  const head = record.state === 'merged' ? record.head.sha : tips.get(record.head.branch);
  const base = tips.get(record.base.branch);
  if (base === undefined) throw baseInvalid(repository, record.base.branch);
  if (base !== expectedBase && (head === undefined || head === expectedHead)) {
    return (
      (await repeated(parts, request, record, base)) ??
      (await byHand(parts, request, record, tips)) ?? { kind: 'base_moved', baseSha: base }
    );
  }
  if (head === undefined) throw headInvalid(repository, record.head.branch);
  if (head !== expectedHead) return { kind: 'head_moved', headSha: head };
  return (await byHand(parts, request, record, tips)) ?? merge(parts, request, record);
}

/** After a lost answer: this very merge has landed, and only its record is missing. */
async function repeated(
  parts: MergeParts,
  request: MergeRequest,
  record: PullRequestRecord,
  base: string,
): Promise<MergeResult | undefined> {
  const made = await makeCommit(parts.git, request);
  if (made.kind === 'conflict') return undefined;
  if (!(await parts.git.isAncestor(request.repository, made.sha, base))) return undefined;
  return land(parts, request, record, made.sha);
}

/** A person merged exactly this head with plain git (or squashed it, where that is the method). Our fence has not moved by that. */
async function byHand(
  { git, store, now }: MergeParts,
  { repository, expectedHeadSha: expectedHead, method, fence }: MergeRequest,
  record: PullRequestRecord,
  tips: Tips,
): Promise<MergeResult | undefined> {
  const head = { ...record.head, sha: expectedHead };
  const at = new Map(tips).set(head.branch, expectedHead);
  const base = tips.get(record.base.branch);
  let { merged } = await follow(git, repository, { ...record, head }, at);
  if (merged === null && method === 'squash' && base !== undefined && base !== record.base.sha) {
    const sha = await git.findSquash(repository, base, expectedHead);
    if (sha !== null) merged = { sha, by: null, fence: null };
  }
  if (merged === null) return undefined;
  const { sha } = merged;
  await store.change(record.number, (current) =>
    current.merged === null ? { ...current, state: 'merged', head, merged, updatedAt: now() } : current,
  );
  return { kind: 'merged', sha, fence };
}

async function merge(
  parts: MergeParts,
  request: MergeRequest,
  record: PullRequestRecord,
): Promise<MergeResult> {
  const { git } = parts;
  const made = await makeCommit(git, request);
  if (made.kind === 'conflict') return made;
  const where = await git.checkedOutAt(request.repository, record.base.branch);
  if (where !== null) return { kind: 'checked_out', where, command: commandByHand(where, request, record) };
  return land(parts, request, record, made.sha);
}

type Made =
  | { readonly kind: 'made'; readonly sha: string }
  | { readonly kind: 'conflict'; readonly files: readonly string[] };

async function makeCommit(git: Git, request: MergeRequest): Promise<Made> {
  const { repository, expectedHeadSha: head, expectedBaseSha: base, method, metadata: stamp } = request;
  const merged = await mergedTree(git, repository, base, head);
  if (merged.kind === 'conflict') return merged;
  const parents = method === 'merge' ? [base, head] : [base];
  return {
    kind: 'made',
    sha: await git.commitTree(repository, { tree: merged.tree, parents, metadata: stamp }),
  };
}

/** Pushes the commit, or learns that it is there already, and only then says so in the record. */
async function land(
  { git, store, actor, now }: MergeParts,
  request: MergeRequest,
  record: PullRequestRecord,
  sha: string,
): Promise<MergeResult> {
  const {
    repository,
    workspace,
    expectedHeadSha: expectedHead,
    expectedBaseSha: expectedBase,
    fence,
  } = request;
  const ref = `refs/heads/${record.base.branch}`;
  const pushed = await git.push(workspace, [{ ref, expected: expectedBase, sha }], fence);
  if (pushed.kind === 'lease_lost') {
    if (pushed.remote === null) throw baseInvalid(repository, record.base.branch);
    return { kind: 'base_moved', baseSha: pushed.remote };
  }
  const merged: Merged = { sha, by: actor, fence: { before: fence.sha, after: pushed.fence.sha } };
  await store.change(record.number, (current) => ({
    ...current,
    state: 'merged',
    head: { ...current.head, sha: expectedHead },
    base: { ...current.base, sha: expectedBase },
    merged,
    updatedAt: now(),
  }));
  return { kind: 'merged', sha, fence: pushed.fence };
}

/** What a person runs in the checkout that is in our way. */
function commandByHand(where: string, { method }: MergeRequest, { head }: PullRequestRecord): string {
  const git = `git -C ${shellWord(where)}`;
  const branch = shellWord(head.branch);
  return method === 'merge'
    ? `${git} merge --no-ff ${branch}`
    : `${git} merge --squash ${branch} && ${git} commit --no-edit`;
}

const shellWord = (text: string): string =>
  /^[\w./@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
