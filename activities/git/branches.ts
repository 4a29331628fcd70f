/** Branches of a workspace on the remote: made once, taken up where they are ours, put back where they were lost. */
import {
  type BranchConflict,
  branchConflictMessage,
  findBranchConflict,
  lostBranchMessage,
} from '../../domain/names/branches.ts';
import type { Fence } from '../../domain/model/git.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';
import { parseWorkflowId } from '../../domain/names/workflow-ids.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import type {
  CreateBranchRequest,
  CreateBranchResult,
  FindHeadRequest,
  FindHeadResult,
  RestoreBranchRequest,
  RestoreBranchResult,
} from './contract.ts';
import type { Git, PushResult, RemoteState } from './port.ts';

type Branches = ReadonlyMap<string, string>;

/** Safe to repeat: a branch that our own lost push made is recognised by the fence that moved with it. */
export async function createBranch(git: Git, request: CreateBranchRequest): Promise<CreateBranchResult> {
  const { workspace, own, fence } = request;
  // What others did since is found by the push, which expects a value of all that it touches.
  const recent = own?.headSha == null && fence !== null ? git.recentState(workspace, fence) : undefined;
  const made = recent === undefined ? undefined : await createFrom(git, request, recent).catch(refusedOnly);
  return made?.kind === 'ready' ? made : createFrom(git, request, await git.remoteState(workspace));
}

/** A branch that others made since, above or below this one: git says only that it can't make ours. */
function refusedOnly(error: unknown): undefined {
  if (!(error instanceof PortError) || error.code !== 'PushRejected') throw error;
}

async function createFrom(
  git: Git,
  request: CreateBranchRequest,
  { branches, fenceSha }: RemoteState,
): Promise<CreateBranchResult> {
  const { workspace, branch, from, own } = request;
  const fence = request.fence ?? { epoch: 1, sha: fenceSha };
  const fromSha = from.kind === 'sha' ? from.sha : await tipOfBase(git, request, from, branches);
  if (typeof fromSha !== 'string') return fromSha;
  const headSha = own?.headSha ?? null;
  if (headSha !== null)
    return takeUp(git, request, { tip: branches.get(branch) ?? null, fenceSha }, { headSha, fence, fromSha });

  const conflict = findConflict(request, branches);
  if (conflict?.wanted !== undefined && conflict.wanted !== branch)
    return { kind: 'conflict', message: branchConflictMessage(conflict.wanted, conflict, slugOf(workspace)) };
  const existing = branches.get(branch);
  const maybeOurs =
    existing === fromSha &&
    (conflict === undefined || (conflict.kind === 'remote' && conflict.other === branch));
  if (conflict !== undefined && !maybeOurs)
    return { kind: 'conflict', message: branchConflictMessage(branch, conflict, slugOf(workspace)) };
  if (existing !== undefined && !maybeOurs)
    return { kind: 'ready', headSha: existing, fromSha, fence, restored: false };
  return make(git, request, { fromSha, fence, existing, conflict });
}

async function tipOfBase(
  git: Git,
  { workspace: { repository } }: CreateBranchRequest,
  from: Extract<CreateBranchRequest['from'], { readonly kind: 'tip' }>,
  branches: Branches,
): Promise<string | Extract<CreateBranchResult, { readonly kind: 'base_lost' }>> {
  const { branch, landedSha: headSha } = from;
  const tip = branches.get(branch) ?? null;
  if (tip !== null && (await git.isAncestor(repository, headSha, tip))) return tip;
  return { kind: 'base_lost', message: lostBranchMessage({ branch, headSha, tip }) };
}

const slugOf = ({ owner }: WorkspaceRef): string => parseWorkflowId(owner)?.slug ?? owner;

/** The first name that can't be made: the branch itself, or one that is to be made later. */
function findConflict(
  { workspace, branch, siblings, reserve = [], own }: CreateBranchRequest,
  branches: Branches,
): (BranchConflict & { readonly wanted: string }) | undefined {
  const remote = [...branches.keys()];
  // Loose refs are files: where those ignore case, `Feature` and `feature` are one branch.
  const foldCase = workspace.repository.kind === 'path' && ['darwin', 'win32'].includes(process.platform);
  for (const wanted of reserve) {
    const others = [branch, ...reserve].filter((other) => other !== wanted);
    const elsewhere = remote.filter((name) => name !== branch);
    const later = findBranchConflict({ wanted, siblings: others, remote: elsewhere, own: false, foldCase });
    if (later !== undefined) return { ...later, wanted };
  }
  const now = findBranchConflict({ wanted: branch, siblings, remote, own: own !== null, foldCase });
  return now === undefined ? undefined : { ...now, wanted: branch };
}

interface Making {
  readonly fromSha: string;
  readonly fence: Fence;
  readonly existing: string | undefined;
  readonly conflict: BranchConflict | undefined;
}

async function make(
  git: Git,
  { workspace, branch, own }: CreateBranchRequest,
  { fromSha, fence, existing, conflict }: Making,
): Promise<CreateBranchResult> {
  const conflicting: CreateBranchResult = {
    kind: 'conflict',
    message: branchConflictMessage(branch, { kind: 'remote', other: branch }, slugOf(workspace)),
  };
  let pushed: PushResult;
  try {
    // Made in between at this very commit, by somebody else: then it is as we want it, and no lease could tell.
    pushed = await git.push(
      workspace,
      [{ ref: `refs/heads/${branch}`, expected: null, sha: fromSha }],
      fence,
      {
        absent: existing === undefined,
      },
    );
  } catch (error) {
    // The branch was there and the fence isn't ours: an earlier run left both. Naming the branch is the help.
    if (conflict !== undefined && error instanceof PortError && error.code === 'FencedOut')
      return conflicting;
    throw error;
  }
  await faultPoint('createBranch', 'effect');
  if (pushed.kind === 'pushed')
    return { kind: 'ready', headSha: fromSha, fromSha, fence: pushed.fence, restored: false };
  if (own === null || pushed.remote === null) return conflicting;
  return { kind: 'ready', headSha: pushed.remote, fromSha, fence, restored: false };
}

/** A branch of our own, whose head we recorded: taken as it is if it holds that head, put back if it is gone or rewound. */
async function takeUp(
  git: Git,
  { workspace, branch }: CreateBranchRequest,
  seen: Seen,
  { headSha, fence, fromSha }: { readonly headSha: string; readonly fence: Fence; readonly fromSha: string },
): Promise<CreateBranchResult> {
  const put = await putBack(git, { workspace, branch, headSha, fence }, seen);
  await faultPoint('createBranch', 'effect');
  if (put.kind === 'lost')
    return {
      kind: 'lost',
      headSha: seen.tip,
      message: lostBranchMessage({ branch, headSha, tip: seen.tip }),
    };
  return { ...put, kind: 'ready', fromSha };
}

/** The branch and the fence on the remote. */
interface Seen {
  readonly tip: string | null;
  readonly fenceSha: string | null;
}

type PutBack =
  /** The branch holds the recorded head; `headSha`: where it is. */
  | { readonly kind: 'back'; readonly headSha: string; readonly fence: Fence; readonly restored: boolean }
  /** It neither holds the recorded head nor is an ancestor of it, or that head is not to be had any more. */
  | { readonly kind: 'lost' };

/** The recorded head on its branch again, where that loses nobody's work. */
async function putBack(
  git: Git,
  { workspace, branch, headSha, fence }: RestoreBranchRequest,
  { tip, fenceSha }: Seen,
): Promise<PutBack> {
  const { repository } = workspace;
  const push = (expected: string | null, known = {}) =>
    git.push(workspace, [{ ref: `refs/heads/${branch}`, expected, sha: headSha }], fence, known);
  if (tip !== null && (await git.isAncestor(repository, headSha, tip))) {
    if (fenceSha === fence.sha) return { kind: 'back', headSha: tip, fence, restored: false };
    // The fence went on without us: by a push of ours whose answer was lost, or this host is fenced out.
    const before = await push(null);
    return { kind: 'back', headSha: tip, fence: 'fence' in before ? before.fence : fence, restored: true };
  }
  if (!(await git.hasCommit(repository, headSha))) return { kind: 'lost' };
  if (tip !== null && !(await git.isAncestor(repository, tip, headSha))) return { kind: 'lost' };
  const pushed = await push(tip, { absent: tip === null });
  if (pushed.kind === 'pushed') return { kind: 'back', headSha, fence: pushed.fence, restored: true };
  throw new PortError(
    'GitFailed',
    `While '${branch}' was put back to ${headSha}, somebody moved it to ${pushed.remote ?? 'nothing'}. It is looked at again.`,
  );
}

/** Safe to repeat: what is already back stays; a lost push is recognised by its fence. */
export async function restoreBranch(git: Git, request: RestoreBranchRequest): Promise<RestoreBranchResult> {
  const { workspace, branch, headSha } = request;
  const { branches, fenceSha } = await git.remoteState(workspace);
  const tip = branches.get(branch) ?? null;
  const put = await putBack(git, request, { tip, fenceSha });
  await faultPoint('restoreBranch', 'effect');
  if (put.kind === 'lost') return { kind: 'lost', remote: tip };
  return put.headSha === headSha
    ? { kind: 'landed', sha: headSha, fence: put.fence }
    : { kind: 'moved', remote: tip };
}

/** Safe to repeat: reads. */
export async function findHead(
  git: Git,
  { workspace: { repository }, branch, headSha, required }: FindHeadRequest,
): Promise<FindHeadResult> {
  const tip = await git.remoteRef(repository, `refs/heads/${branch}`);
  if (tip === null) return { kind: 'gone' };
  const missing = await git.missingFrom(repository, tip, [headSha, ...required]);
  if (missing.length === 0)
    return tip === headSha
      ? { kind: 'same' }
      : { kind: 'ahead', headSha: tip, tree: await git.tree(repository, tip) };
  const rewound =
    tip !== headSha &&
    (await git.hasCommit(repository, headSha)) &&
    (await git.isAncestor(repository, tip, headSha));
  return rewound ? { kind: 'behind', headSha: tip } : { kind: 'lost', headSha: tip, missing };
}
