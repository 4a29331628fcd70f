/** Which branch a project starts from, and whether a person has it checked out. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { PortError } from '../../support/errors.ts';
import type { Git } from '../port.ts';
import { findCheckout } from './checkouts.ts';
import type { Run } from './command.ts';
import { branchesOf, branchRef, type RemoteRefs } from './map.ts';
import type { Mirrors } from './mirror.ts';
import type { RemotePort } from './remote.ts';

interface Parts {
  readonly mirrors: Mirrors;
  readonly run: Run;
  readonly list: RemotePort['list'];
}

const listed = (names: readonly string[]): string =>
  names.length > 20 ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more` : names.join(', ');

export function createBaseBranch({ mirrors, run, list }: Parts): Pick<Git, 'resolveBase' | 'checkedOutAt'> {
  const resolveBase: Git['resolveBase'] = async (repository, wanted) => {
    const { label } = mirrors.of(repository).remote;
    const { refs, head } = await list(repository, ['HEAD', 'refs/heads/*']);
    const branches = branchesOf(refs);
    if (branches.size === 0) {
      throw new PortError(
        'BaseNotFound',
        `${label} is empty: it has no branch to start from. Commit something to it (git commit --allow-empty -m 'First commit'), then start again.`,
      );
    }
    const branch = wanted ?? defaultBranch(head, branches);
    if (branch === undefined) {
      throw new PortError(
        'BaseNotFound',
        `${label} has no default branch: its HEAD is not on a branch that exists. Name one with 'base:'. It has: ${listed([...branches.keys()])}.`,
      );
    }
    const sha = branches.get(branch);
    if (sha === undefined) {
      throw new PortError(
        'BaseNotFound',
        `${label} has no branch '${branch}'. It has: ${listed([...branches.keys()])}. Correct 'base:', or push the branch first.`,
      );
    }
    await mirrors.fetch(repository);
    return { branch, sha };
  };

  const checkedOutAt: Git['checkedOutAt'] = async (repository, branch) => {
    const { remote } = mirrors.of(repository);
    if (!remote.local) return null;
    const path =
      repository.kind === 'path' ? remote.url : decodeURIComponent(remote.url.replace(/^file:\/\//, ''));
    if (!existsSync(path)) throw new PortError('RepositoryNotFound', `${remote.label} does not exist.`);
    const read = await findCheckout(path, branch);
    if (read !== undefined) return read;
    // The only command that runs in a person's repository; it reads, and finds that repository by standing in it.
    const { text } = await run({
      verb: 'worktree',
      args: ['list', '--porcelain', '-z'],
      cwd: path,
      gitDir: null,
      env: { GIT_CEILING_DIRECTORIES: dirname(path) },
    });
    for (const block of text.split('\0\0')) {
      const lines = block.split('\0');
      if (lines.includes(`branch ${branchRef(branch)}`))
        return lines.find((line) => line.startsWith('worktree '))?.slice('worktree '.length) ?? path;
    }
    return null;
  };
  return { resolveBase, checkedOutAt };
}

function defaultBranch(head: RemoteRefs['head'], branches: ReadonlyMap<string, string>): string | undefined {
  const named = head?.replace(/^refs\/heads\//, '');
  if (named !== undefined && branches.has(named)) return named;
  return branches.size === 1 ? [...branches.keys()][0] : undefined;
}
