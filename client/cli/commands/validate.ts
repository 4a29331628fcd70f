import { exitCodes } from '../exit.ts';
import type { Registry } from '../registry.ts';
import { count, oneLine } from '../text/lines.ts';

export function addValidate({ program, run }: Registry): void {
  program
    .command('validate')
    .description('check a project file; every problem is printed with file, line and column')
    .argument('<file>', 'the project file')
    .action(
      run(async (cli, file: string) => {
        const [{ preflightWarnings, readProjectFile }, { problemLine }] = await Promise.all([
          import('../files.ts'),
          import('../../../domain/yaml/problem.ts'),
        ]);
        const read = await readProjectFile(file, cli.io);
        if (read.kind === 'problems') {
          cli.print(
            { valid: false, problems: read.problems },
            () =>
              `${read.problems.map(problemLine).join('\n')}\n${count(read.problems.length, 'problem')}.\n`,
          );
          return exitCodes.failed;
        }
        const { draft } = read.file;
        const tasks = draft.phases.reduce((sum, phase) => sum + phase.tasks.length, 0);
        const warnings = await preflightWarnings(read.file, cli.io);
        for (const warning of warnings) cli.say(cli.style.yellow(oneLine(warning, 1_000)));
        cli.print(
          { valid: true, slug: draft.slug, name: draft.name, phases: draft.phases.length, tasks, warnings },
          () =>
            `${oneLine(file)} is valid: '${oneLine(draft.name)}' (${draft.slug}), ${count(draft.phases.length, 'phase')}, ${count(tasks, 'task')}.\n`,
        );
        return exitCodes.ok;
      }),
    );
}
