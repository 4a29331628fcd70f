import { collect } from '../ask.ts';
import { type FollowFlags, follow } from '../follow.ts';
import type { Registry } from '../registry.ts';
import { oneLine } from '../text/lines.ts';

interface TaskFlags extends FollowFlags {
  readonly description?: string;
  readonly repository: string;
  readonly base?: string;
  readonly slug?: string;
  readonly branchPrefix?: string;
  readonly accept?: readonly string[];
  readonly setup?: readonly string[];
  readonly check?: readonly string[];
  readonly again?: boolean;
}

export function addTask({ program, run }: Registry): void {
  program
    .command('task')
    .description('start a task without a project: its own branch, its own pull request')
    .argument('<title>', 'what is to be done, in a line')
    .option('--description <text>', 'more about it, for the agent')
    .option('--repository <where>', 'a path, a git URL, or owner/name', '.')
    .option('--base <branch>', "the branch to start from (default: the repository's default branch)")
    .option('--slug <slug>', 'the short name (default: made from the title)')
    .option('--branch-prefix <prefix>', 'what its branch begins with (default: task)')
    .option('--accept <criterion>', 'what must be true when it is done; may be repeated', collect)
    .option('--setup <command>', 'prepares a fresh worktree; may be repeated', collect)
    .option('--check <command>', 'must pass; may be repeated', collect)
    .option('--again', 'the task has ended: run it anew under the next free slug')
    .option('--watch', 'then follow it until it ends')
    .option('--until-waiting', 'with --watch: until a person is needed (exit code 3)')
    .action(
      run(async (cli, title: string, flags: TaskFlags) => {
        const { absoluteRepository, uncommittedNote } = await import('../files.ts');
        const { repository, folder } = await absoluteRepository(flags.repository, cli.io);
        const given = {
          description: flags.description,
          base: flags.base,
          slug: flags.slug,
          branch_prefix: flags.branchPrefix,
          acceptance: flags.accept,
          setup: flags.setup,
          checks: flags.check,
        };
        const input = {
          title,
          repository,
          ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        };
        const client = await cli.client();
        const note = await uncommittedNote(folder, cli.io);
        if (note !== null) cli.say(cli.style.yellow(oneLine(note, 1_000)));
        return follow(cli, await client.startTask(input, { again: flags.again }), flags);
      }),
    );
}
