/**
 * The merge of a pull request, with git's word for what came of it: a "moved" that git does not confirm is no answer, and what is
 * called merged is looked for on the base.
 */
import { lostBaseMessage } from '../../domain/names/branches.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import type { Git } from '../git/port.ts';
import type { MergePullRequestRequest, MergePullRequestResult } from './contract.ts';
import { disagrees } from './disagreement.ts';
import type { CodeHost, MergeResult } from './port.ts';

export interface MergeParts {
  readonly host: CodeHost;
  readonly git: Pick<Git, 'remoteRef' | 'isAncestor' | 'missingFrom'>;
  /** Of the activity, from 1. */
  readonly attempt: number;
}

/** About two minutes of growing pauses for a host whose merge git does not show; then it is said to be elsewhere. */
const staleTries = 8;

/** Safe to repeat: the port promises that a merge which went through answers the same again. */
export async function mergePullRequest(
  parts: MergeParts,
  request: MergePullRequestRequest,
): Promise<MergePullRequestResult> {
  const { repository } = request.workspace;
  const commits = await parts.git.missingFrom(repository, request.expectedHeadSha, request.required);
  if (commits.length > 0) return { kind: 'missing', commits };
  const result = await parts.host
    .mergePullRequest({ repository, ...request })
    .catch(baseIfGone(parts, request));
  await faultPoint('mergePullRequest', 'effect');
  switch (result.kind) {
    case 'merged':
      return confirmMerged(parts, request, result);
    case 'head_moved':
    case 'closed':
      return confirmHead(parts, request, result);
    case 'base_moved':
      return confirmBase(parts, request, result);
    case 'conflict':
      // A head that holds its base conflicts with nothing.
      if (await parts.git.isAncestor(repository, request.expectedBaseSha, request.expectedHeadSha))
        throw disagrees(
          repository,
          `#${request.number} conflicts, but its head holds '${request.baseBranch}'`,
        );
      return result;
    default:
      return result;
  }
}

async function confirmMerged(
  { host, git, attempt }: MergeParts,
  { workspace: { repository }, number, baseBranch }: MergePullRequestRequest,
  result: Extract<MergeResult, { kind: 'merged' }>,
): Promise<MergePullRequestResult> {
  const { onBase } = result;
  if (onBase !== null) return { ...result, onBase };
  const tip = await git.remoteRef(repository, `refs/heads/${baseBranch}`);
  if (tip !== null && (await git.isAncestor(repository, result.sha, tip))) return { ...result, onBase: true };
  const { base } = await host.getPullRequest({ repository, number });
  if (base.branch === baseBranch && attempt < staleTries)
    throw disagrees(
      repository,
      `#${number} is merged as ${result.sha}, but '${baseBranch}' is at ${tip ?? 'nothing'}`,
    );
  return { ...result, onBase: false };
}

async function confirmHead(
  { host, git }: MergeParts,
  { workspace: { repository }, number, headBranch, expectedHeadSha }: MergePullRequestRequest,
  result: Extract<MergeResult, { kind: 'head_moved' | 'closed' }>,
): Promise<MergePullRequestResult> {
  if (repository.kind !== 'hosted') return result;
  const tip = await git.remoteRef(repository, `refs/heads/${headBranch}`);
  if (result.kind === 'closed') return tip === null ? { kind: 'head_moved', headSha: null } : result;
  if (tip !== expectedHeadSha) return { kind: 'head_moved', headSha: tip };
  const { state } = await host.getPullRequest({ repository, number });
  // Merged with another head; the branch has come to this one since.
  if (state === 'merged') return result;
  throw disagrees(repository, `#${number} is at ${result.headSha}, '${headBranch}' is at ${tip}`);
}

/** Git's word on a base that the host does not show. */
const baseIfGone =
  ({ git }: MergeParts, { workspace: { repository }, baseBranch }: MergePullRequestRequest) =>
  async (error: unknown): Promise<never> => {
    if (!(error instanceof PortError) || error.code !== 'BaseInvalid') throw error;
    const tip = await git.remoteRef(repository, `refs/heads/${baseBranch}`);
    throw tip === null ? error : disagrees(repository, error.message);
  };

async function confirmBase(
  { host, git }: MergeParts,
  { workspace: { repository }, number, baseBranch, expectedBaseSha }: MergePullRequestRequest,
  result: Extract<MergeResult, { kind: 'base_moved' }>,
): Promise<MergePullRequestResult> {
  if (repository.kind !== 'hosted') return result;
  const tip = await git.remoteRef(repository, `refs/heads/${baseBranch}`);
  if (tip === null) throw new PortError('BaseInvalid', lostBaseMessage(baseBranch));
  if (tip !== expectedBaseSha) return { kind: 'base_moved', baseSha: tip };
  const { base } = await host.getPullRequest({ repository, number });
  // A person gave it another base.
  if (base.branch !== baseBranch) return result;
  throw disagrees(repository, `'${baseBranch}' is at ${result.baseSha}, git has it at ${tip}`);
}
