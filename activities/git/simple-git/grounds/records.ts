/**
 * What we know of each workspace's grounds, kept beside them: whose they are, and where we put the agent's clone. Nothing that the
 * checks rest on is believed from here: an agent may reach this folder too.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NamespaceIdentity } from '../../../../domain/model/namespace.ts';
import type { RepositoryRef, WorkspaceRef } from '../../../../domain/model/project.ts';
import { removeTree } from '../../../support/remove-tree.ts';
import { putOurs, readOurs } from '../files.ts';
import { digest, ownerName, type Remote } from '../map.ts';
import type { Baseline } from './baseline.ts';

export interface WorkspaceRecord {
  readonly schema: 2;
  readonly workspace: WorkspaceRef;
  /** Whose workflows it was made for. Other servers may be used with the same data folder. */
  readonly namespace?: NamespaceIdentity;
  readonly branch: string;
  /** The commit that the agent's clone was put at. */
  readonly startSha: string;
  /** It was cleaned, and no agent has worked there since. */
  readonly isClean: boolean;
  /** What setup made or changed there, and files that never equal what is committed of them. */
  readonly baseline: Baseline;
  /** The clone's configuration as setup left it; null: as we wrote it. */
  readonly config: string | null;
  /** Files and folders that setup put into the clone's `.git`. */
  readonly extras: number;
  /** What setup made and a cleaning may take away: files that are not ignored, and the `extras`. */
  readonly setupFiles: 'none' | 'there' | 'gone';
  /** An agent left the branch, or took `.git` away; the clone is made anew. */
  readonly tampered?: boolean;
}

export interface GroundPaths {
  readonly name: string;
  /** The agent's clone. */
  readonly agent: string;
  /** The checks' checkout. */
  readonly checks: string;
  /** Copies of what setup made for the checks. */
  readonly setupCopy: string;
  readonly folder: string;
  readonly recordFile: string;
}

export interface Records {
  paths(workspace: WorkspaceRef): GroundPaths;
  read(workspace: WorkspaceRef): Promise<WorkspaceRecord | undefined>;
  /** In the name of our own namespace. */
  write(record: Omit<WorkspaceRecord, 'namespace' | 'schema'>): Promise<void>;
  forget(workspace: WorkspaceRef): Promise<void>;
  all(): Promise<readonly WorkspaceRecord[]>;
}

export interface RecordsOptions {
  readonly dataDir: string;
  readonly remoteOf: (repository: RepositoryRef) => Remote;
  readonly namespace: NamespaceIdentity | undefined;
}

export function createRecords({ dataDir, remoteOf, namespace }: RecordsOptions): Records {
  const root = join(dataDir, 'worktrees');
  const paths: Records['paths'] = (workspace) => {
    const name = `${ownerName(workspace.owner)}-${digest(remoteOf(workspace.repository).url, 8)}`;
    const folder = join(root, name);
    return {
      name,
      folder,
      agent: join(folder, 'agent'),
      checks: join(folder, 'checks'),
      setupCopy: join(folder, 'setup'),
      recordFile: join(root, `${name}.json`),
    };
  };
  return {
    paths,
    read: async (workspace) => {
      const record = parse(await readOurs(paths(workspace).recordFile));
      const same =
        record !== undefined &&
        record.workspace.owner === workspace.owner &&
        remoteOf(record.workspace.repository).url === remoteOf(workspace.repository).url;
      return same ? record : undefined;
    },
    write: async (record) => {
      await mkdir(root, { recursive: true, mode: 0o700 });
      const { recordFile } = paths(record.workspace);
      const whole = { schema: 2, ...record, ...(namespace === undefined ? {} : { namespace }) };
      await putOurs(recordFile, `${JSON.stringify(whole, null, 2)}\n`);
    },
    forget: (workspace) => removeTree(paths(workspace).recordFile),
    all: async () => {
      const names = await readdir(root).catch(() => []);
      const records = await Promise.all(
        names
          .filter((name) => name.endsWith('.json'))
          .map(async (name) => parse(await readOurs(join(root, name)))),
      );
      return records.filter((record) => record !== undefined);
    },
  };
}

/** What is no record of ours counts as none. */
function parse(text: string | undefined): WorkspaceRecord | undefined {
  try {
    const record = JSON.parse(text ?? '') as WorkspaceRecord;
    const { schema, workspace, startSha, branch, baseline } = record;
    const isOurs =
      schema === 2 &&
      [workspace.owner, workspace.host, workspace.repository.kind, branch].every(
        (each) => typeof each === 'string',
      ) &&
      /^[0-9a-f]{40}$/.test(startSha) &&
      Array.isArray(baseline.files) &&
      Array.isArray(baseline.names);
    return isOurs ? record : undefined;
  } catch {
    return undefined;
  }
}
