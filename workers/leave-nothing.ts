/** What a workspace leaves on a host when its project ends: programs, worktree, hidden refs, inbox, setup record. All of it goes. */
import { removeExchange } from '../activities/agent/exchange.ts';
import { forgetSetup } from '../activities/checks/setup-state.ts';
import { killLeftovers } from '../activities/support/process-records.ts';
import type { Git } from '../activities/git/port.ts';
import type { WorkspaceRef } from '../domain/model/project.ts';

/**
 * `close` takes the worktree and the refs. Programs go first: they could still write into it. A project of the same name in
 * another namespace keeps its own: programs, and what is kept by name alone.
 */
export async function leaveNothing(
  { dataDir, git }: { readonly dataDir: string; readonly git: Pick<Git, 'otherOwner' | 'worktreePath'> },
  workspace: WorkspaceRef,
  close: () => Promise<void>,
): Promise<void> {
  if ((await git.otherOwner(workspace)) !== null) return close();
  await killLeftovers(dataDir, { scope: git.worktreePath(workspace) });
  await close();
  await removeExchange(dataDir, workspace.owner);
  await forgetSetup(dataDir, workspace.owner);
}
