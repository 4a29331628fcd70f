/** Whose a workspace is: projects of another namespace of Temporal may have the same name. */
import type { WorkspaceRef } from '../../../../domain/model/project.ts';
import { PortError } from '../../../support/errors.ts';
import type { GroundParts } from './parts.ts';
import type { WorkspaceRecord } from './records.ts';

export const isOthers = (
  parts: GroundParts,
  record: WorkspaceRecord | undefined,
): record is WorkspaceRecord =>
  record?.namespace !== undefined && record.namespace.id !== parts.namespace?.id;

export const othersOf = async (
  parts: GroundParts,
  { owner }: WorkspaceRef,
): Promise<WorkspaceRecord | undefined> =>
  (await parts.records.all()).find((record) => record.workspace.owner === owner && isOthers(parts, record));

/** Two servers know a project by this name, and inbox and artifacts are kept by name. The one that was here first goes on. */
export async function refuseOther(parts: GroundParts, workspace: WorkspaceRef): Promise<void> {
  const others = await othersOf(parts, workspace);
  if (others?.namespace === undefined) return;
  const { folder, recordFile } = parts.records.paths(others.workspace);
  const { name, id } = others.namespace;
  throw new PortError(
    'SlugTaken',
    `'${workspace.owner}' in this data folder belongs to another namespace of Temporal, '${name}' (id ${id}), whose worktree is ${folder}. Use another slug or another data folder; if that namespace is gone for good, remove this folder and ${recordFile}.`,
  );
}
