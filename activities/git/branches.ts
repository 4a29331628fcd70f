/** Branches of a workspace on the remote: made once, adopted where they are ours. */
import { branchConflictMessage, findBranchConflict } from '../../domain/names/branches.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import type { CreateBranchRequest, CreateBranchResult } from './contract.ts';
import type { Git, PushResult } from './port.ts';

/** Safe to repeat: a branch that our own lost push made is recognised by the fence that moved with it. */
export async function createBranch(git: Git, request: CreateBranchRequest): Promise<CreateBranchResult> {
  const { workspace, branch, sha, siblings, reserve = [], own, fence } = request;
  const branches = await git.remoteBranches(workspace.repository);
  const remote = [...branches.keys()];
  // Loose refs are files: where those ignore case, `Feature` and `feature` are one branch.
  const foldCase = workspace.repository.kind === 'path' && ['darwin', 'win32'].includes(process.platform);
  const conflict = findBranchConflict({ wanted: branch, siblings, remote, own, foldCase });
  for (const wanted of reserve) {
    const others = [branch, ...reserve].filter((other) => other !== wanted);
    const later = findBranchConflict({
      wanted,
      siblings: others,
      remote: remote.filter((name) => name !== branch),
      own: false,
      foldCase,
    });
    if (later !== undefined) return { kind: 'conflict', message: branchConflictMessage(wanted, later) };
  }
  const existing = branches.get(branch);
  const maybeOurs =
    existing === sha && (conflict === undefined || (conflict.kind === 'remote' && conflict.other === branch));
  if (conflict !== undefined && !maybeOurs)
    return { kind: 'conflict', message: branchConflictMessage(branch, conflict) };
  if (existing !== undefined && !maybeOurs) return { kind: 'ready', headSha: existing, fence };

  const conflicting: CreateBranchResult = {
    kind: 'conflict',
    message: branchConflictMessage(branch, { kind: 'remote', other: branch }),
  };
  let pushed: PushResult;
  try {
    // Made in between at this very commit, by whomever: then it is as we want it, and no lease could tell.
    pushed = await git.push(workspace, [{ ref: `refs/heads/${branch}`, expected: null, sha }], fence, {
      absent: existing === undefined,
    });
  } catch (error) {
    // The branch was there and the fence isn't ours: an earlier run left both. Naming the branch is the help.
    if (conflict !== undefined && error instanceof PortError && error.code === 'FencedOut')
      return conflicting;
    throw error;
  }
  await faultPoint('createBranch', 'effect');
  if (pushed.kind === 'pushed') return { kind: 'ready', headSha: sha, fence: pushed.fence };
  if (own && pushed.remote !== null) return { kind: 'ready', headSha: pushed.remote, fence };
  return conflicting;
}
