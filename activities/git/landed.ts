/** Whether a head is on a branch of the remote: by its commits, or for a squash by its content. */
import type { RepositoryRef } from '../../domain/model/project.ts';
import type { VerifyLandedRequest } from './contract.ts';
import type { Git } from './port.ts';

/** Asks the remote now. A squash that others have built upon since still counts while the tip's history shows its tree. */
export async function isLanded(
  git: Git,
  { workspace, branch, headSha: head, method }: VerifyLandedRequest,
): Promise<{ readonly landed: boolean; readonly tip: string | null }> {
  const { repository } = workspace;
  const tip = await git.remoteRef(repository, `refs/heads/${branch}`);
  if (tip === null) return { landed: false, tip };
  if (tip === head || (await git.isAncestor(repository, head, tip))) return { landed: true, tip };
  if (method === 'merge') return { landed: false, tip };
  return { landed: (await git.findSquash(repository, tip, head)) !== null, tip };
}

/** Which of these commits the head does not hold, each once. */
export async function missingFrom(
  git: Pick<Git, 'isAncestor'>,
  repository: RepositoryRef,
  headSha: string,
  commits: readonly string[],
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const sha of new Set(commits))
    if (sha !== headSha && !(await git.isAncestor(repository, sha, headSha))) missing.push(sha);
  return missing;
}
