import { existsSync } from 'node:fs';
import { realpath, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { Cli } from '../cli.ts';
import { exitCodes } from '../exit.ts';
import type { Registry } from '../registry.ts';
import { table } from '../text/lines.ts';

export function addInit({ program, run }: Registry): void {
  program
    .command('init')
    .description(
      'write a project.yaml to start from, and agents.yaml into the data folder; nothing is overwritten',
    )
    .option('--explain', 'list every key of a project file with its default instead')
    .action(
      run(async (cli, { explain = false }: { explain?: boolean }) =>
        explain ? explainKeys(cli) : writeFiles(cli),
      ),
    );
}

async function explainKeys(cli: Cli): Promise<number> {
  const { projectKeys } = await import('../../../domain/project-file/published.schema.ts');
  const rows = projectKeys.map(({ key, default: value, meaning }) => [key, value, meaning]);
  cli.print(projectKeys, () => `${table([['KEY', 'DEFAULT', 'MEANING'], ...rows]).join('\n')}\n`);
  return exitCodes.ok;
}

async function writeFiles(cli: Cli): Promise<number> {
  const { cwd, env } = cli.io;
  const [{ dataDir }, { agentsSnippet }, { projectTemplate }, { askIn, topOf }] = await Promise.all([
    cli.config(),
    import('../../../domain/agents/blueprints.schema.ts'),
    import('../template.ts'),
    import('../repository.ts'),
  ]);
  const here = await realpath(cwd);
  const below = relative((await topOf(askIn(here, env))) ?? here, here);
  const files = [
    {
      path: join(cwd, 'project.yaml'),
      text: projectTemplate({
        name: basename(cwd) === '' ? 'My project' : basename(cwd),
        ...commandsOf(cwd, below),
      }),
    },
    { path: join(dataDir, 'agents.yaml'), text: agentsSnippet() },
  ];
  const done: { readonly path: string; readonly written: boolean }[] = [];
  for (const { path, text } of files) done.push({ path, written: await writeNew(path, text) });
  cli.print(done, () => {
    const lines = done.map(
      ({ path, written }) =>
        `${written ? 'Wrote' : 'Kept '} ${relative(cwd, path).startsWith('..') ? path : relative(cwd, path)}${written ? '' : ' (it was there already)'}`,
    );
    return `${[...lines, '', 'Next: edit project.yaml, then', '  phasewright validate project.yaml', '  phasewright dev            (in another terminal: server, Web UI and worker)', '  phasewright start project.yaml'].join('\n')}\n`;
  });
  return exitCodes.ok;
}

async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Guesses that a person can see and change. `below`: where the folder is in its repository, at whose top commands run. */
function commandsOf(
  folder: string,
  below: string,
): { readonly setup: string | null; readonly checks: string | null } {
  const has = (name: string): boolean => existsSync(join(folder, name));
  const at = (command: string): string =>
    below === '' ? command : `cd '${below.replaceAll("'", `'\\''`)}' && ${command}`;
  if (has('package.json'))
    return { setup: at(has('package-lock.json') ? 'npm ci' : 'npm install'), checks: at('npm test') };
  if (has('Cargo.toml')) return { setup: null, checks: at('cargo test') };
  if (has('go.mod')) return { setup: null, checks: at('go test ./...') };
  if (has('Makefile')) return { setup: null, checks: at('make test') };
  return { setup: null, checks: null };
}
