/** The way of commits onto branches of the remote: brought up to date, pushed, merged; never forced over anything. */
import type { ConflictedFile } from '../../domain/model/git.ts';
import { lostBaseMessage } from '../../domain/names/branches.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import type {
  BringUpToDateRequest,
  BringUpToDateResult,
  LandRequest,
  LandResult,
  MergeBranchRequest,
  MergeBranchResult,
} from './contract.ts';
import type { Git } from './port.ts';
import { onRewrittenBase } from './rewritten-base.ts';

const filesNamed = 50;

/** Safe to repeat: the push expects the old value and the remote reports each ref; after a lost answer it shows our fence. */
export async function land(
  git: Git,
  { workspace, branch, expected, sha, fence }: LandRequest,
): Promise<LandResult> {
  const pushed = await git.push(workspace, [{ ref: `refs/heads/${branch}`, expected, sha }], fence);
  await faultPoint('land', 'effect');
  if (pushed.kind === 'lease_lost') {
    return pushed.remote === sha ? { kind: 'landed', sha, fence } : { kind: 'moved', remote: pushed.remote };
  }
  return { kind: 'landed', sha, fence: pushed.fence };
}

/** Safe to repeat: objects only; commits keep their dates and a merge is made from the request, so the SHAs are the same again. */
export async function bringUpToDate(git: Git, request: BringUpToDateRequest): Promise<BringUpToDateResult> {
  const { workspace, headSha, startSha, baseBranch, landedSha, how } = request;
  const { repository } = workspace;
  const baseSha = await git.remoteRef(repository, `refs/heads/${baseBranch}`);
  if (landedSha !== null && (baseSha === null || !(await git.isAncestor(repository, landedSha, baseSha))))
    return { kind: 'base_lost' };
  if (baseSha === null) throw baseIsGone(baseBranch);
  if (await git.isAncestor(repository, headSha, baseSha)) return { kind: 'nothing', baseSha };
  const isSquashed = request.method === 'squash' && baseSha !== request.baseSha;
  if (isSquashed && (await git.findSquash(repository, baseSha, headSha)) !== null)
    return { kind: 'nothing', baseSha };
  if (!(await git.isAncestor(repository, request.baseSha, baseSha)))
    return onRewrittenBase(git, request, baseSha);
  if (await git.isAncestor(repository, baseSha, headSha)) return { kind: 'current', baseSha };
  const replayed =
    how === 'merge' ? null : await git.replay(repository, { baseSha: startSha, headSha, ontoSha: baseSha });
  await faultPoint('bringUpToDate', 'effect');
  // Commit by commit it can't be done, or was not asked for; as one merge it may be, or else an agent finishes it.
  if (replayed?.kind !== 'replayed') return mergeBaseIn(git, request, baseSha);
  const { commits, samePatches } = replayed;
  const tree = await git.tree(repository, replayed.headSha);
  return { kind: 'updated', how, headSha: replayed.headSha, tree, baseSha, commits, samePatches };
}

async function mergeBaseIn(
  git: Git,
  { workspace: { repository }, branch, baseBranch, headSha, metadata, ...request }: BringUpToDateRequest,
  baseSha: string,
): Promise<BringUpToDateResult> {
  const merged = await git.mergeTree(repository, headSha, baseSha);
  const { tree } = merged;
  const sha = await git.commitTree(repository, { tree, parents: [headSha, baseSha], metadata });
  if (merged.kind === 'clean') {
    // The branch's commits are what they were; what they come to on base as it is now may differ all the same.
    const before = { from: request.baseSha, to: headSha };
    const samePatches = await git.samePatch(repository, before, { from: baseSha, to: sha });
    return { kind: 'updated', how: 'merge', headSha: sha, tree, baseSha, commits: [], samePatches };
  }
  // The conflicted merge as a commit to start from.
  const says = ({ says: words }: ConflictedFile) =>
    words.replaceAll(headSha, `'${branch}'`).replaceAll(baseSha, `'${baseBranch}'`);
  const files = merged.files.slice(0, filesNamed).map((file) => ({ ...file, says: says(file) }));
  const merge = { parentSha: baseSha, startSha: sha, files };
  return { kind: 'conflict', baseSha, merge };
}

/** Safe to repeat: the merge commit is made from the request alone; a lost push is recognised by its fence. */
export async function mergeBranch(
  git: Git,
  { workspace, headBranch, headSha, baseBranch, baseSha, metadata, fence, required }: MergeBranchRequest,
): Promise<MergeBranchResult> {
  const { repository } = workspace;
  const commits = await git.missingFrom(repository, headSha, required);
  if (commits.length > 0) return { kind: 'missing', commits };
  const merged = await git.mergeTree(repository, baseSha, headSha);
  if (merged.kind === 'conflict')
    return { kind: 'conflict', files: merged.files.slice(0, filesNamed).map(({ path }) => path) };
  const { tree } = merged;
  const tested = await git.tree(repository, headSha);
  if (tree !== tested && (await git.isAncestor(repository, baseSha, headSha))) {
    throw new PortError(
      'LandedTreeMismatch',
      `Merging ${headSha} into ${baseBranch} would land tree ${tree}, but ${tested} was tested. Nothing was pushed.`,
    );
  }
  const sha = await git.commitTree(repository, { tree, parents: [baseSha, headSha], metadata });
  const tips = await git.remoteBranches(repository);
  const tip = tips.get(baseBranch);
  if (tip === undefined) throw baseIsGone(baseBranch);
  const landed = await git.isAncestor(repository, sha, tip);
  if (!landed && tip !== baseSha) return { kind: 'base_moved', baseSha: tip };
  const head = tips.get(headBranch) ?? null;
  if (!landed && head !== headSha) return { kind: 'head_moved', headSha: head };
  const update = { ref: `refs/heads/${baseBranch}`, expected: baseSha, sha };
  const pushed = await git.push(workspace, [update], fence);
  await faultPoint('mergeBranch', 'effect');
  if (pushed.kind === 'lease_lost') {
    if (pushed.remote === null) throw baseIsGone(baseBranch);
    return { kind: 'base_moved', baseSha: pushed.remote };
  }
  // The remote took it, and only onto the base that was expected: it is there.
  return { kind: 'merged', sha, tree, fence: pushed.fence, onBase: true };
}

const baseIsGone = (baseBranch: string): PortError =>
  new PortError('BaseNotFound', lostBaseMessage(baseBranch));
