/**
 * Tells whether an agent's clone still has what its last successful setup made: same commands, same manifests and lockfiles,
 * the same worktree (a rebuilt one has lost its dependencies), and the dependency folders still there.
 */
import { createHash } from 'node:crypto';
import { lstat, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../support/atomic-file.ts';
import { readRegular } from '../support/hostile-file.ts';
import { listFolder } from '../support/hostile-folder.ts';
import { readOwnFile } from '../support/own-file.ts';

export interface SetupState {
  /** Changes when anything that setup depends on does. */
  readonly digest: string;
  readonly incarnation: string;
}

interface SetupRecord extends SetupState {
  readonly schema: 1;
  /** Dependency folders at the top of the worktree after the setup. */
  readonly folders: readonly string[];
}

const manifest =
  /^(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|pnpm-workspace\.yaml|requirements.*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|Pipfile|Pipfile\.lock|go\.mod|go\.sum|Cargo\.toml|Cargo\.lock|Gemfile.*|composer\..*|pom\.xml|build\.gradle.*|settings\.gradle.*|gradle\.lockfile)$/;
const dependencyFolders = ['node_modules', 'vendor', '.venv', 'venv', 'target', '.bundle'];
const skipped = new Set([...dependencyFolders, '.git', 'dist', 'build']);
/** Folders below the top: workspaces such as `packages/name` and `services/group/name`. */
const depth = 3;
const maxFiles = 5_000;
/** What is looked at in all, for a worktree that somebody filled on purpose: the rest doesn't count. */
const maxEntries = 100_000;
const maxBytes = 64 * 1024 * 1024;

export async function setupState(worktree: string, commands: readonly string[]): Promise<SetupState> {
  const hash = createHash('sha256').update(JSON.stringify(commands));
  let left = maxBytes;
  for (const path of await findManifests(worktree)) {
    const file = await readRegular(worktree, path, { maxBytes: left });
    hash.update(`\0${path}\0`).update(file.kind === 'read' ? file.bytes : JSON.stringify(file));
    if (file.kind === 'read') left -= file.bytes.length;
  }
  const { dev, ino, birthtimeMs } = await stat(worktree);
  return { digest: hash.digest('hex'), incarnation: `${dev}:${ino}:${birthtimeMs}` };
}

async function findManifests(worktree: string): Promise<readonly string[]> {
  const found: string[] = [];
  let left = maxEntries;
  const visit = async (folder: string, level: number): Promise<void> => {
    const listed = await listFolder(worktree, folder, { maxEntries: left });
    if (listed.kind !== 'listed') return;
    left -= listed.entries.length;
    for (const entry of listed.entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (found.length >= maxFiles) return;
      if (entry.isFile() && manifest.test(entry.name)) found.push(path);
      else if (entry.isDirectory() && level < depth && !skipped.has(entry.name)) await visit(path, level + 1);
    }
  };
  await visit('', 0);
  return found;
}

const recordPath = (dataDir: string, owner: string): string => join(dataDir, 'setup', `${owner}.json`);

export async function isSetUp(
  dataDir: string,
  owner: string,
  worktree: string,
  now: SetupState,
): Promise<boolean> {
  const record = await readRecord(recordPath(dataDir, owner));
  if (record?.digest !== now.digest || record.incarnation !== now.incarnation) return false;
  const there = await presentFolders(worktree);
  return record.folders.every((folder) => there.includes(folder));
}

/** Before the commands run: a setup that is cut short must run again. */
export const forgetSetup = (dataDir: string, owner: string): Promise<void> =>
  rm(recordPath(dataDir, owner), { force: true });

export async function rememberSetup(
  dataDir: string,
  owner: string,
  worktree: string,
  state: SetupState,
): Promise<void> {
  const record: SetupRecord = { schema: 1, ...state, folders: await presentFolders(worktree) };
  await replaceFile(recordPath(dataDir, owner), JSON.stringify(record), { durable: false });
}

async function readRecord(path: string): Promise<SetupRecord | undefined> {
  try {
    const record = JSON.parse((await readOwnFile(path)) ?? '') as SetupRecord;
    return record.schema === 1 ? record : undefined;
  } catch {
    // None yet, or cut off by a power loss: setting up again is always right.
    return undefined;
  }
}

async function presentFolders(worktree: string): Promise<readonly string[]> {
  const present = await Promise.all(
    dependencyFolders.map(async (name) =>
      (await lstat(join(worktree, name)).catch(() => undefined)) === undefined ? [] : [name],
    ),
  );
  return present.flat();
}
