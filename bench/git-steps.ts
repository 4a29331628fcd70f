/**
 * The fewest git commands that carry a project as the product promises it: one commit per task, pushed with a lease before the
 * next; one merge per phase and one into the base, made without a checkout; one worktree, switched from phase to phase. Each
 * step may be repeated: commits are the same for the same input, and a push that has happened is up to date.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { integrationBranch, phaseBranch } from './branches.ts';
import { git } from './repository.ts';

export interface GitSteps {
  worktree(project: string): string;
  /** The base's tip, at which the integration branch is now. */
  openProject(project: string): Promise<string>;
  openPhase(project: string, phase: number, fromSha: string): Promise<void>;
  /** What lies in the worktree, as a commit on `parentSha`. */
  commit(
    commit: Dated & { readonly project: string; readonly branch: string; readonly parentSha: string },
  ): Promise<string>;
  /** `expectedSha` null: the remote must not have the branch. */
  push(branch: string, sha: string, expectedSha: string | null): Promise<void>;
  merge(
    merge: Dated & { readonly into: string; readonly oursSha: string; readonly theirsSha: string },
  ): Promise<string>;
  closeProject(project: string): Promise<void>;
}
interface Dated {
  readonly subject: string;
  /** Of author and committer. */
  readonly date: string;
}

export async function openGitSteps(
  folder: string,
  remote: string,
  onCommand: (verb: string, ms: number) => void,
): Promise<GitSteps> {
  const mirror = join(folder, 'mirror.git');
  await git(folder, ['clone', '-q', '--bare', remote, mirror]);
  for (const path of [mirror, remote]) await git(path, ['config', 'gc.auto', '0']);

  const run = async (cwd: string, args: readonly string[], date?: string): Promise<string> => {
    const { verb, ms, text } = await git(cwd, args, date);
    onCommand(verb, ms);
    return text;
  };
  /** The mirror's refs and list of worktrees are everybody's. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(body: () => Promise<T>): Promise<T> => {
    const mine = turn.then(body);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const worktree = (project: string) => join(folder, project);
  const push: GitSteps['push'] = async (branch, sha, expectedSha) => {
    const ref = `refs/heads/${branch}`;
    const lease = `--force-with-lease=${ref}:${expectedSha ?? ''}`;
    await run(mirror, ['push', '-q', '--atomic', lease, remote, `${sha}:${ref}`]);
  };

  return {
    worktree,
    push,
    async openProject(project) {
      await inTurn(() => run(mirror, ['fetch', '-q', remote, '+refs/heads/main:refs/heads/main']));
      const baseSha = readBranch(mirror, 'main');
      await push(integrationBranch(project), baseSha, null);
      return baseSha;
    },
    async openPhase(project, phase, fromSha) {
      const path = worktree(project);
      const branch = phaseBranch(project, phase);
      await (existsSync(path)
        ? run(path, ['switch', '-q', '--no-track', '-C', branch, fromSha])
        : inTurn(() => run(mirror, ['worktree', 'add', '-q', '--no-track', '-B', branch, path, fromSha])));
    },
    async commit({ project, branch, parentSha, subject, date }) {
      const made = readBranch(mirror, branch);
      if (made !== parentSha) return made;
      await run(worktree(project), ['add', '-A']);
      await run(worktree(project), ['commit', '-q', '-m', subject], date);
      return readBranch(mirror, branch);
    },
    async merge({ into, oursSha, theirsSha, subject, date }) {
      const tree = await run(mirror, ['merge-tree', '--write-tree', oursSha, theirsSha]);
      const parents = ['-p', oursSha, '-p', theirsSha];
      const merged = await run(mirror, ['commit-tree', tree, ...parents, '-m', subject], date);
      await push(into, merged, oursSha);
      return merged;
    },
    async closeProject(project) {
      if (existsSync(worktree(project)))
        await inTurn(() => run(mirror, ['worktree', 'remove', '--force', worktree(project)]));
    },
  };
}

/** Without a process. */
function readBranch(gitDir: string, branch: string): string {
  const ref = `refs/heads/${branch}`;
  const loose = join(gitDir, ref);
  if (existsSync(loose)) return readFileSync(loose, 'utf8').trim();
  const packed = readFileSync(join(gitDir, 'packed-refs'), 'utf8');
  const line = packed.split('\n').find((each) => each.endsWith(` ${ref}`));
  if (line === undefined) throw new Error(`${gitDir} has no branch '${branch}'.`);
  return line.slice(0, line.indexOf(' '));
}
