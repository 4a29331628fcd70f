/**
 * The fewest git commands that carry a project of this size as the product promises it: one commit per task, pushed before
 * the next; one merge per phase and one into the base, made without a checkout; one worktree, switched from phase to phase.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { git, type GitRun } from './repository.ts';

export interface FloorGit {
  /** One project; its commands in order. */
  run(name: string, size: { readonly phases: number; readonly tasks: number }): Promise<readonly GitRun[]>;
}

export async function openFloorGit(folder: string, remote: string): Promise<FloorGit> {
  const mirror = join(folder, 'mirror.git');
  await git(folder, 'clone', '-q', '--bare', remote, mirror);
  for (const path of [mirror, remote]) await git(path, 'config', 'gc.auto', '0');

  return {
    async run(name, { phases, tasks }) {
      const done: GitRun[] = [];
      const run = async (cwd: string, ...args: string[]) => {
        const result = await git(cwd, ...args);
        done.push(result);
        return result.text;
      };
      const worktree = join(folder, name);
      const push = (cwd: string, from: string, to: string) =>
        run(cwd, 'push', '-q', '--atomic', remote, `${from}:refs/heads/${to}`);
      const merge = async (ours: string, theirs: string, into: string) => {
        const tree = await run(mirror, 'merge-tree', '--write-tree', ours, theirs);
        const merged = await run(
          mirror,
          'commit-tree',
          tree,
          '-p',
          ours,
          '-p',
          theirs,
          '-m',
          `Merge ${theirs}`,
        );
        await push(mirror, merged, into);
        return merged;
      };
      await run(mirror, 'fetch', '-q', remote, '+refs/heads/main:refs/heads/main');
      let integration = 'main';
      await push(mirror, integration, `project/${name}/integration`);
      for (let phase = 1; phase <= phases; phase += 1) {
        const branch = `project/${name}/phase/${phase}`;
        if (phase === 1)
          await run(mirror, 'worktree', 'add', '-q', '--no-track', '-B', branch, worktree, integration);
        else await run(worktree, 'switch', '-q', '--no-track', '-C', branch, integration);
        for (let task = 1; task <= tasks; task += 1) {
          mkdirSync(join(worktree, 'work'), { recursive: true });
          appendFileSync(join(worktree, 'work', `${phase}-${task}.txt`), `${name}\n`);
          await run(worktree, 'add', '-A');
          await run(worktree, 'commit', '-q', '-m', `Task ${task} of phase ${phase}`);
          await push(worktree, 'HEAD', branch);
        }
        integration = await merge(integration, branch, `project/${name}/integration`);
      }
      await merge('main', integration, 'main');
      await run(mirror, 'worktree', 'remove', '--force', worktree);
      return done;
    },
  };
}
