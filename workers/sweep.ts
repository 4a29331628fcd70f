/** At worker start: what a terminated workflow or a killed worker left on this host is removed. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Git } from '../activities/git/port.ts';
import { killLeftovers } from '../activities/support/process-records.ts';
import { epochRef } from '../domain/names/git-refs.ts';
import { projectWorkflowId } from '../domain/names/workflow-ids.ts';
import { leaveNothing } from './leave-nothing.ts';

/** Agents of a dead worker end first, then the worktrees whose workflow is closed or gone; open ones keep theirs. */
export async function sweep({
  client,
  git,
  dataDir,
  log,
}: {
  readonly client: Client;
  readonly git: Git;
  readonly dataDir: string;
  readonly log: (line: string) => void;
}): Promise<void> {
  const killed = await killLeftovers(dataDir);
  if (killed > 0) log(`Ended ${killed} leftover processes of an earlier worker.`);
  for (const workspace of await git.workspaces()) {
    const workflowId = workspace.owner.startsWith('task.')
      ? workspace.owner
      : projectWorkflowId(workspace.owner);
    if (await isOpen(client, workflowId)) continue;
    log(`Removing what '${workspace.owner}' left: its workflow has ended.`);
    try {
      const sha = await git.remoteRef(workspace.repository, epochRef(workspace.owner));
      await leaveNothing({ dataDir, worktreePath: git.worktreePath }, workspace, () =>
        git.close(workspace, { epoch: 1, sha }),
      );
    } catch (error) {
      log(
        `It could not be removed now, the next start tries again: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

async function isOpen(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
