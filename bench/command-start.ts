/** How soon the installed command starts: packed, put into an empty folder, run by this Node and by the machine's own. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { median, numbers } from './statistics.ts';

const run = promisify(execFile);

/** Seconds, medians. */
export interface CommandStart {
  readonly node: string;
  readonly command: string;
  /** Of the processor, by the program and for it. */
  readonly cpu: number;
  readonly wall: number;
}

export interface CommandOptions {
  readonly checkout: string;
  readonly folder: string;
  readonly address: string;
  /** Of a project that waits, for `status`. */
  readonly slug: string;
  readonly say: (line: string) => void;
}

const times = 7;

export async function measureCommand(options: CommandOptions): Promise<readonly CommandStart[]> {
  const { checkout, folder, address, slug, say } = options;
  say(`Packing and installing ${checkout}.`);
  mkdirSync(folder);
  // Without it npm would look for a project above the folder.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const env = environment(folder);
  await run('npm', ['pack', '--pack-destination', folder], { cwd: checkout, env, maxBuffer: 16 << 20 });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? 'no tarball';
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`], {
    cwd: folder,
    env,
  });
  const program = join(folder, 'node_modules', '.bin', 'phasewright');
  const measured: CommandStart[] = [];
  for (const [node, path] of await nodes()) {
    for (const args of [['--version'], ['status', slug, '--address', address]]) {
      const runs: { readonly cpu: number; readonly wall: number }[] = [];
      // The first one fills caches of the file system and is not counted.
      for (const time of numbers(times + 1)) {
        const took = await timed(path, [program, ...args], folder, env);
        if (time > 1) runs.push(took);
      }
      measured.push({
        node,
        command: args[0] ?? '',
        cpu: median(runs.map(({ cpu }) => cpu)),
        wall: median(runs.map(({ wall }) => wall)),
      });
    }
  }
  return measured;
}

/** Only a shell tells what a child of its own took of the processor. */
async function timed(node: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>/dev/null';
  const { stderr } = await run('bash', ['-c', script, 'bash', node, ...args], { cwd, env });
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number);
  return { wall, cpu: user + system };
}

/** By version: the one that runs this, and the first on the PATH outside of a project's dependencies. */
async function nodes(): Promise<ReadonlyMap<string, string>> {
  const found = new Map([[process.version, process.execPath]]);
  const outside = searchPath().map((entry) => join(entry, 'node'));
  const path = outside.find((each) => existsSync(each));
  if (path === undefined) return found;
  const { stdout } = await run(path, ['--version']);
  return new Map([[stdout.trim(), path], ...found]);
}

const searchPath = (): readonly string[] =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((entry) => !entry.includes(`${sep}node_modules${sep}`) && entry !== '');

/** A person's: nothing of the project that this runs in. */
function environment(folder: string): NodeJS.ProcessEnv {
  const foreign =
    /^(npm_(package|lifecycle|command|execpath|node_execpath|config_(local_prefix|prefix))|INIT_CWD|NODE_|TEMPORAL_|PHASEWRIGHT_)/i;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(own),
    PATH: searchPath().join(delimiter),
    PHASEWRIGHT_HOME: join(folder, 'home'),
  };
}
