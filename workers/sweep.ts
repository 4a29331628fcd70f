/**
 * At worker start: what a terminated workflow or a killed worker left on this host is removed. Only what belongs to this
 * worker's namespace: the data folder may be used with other servers, whose workflows nobody can be asked about here.
 */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Git, OwnedWorkspace } from '../activities/git/port.ts';
import { clearSpool } from '../activities/support/hostile-folder.ts';
import { killLeftovers } from '../activities/support/process-records.ts';
import type { NamespaceIdentity } from '../domain/model/namespace.ts';
import type { WorkspaceRef } from '../domain/model/project.ts';
import { projectWorkflowId } from '../domain/names/workflow-ids.ts';
import { leaveNothing } from './leave-nothing.ts';

interface Sweep {
  readonly client: Client;
  readonly namespace: NamespaceIdentity;
  readonly git: Git;
  readonly dataDir: string;
  readonly log: (line: string) => void;
}

/** Agents of a dead worker end first, then the worktrees whose workflow is closed or gone; open ones keep theirs. */
export async function sweep({ client, namespace, git, dataDir, log }: Sweep): Promise<void> {
  const killed = await killLeftovers(dataDir);
  if (killed > 0) log(`Ended ${killed} leftover processes of an earlier worker.`);
  await clearSpool(dataDir);
  for (const owned of await git.workspaces()) {
    const { workspace } = owned;
    if (owned.namespace?.id !== namespace.id) {
      log(leftAlone(owned));
      continue;
    }
    if (await isOpen(client, workflowIdOf(workspace))) continue;
    log(`Removing what '${workspace.owner}' left: its workflow has ended.`);
    try {
      await leaveNothing({ dataDir, git }, workspace, () => git.close(workspace, anyEpoch));
    } catch (error) {
      log(
        `It could not be removed now, the next start tries again: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

/** The workflow is over, so whichever of our hosts had it last, its fence guards nothing any more. */
const anyEpoch = { epoch: Number.POSITIVE_INFINITY, sha: null } as const;

const leftAlone = ({ workspace, namespace }: OwnedWorkspace): string =>
  namespace === null
    ? `Left the worktree of '${workspace.owner}' alone: its record does not say whose it is.`
    : `Left the worktree of '${workspace.owner}' alone: '${workspace.owner}' belongs to the namespace '${namespace.name}' of another Temporal server, or another of this one (namespace id ${namespace.id}).`;

const workflowIdOf = ({ owner }: WorkspaceRef): string =>
  owner.startsWith('task.') ? owner : projectWorkflowId(owner);

async function isOpen(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
