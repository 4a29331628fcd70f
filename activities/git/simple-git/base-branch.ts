/** Which branch a project starts from, and whether a person has it checked out. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { notTheTop, type RepositoryShape, shapeProblem } from '../../../domain/project-file/preflight.ts';
import { PortError } from '../../support/errors.ts';
import { type AskGit, readShape } from '../../support/repository-facts.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { Git } from '../port.ts';
import { findCheckout } from './checkouts.ts';
import type { Run } from './command.ts';
import { branchesOf, branchRef, emptyTree, type RemoteRefs } from './map.ts';
import { type Mirrors, remoteHead } from './mirror.ts';
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
    await refuseShape(repository);
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
    // Another id than ours is longer: asking for it would end in git's words about itself.
    if (sha.length > emptyTree.length) throw unsupported(label, { objectFormat: 'sha256' });
    await mirrors.fetch(repository);
    if (head !== null)
      await mirrors.changeLedger(
        mirrors.of(repository),
        (refs) => void refs.set(remoteHead, head.replace(/^refs\/heads\//, 'refs/remotes/origin/')),
      );
    return { branch, sha };
  };

  /** Of a repository on this machine: what a fetch would fail with later, or not at all. */
  async function refuseShape(repository: RepositoryRef): Promise<void> {
    const path = localPath(repository);
    if (path === undefined || !existsSync(path)) return;
    const shape = await readShape(askIn(path, { GIT_CEILING_DIRECTORIES: dirname(path) }));
    if (shape !== undefined) {
      const problem = shapeProblem(path, shape);
      if (problem !== undefined) throw new PortError('UnusableRepository', problem);
      return;
    }
    const top = (await askIn(path, {})(['rev-parse', '--show-toplevel']))?.trimEnd();
    if (top !== undefined) throw new PortError('RepositoryNotFound', notTheTop(path, top));
  }

  const askIn =
    (cwd: string, env: Readonly<Record<string, string>>): AskGit =>
    ([verb, ...args]) =>
      run({ verb, args, cwd, gitDir: null, env }).then(
        ({ text }) => text,
        () => undefined,
      );

  /** Undefined: it is on another machine. */
  function localPath(repository: RepositoryRef): string | undefined {
    const { remote } = mirrors.of(repository);
    if (!remote.local) return undefined;
    return repository.kind === 'path' ? remote.url : decodeURIComponent(remote.url.replace(/^file:\/\//, ''));
  }

  const checkedOutAt: Git['checkedOutAt'] = async (repository, branch) => {
    const path = localPath(repository);
    if (path === undefined) return null;
    if (!existsSync(path)) throw new PortError('RepositoryNotFound', `${path} does not exist.`);
    const read = await findCheckout(path, branch);
    if (read !== undefined) return read;
    // It reads, and finds that repository by standing in it.
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

const unsupported = (label: string, shape: Pick<RepositoryShape, 'objectFormat'>): PortError =>
  new PortError(
    'UnusableRepository',
    shapeProblem(label, { shallow: false, partial: false, ...shape }) ?? label,
  );

function defaultBranch(head: RemoteRefs['head'], branches: ReadonlyMap<string, string>): string | undefined {
  const named = head?.replace(/^refs\/heads\//, '');
  if (named !== undefined && branches.has(named)) return named;
  return branches.size === 1 ? [...branches.keys()][0] : undefined;
}
