/** Whose a worktree is: projects of another namespace of Temporal may have the same name. */
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { PortError } from '../../support/errors.ts';
import type { WorktreeParts } from './worktree-parts.ts';
import type { WorktreeRecord } from './worktree-records.ts';

export const isOthers = (
  parts: WorktreeParts,
  record: WorktreeRecord | undefined,
): record is WorktreeRecord => record?.namespace !== undefined && record.namespace.id !== parts.namespace?.id;

export const othersOf = async (
  parts: WorktreeParts,
  { owner }: WorkspaceRef,
): Promise<WorktreeRecord | undefined> =>
  (await parts.records.all()).find((record) => record.workspace.owner === owner && isOthers(parts, record));

/** Two servers know a project by this name, and inbox and artifacts are kept by name. The one that was here first goes on. */
export async function refuseOther(parts: WorktreeParts, workspace: WorkspaceRef): Promise<void> {
  const others = await othersOf(parts, workspace);
  if (others?.namespace === undefined) return;
  const { path, recordFile } = parts.records.paths(others.workspace);
  const { name, id } = others.namespace;
  throw new PortError(
    'SlugTaken',
    `'${workspace.owner}' in this data folder belongs to another namespace of Temporal, '${name}' (id ${id}), whose worktree is ${path}. Use another slug or another data folder; if that namespace is gone for good, remove this folder and ${recordFile}.`,
  );
}
