/** Whether a head is on a branch of the remote: by its commits, or for a squash by its content. */
import type { VerifyLandedRequest } from './contract.ts';
import type { Git } from './port.ts';

/** Asks the remote now. A squash that others have built upon since still counts while the tip's history shows its tree. */
export async function isLanded(
  git: Git,
  { workspace, branch, headSha, method }: VerifyLandedRequest,
): Promise<{ readonly landed: boolean; readonly tip: string | null }> {
  const { repository } = workspace;
  const tip = await git.remoteRef(repository, `refs/heads/${branch}`);
  if (tip === null) return { landed: false, tip };
  if (tip === headSha || (await git.isAncestor(repository, headSha, tip))) return { landed: true, tip };
  if (method === 'merge') return { landed: false, tip };
  return { landed: (await git.findSquash(repository, tip, headSha)) !== null, tip };
}
