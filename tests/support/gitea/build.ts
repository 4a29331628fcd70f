/** Builds the pinned Gitea from its Go module, into a folder with everything that it reads as it runs. */
import { cpSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildWithGo, requireGo } from '../../../temporal/go-build.ts';
import { lastLines, runProgram } from '../../../temporal/program.ts';
import type { Log } from '../../../temporal/progress.ts';
import { gitea } from './pinned.ts';

export interface GiteaBuild {
  /** An empty folder; whatever is made on the way is in it as well. */
  readonly folder: string;
  readonly log: Log;
  /** Default: the pinned one. */
  readonly sum?: string;
}

/** Returns the folder that is to be kept. Throws a sentence: what is missing, or what Go said. */
export async function buildGitea({ folder, log, sum = gitea.sum }: GiteaBuild): Promise<string> {
  await requireGo('Go 1.26.2, or any since 1.21 that may fetch it');
  await requireCompiler();
  log('Building Gitea from its Go module. This happens once and takes about 4 to 10 minutes.');
  const source = join(folder, 'source');
  const whole = join(folder, 'whole');
  mkdirSync(whole);
  await run('cp', ['-R', await download(sum), source]);
  // Go keeps its modules read-only.
  await run('chmod', ['-R', 'u+w', source]);
  await buildWithGo({
    moduleFolder: source,
    mainPackage: '.',
    output: join(whole, 'gitea'),
    name: 'Gitea',
    tags: gitea.tags,
    linkerFlags: `-X main.Version=${gitea.version}`,
    log,
  });
  for (const name of gitea.kept) cpSync(join(source, name), join(whole, name), { recursive: true });
  const said = await run(join(whole, 'gitea'), ['--version']);
  if (!said.includes(gitea.version)) throw new Error(`What was built says that it is '${said.trim()}'.`);
  return whole;
}

/** The module's folder in Go's cache, if it is what was pinned. */
async function download(sum: string): Promise<string> {
  const said = await run('go', ['mod', 'download', '-json', `${gitea.module}@v${gitea.version}`]);
  const { Dir, Sum } = JSON.parse(said) as { readonly Dir: string; readonly Sum: string };
  if (Sum !== sum)
    throw new Error(`${gitea.module} ${gitea.version} has the sum ${Sum}, not ${sum}: it is not built.`);
  return Dir;
}

/** SQLite is written in C; without a compiler Go would leave it out without a word. */
async function requireCompiler(): Promise<void> {
  const enabled = await run('go', ['env', 'CGO_ENABLED']);
  if (enabled.trim() !== '1')
    throw new Error('Go finds no C compiler, which SQLite in Gitea needs: install gcc or clang.');
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(program, args, { timeoutMs: 30 * 60_000 });
  if (exitCode !== 0)
    throw new Error(`'${basename(program)} ${args[0]}' failed: ${lastLines(`${stderr}\n${stdout}`)}`);
  return stdout;
}
