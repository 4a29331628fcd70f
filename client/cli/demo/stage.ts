/** What the demo runs on: a folder of its own for each run, with a fresh repository made of the shipped library. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isAlive } from '../../../activities/support/process-table.ts';
import { packageRoot } from '../../../temporal/package-root.ts';
import { type ProcessIdentity, readServerRecord, thisProcess } from '../../../temporal/server-record.ts';

/** Of the project in examples/project.yaml. */
export const SLUG = 'pocket-ledger';

export interface Stage {
  readonly folder: string;
  /** The data folder of the demo's own server and worker. */
  readonly dataDir: string;
  /** Bare: nobody has a branch of it checked out, so the last merge needs nobody's hands. */
  readonly repository: string;
  readonly projectFile: string;
  readonly workerLog: string;
  /** The repository's first commit. */
  readonly first: string;
}

const run = promisify(execFile);

/** Git as nobody configured it: no signing, no hooks, no templates of this user. */
export async function git(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const quiet = {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
  const inherited = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')));
  const { stdout } = await run('git', [...args], {
    cwd: folder,
    env: { ...inherited, ...quiet },
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.trimEnd();
}

/** Removes what earlier runs left, except what still runs, and sets up a new folder under `root`. */
export async function setStage(
  root: string,
  options: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly paceMs?: number | undefined;
    readonly say?: (line: string) => void;
  },
): Promise<Stage> {
  const { env, paceMs, say = () => undefined } = options;
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const folder = newFolder(root, say);
  const stage = {
    folder,
    dataDir: join(folder, 'data'),
    repository: join(folder, 'library.git'),
    projectFile: join(folder, 'project.yaml'),
    workerLog: join(folder, 'worker.log'),
  };
  const examples = join(packageRoot(), 'examples');
  cpSync(join(examples, 'project.yaml'), stage.projectFile);
  mkdirSync(stage.dataDir, { mode: 0o700 });
  cpSync(join(examples, 'agents.yaml'), join(stage.dataDir, 'agents.yaml'));
  const script = readFileSync(join(examples, 'script.yaml'), 'utf8');
  writeFileSync(
    join(stage.dataDir, 'script.yaml'),
    paceMs === undefined ? script : script.replace(/^pace_ms: .*$/m, `pace_ms: ${paceMs}`),
  );

  const draft = join(folder, 'draft');
  cpSync(join(examples, 'library'), draft, { recursive: true });
  const author = ['-c', 'user.name=Phasewright demo', '-c', 'user.email=demo@phasewright.invalid'];
  await git(draft, ['init', '--quiet', '--initial-branch=main', '.'], env);
  await git(draft, ['add', '--all'], env);
  await git(draft, [...author, 'commit', '--quiet', '--message=A small ledger'], env);
  await git(folder, ['clone', '--quiet', '--bare', draft, stage.repository], env);
  const first = await git(stage.repository, ['rev-parse', 'main'], env);
  rmSync(draft, { recursive: true, force: true });
  return { ...stage, first };
}

const ownerFile = (folder: string): string => join(folder, 'owner.json');

function newFolder(root: string, say: (line: string) => void): string {
  let last = 0;
  for (const name of readdirSync(root)) {
    const number = Number(/^run-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(number)) continue;
    last = Math.max(last, number);
    const folder = join(root, name);
    const server = readServerRecord(join(folder, 'data'));
    if (server !== undefined)
      say(`An earlier demo's server still runs (process ${server.pid}, ${folder}); it is left alone.`);
    else if (!isOwned(folder)) rmSync(folder, { recursive: true, force: true });
  }
  // Named only once its owner is noted, so that no other demo takes it for a leftover.
  const fresh = mkdtempSync(join(root, 'new-'));
  writeFileSync(ownerFile(fresh), JSON.stringify(thisProcess()));
  for (let number = last + 1; ; number += 1) {
    const folder = join(root, `run-${number}`);
    try {
      renameSync(fresh, folder);
      return folder;
    } catch (error) {
      // Another demo took that number in between.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
  }
}

/** A demo runs in it. */
function isOwned(folder: string): boolean {
  try {
    return isAlive(JSON.parse(readFileSync(ownerFile(folder), 'utf8')) as ProcessIdentity);
  } catch {
    return false;
  }
}
