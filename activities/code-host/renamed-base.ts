/** A base that was renamed on the code host, by the host's own word, with git's that it is the same line of commits. */
import type { Git } from '../git/port.ts';
import type { CodeHostActivities } from './contract.ts';
import type { CodeHost } from './port.ts';

export interface RenamedParts {
  readonly host: Pick<CodeHost, 'findRenamed'>;
  readonly git: Pick<Git, 'remoteRef' | 'isAncestor'>;
}

type Request = Parameters<CodeHostActivities['findRenamedBase']>[0];

/** Safe to repeat: only reads. */
export async function findRenamedBase(
  { host, git }: RenamedParts,
  { workspace: { repository }, branch, baseSha }: Request,
): Promise<{ readonly branch: string | null }> {
  const none = { branch: null };
  if ((await git.remoteRef(repository, `refs/heads/${branch}`)) !== null) return none;
  const name = await host.findRenamed(repository, branch);
  if (name === null) return none;
  const tip = await git.remoteRef(repository, `refs/heads/${name}`);
  const same = tip !== null && (await git.isAncestor(repository, baseSha, tip));
  return same ? { branch: name } : none;
}
