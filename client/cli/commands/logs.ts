import { positive, taskNumber } from '../ask.ts';
import { exitCodes } from '../exit.ts';
import type { Registry } from '../registry.ts';
import { manyLines, oneLine } from '../text/lines.ts';

interface LogFlags {
  readonly task?: ReturnType<typeof taskNumber>;
  readonly attempt?: number;
  readonly name?: string;
  readonly list?: boolean;
}

export function addLogs({ program, run }: Registry): void {
  program
    .command('logs')
    .description("an attempt's log (or prompt, or result), read on the host that has it")
    .argument('<slug>', 'the project or task')
    .option('--task <n>', 'PHASE.TASK, or TASK; default: the last that wrote one', taskNumber)
    .option('--attempt <n>', 'default: the last', positive)
    .option('--name <name>', 'log, checks.log, setup.log, prompt.md, result.json, …', 'log')
    .option('--list', 'list what there is')
    .action(
      run(async (cli, slug: string, { task, attempt, name, list = false }: LogFlags) => {
        const client = await cli.client();
        if (list) {
          const all = await client.artifacts(slug);
          cli.print(all, () =>
            all.length === 0
              ? 'No attempt has written anything yet.\n'
              : `${all.map(({ id }) => oneLine(id)).join('\n')}\n`,
          );
          return exitCodes.ok;
        }
        const log = await client.log(slug, { phase: task?.phase, task: task?.task, attempt, name });
        cli.say(
          cli.style.dim(`── ${oneLine(log.artifact.id)}${log.truncated ? ' (only its beginning)' : ''} ──`),
        );
        cli.print(log, () => `${manyLines(log.text).replace(/\n$/, '')}\n`);
        return exitCodes.ok;
      }),
    );
}
