/**
 * What we know of each worktree, kept beside it where an agent has no business: whose it is, and where its branch was when we
 * last set it. Git in a worktree always runs with the folders named here, never with what its `.git` file says.
 */
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NamespaceIdentity } from '../../../domain/model/namespace.ts';
import type { RepositoryRef, WorkspaceRef } from '../../../domain/model/project.ts';
import { digest, ownerName, type Remote } from './map.ts';
import { readOptional } from './files.ts';
import { parseIndex, type readIndex } from './index-file.ts';

export interface WorktreeRecord {
  readonly schema: 1;
  readonly workspace: WorkspaceRef;
  /** Whose workflows it was made for. Other servers may be used with the same data folder. */
  readonly namespace?: NamespaceIdentity;
  readonly branch: string;
  /** Where we last put the branch. */
  readonly start: string;
  /** Where it was before, while it is being moved: a crash in between leaves it at either. */
  readonly before: string;
  /** See `prepare` of the port. */
  readonly note?: string | undefined;
  /** An agent did more than edit files; the worktree is not trusted again. */
  readonly tampered?: boolean;
}

export interface WorktreePaths {
  readonly name: string;
  /** The worktree. */
  readonly path: string;
  /** Its folder in the mirror: index, HEAD. */
  readonly adminDir: string;
  readonly recordFile: string;
}

export interface Records {
  paths(workspace: WorkspaceRef): WorktreePaths;
  read(workspace: WorkspaceRef): Promise<WorktreeRecord | undefined>;
  /** In the name of our own namespace. */
  write(record: Omit<WorktreeRecord, 'namespace'>): Promise<void>;
  /** Keeps git's index of the clean worktree at this start, so that what changed since is told without asking git. */
  keepIndex(workspace: WorkspaceRef, startSha: string): Promise<void>;
  /** Undefined: none was kept of this start, or git has to read it. */
  keptIndex(workspace: WorkspaceRef, startSha: string): ReturnType<typeof readIndex>;
  forget(workspace: WorkspaceRef): Promise<void>;
  all(): Promise<readonly WorktreeRecord[]>;
}

export interface RecordsOptions {
  readonly dataDir: string;
  readonly remoteOf: (repository: RepositoryRef) => Remote;
  readonly namespace: NamespaceIdentity | undefined;
}

export function createRecords({ dataDir, remoteOf, namespace }: RecordsOptions): Records {
  const folder = join(dataDir, 'worktrees');
  const paths: Records['paths'] = (workspace) => {
    const { url } = remoteOf(workspace.repository);
    const name = `${ownerName(workspace.owner)}-${digest(url, 8)}`;
    return {
      name,
      path: join(folder, name),
      adminDir: join(dataDir, 'mirrors', digest(url, 16), 'mirror.git', 'worktrees', name),
      recordFile: join(folder, `${name}.json`),
    };
  };
  const parse = (text: string | undefined): WorktreeRecord | undefined => {
    if (text === undefined) return undefined;
    try {
      const record = JSON.parse(text) as WorktreeRecord;
      return record.schema === 1 ? record : undefined;
    } catch {
      return undefined;
    }
  };

  const indexOf = (workspace: WorkspaceRef) => `${join(folder, paths(workspace).name)}.index`;

  return {
    paths,
    keepIndex: async (workspace, startSha) => {
      const index = await readFile(join(paths(workspace).adminDir, 'index'));
      const kept = indexOf(workspace);
      await writeFile(`${kept}.${process.pid}.new`, Buffer.concat([Buffer.from(startSha), index]));
      await rename(`${kept}.${process.pid}.new`, kept);
    },
    keptIndex: async (workspace, startSha) => {
      const kept = await readFile(indexOf(workspace)).catch(() => undefined);
      if (kept?.subarray(0, startSha.length).toString() !== startSha) return undefined;
      return parseIndex(kept.subarray(startSha.length));
    },
    read: async (workspace) => {
      const record = parse(await readOptional(paths(workspace).recordFile));
      const same =
        record !== undefined &&
        record.workspace.owner === workspace.owner &&
        remoteOf(record.workspace.repository).url === remoteOf(workspace.repository).url;
      return same ? record : undefined;
    },
    write: async (record) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const { recordFile } = paths(record.workspace);
      const text = JSON.stringify(namespace === undefined ? record : { ...record, namespace }, null, 2);
      await writeFile(`${recordFile}.${process.pid}.new`, `${text}\n`);
      await rename(`${recordFile}.${process.pid}.new`, recordFile);
    },
    forget: async (workspace) => {
      await rm(indexOf(workspace), { force: true });
      await rm(paths(workspace).recordFile, { force: true });
    },
    all: async () => {
      const names = await readdir(folder).catch(() => []);
      const records = await Promise.all(
        names
          .filter((name) => name.endsWith('.json'))
          .map(async (name) => parse(await readOptional(join(folder, name)))),
      );
      return records.filter((record) => record !== undefined);
    },
  };
}
