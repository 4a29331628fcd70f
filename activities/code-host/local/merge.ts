/**
 * The merge of a local pull request: made in the mirror by plumbing, pushed atomically with the fence. The commit follows from
 * the request alone, so a repeat makes the same one, and the push itself knows whether it has already gone through.
 */
import type { Git } from '../../git/port.ts';
import type { MergeRequest, MergeResult, Tips } from '../port.ts';
import { baseInvalid } from './errors.ts';
import { follow, mergedTree } from './map.ts';
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
  const { repository, number, expectedHeadSha, expectedBaseSha } = request;
  const record = await store.read(number);
  const before = await mergedBefore(git, request, record);
  if (before !== undefined) return before;
  if (record.state === 'closed') return { kind: 'closed' };

  const tips = await git.remoteBranches(repository);
  const headSha = record.state === 'merged' ? record.head.sha : tips.get(record.head.branch);
  const baseSha = tips.get(record.base.branch);
  if (baseSha === undefined) throw baseInvalid(repository, record.base.branch);
  if (baseSha !== expectedBaseSha && (headSha === undefined || headSha === expectedHeadSha)) {
    return (
      (await repeated(parts, request, record, baseSha)) ??
      (await byHand(parts, request, record, tips)) ?? { kind: 'base_moved', baseSha }
    );
  }
  if (headSha !== expectedHeadSha) return { kind: 'head_moved', headSha: headSha ?? null };
  return (await byHand(parts, request, record, tips)) ?? merge(parts, request, record);
}

/** Our own merge as the record knows it. */
async function mergedBefore(
  git: Git,
  { repository, expectedHeadSha, fence }: MergeRequest,
  { merged, head }: PullRequestRecord,
): Promise<MergeResult | undefined> {
  const recorded = merged?.fence ?? null;
  if (merged === null || recorded === null) return undefined;
  if (head.sha !== expectedHeadSha) return { kind: 'head_moved', headSha: head.sha };
  // A later request comes with the fence that later pushes left; that one is still right.
  const sha = recorded.before === fence.sha ? recorded.after : fence.sha;
  const tree = await git.tree(repository, merged.sha);
  return { kind: 'merged', sha: merged.sha, tree, fence: { ...fence, sha }, onBase: true };
}

/** After a lost answer: this very merge has landed, and only its record is missing. */
async function repeated(
  parts: MergeParts,
  request: MergeRequest,
  record: PullRequestRecord,
  baseSha: string,
): Promise<MergeResult | undefined> {
  const made = await makeCommit(parts.git, request);
  if (made.kind === 'conflict') return undefined;
  if (!(await parts.git.isAncestor(request.repository, made.sha, baseSha))) return undefined;
  return land(parts, request, record, made);
}

/** A person merged exactly this head with plain git (or squashed it, where that is the method). Our fence has not moved by that. */
async function byHand(
  { git, store, now }: MergeParts,
  { repository, expectedHeadSha, method, fence }: MergeRequest,
  record: PullRequestRecord,
  tips: Tips,
): Promise<MergeResult | undefined> {
  const head = { ...record.head, sha: expectedHeadSha };
  const at = new Map(tips).set(head.branch, expectedHeadSha);
  const base = tips.get(record.base.branch);
  let { merged } = await follow(git, repository, { ...record, head }, at);
  if (merged === null && method === 'squash' && base !== undefined && base !== record.base.sha) {
    const sha = await git.findSquash(repository, base, expectedHeadSha);
    if (sha !== null) merged = { sha, by: null, fence: null };
  }
  if (merged === null) return undefined;
  const { sha } = merged;
  await store.change(record.number, (current) =>
    current.merged === null ? { ...current, state: 'merged', head, merged, updatedAt: now() } : current,
  );
  return { kind: 'merged', sha, tree: await git.tree(repository, sha), fence, onBase: true };
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
  return land(parts, request, record, made);
}

interface Made {
  readonly kind: 'made';
  readonly sha: string;
  readonly tree: string;
}

async function makeCommit(
  git: Git,
  { repository, expectedHeadSha, expectedBaseSha, method, metadata }: MergeRequest,
): Promise<Made | { readonly kind: 'conflict'; readonly files: readonly string[] }> {
  const merged = await mergedTree(git, repository, expectedBaseSha, expectedHeadSha);
  if (merged.kind === 'conflict') return { kind: 'conflict', files: merged.files.map(({ path }) => path) };
  const { tree } = merged;
  const parents = method === 'merge' ? [expectedBaseSha, expectedHeadSha] : [expectedBaseSha];
  return { kind: 'made', tree, sha: await git.commitTree(repository, { tree, parents, metadata }) };
}

/** Pushes the commit, or learns that it is there already, and only then says so in the record. */
async function land(
  { git, store, actor, now }: MergeParts,
  { repository, workspace, expectedHeadSha, expectedBaseSha, fence }: MergeRequest,
  record: PullRequestRecord,
  { sha, tree }: Made,
): Promise<MergeResult> {
  const ref = `refs/heads/${record.base.branch}`;
  const pushed = await git.push(workspace, [{ ref, expected: expectedBaseSha, sha }], fence);
  if (pushed.kind === 'lease_lost') {
    if (pushed.remote === null) throw baseInvalid(repository, record.base.branch);
    return { kind: 'base_moved', baseSha: pushed.remote };
  }
  const merged: Merged = { sha, by: actor, fence: { before: fence.sha, after: pushed.fence.sha } };
  await store.change(record.number, (current) => ({
    ...current,
    state: 'merged',
    head: { ...current.head, sha: expectedHeadSha },
    base: { ...current.base, sha: expectedBaseSha },
    merged,
    updatedAt: now(),
  }));
  // The remote took it, and only onto the base that was expected: it is there.
  return { kind: 'merged', sha, tree, fence: pushed.fence, onBase: true };
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
