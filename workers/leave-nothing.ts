/** What a workspace leaves on a host when its project ends: programs, worktree, hidden refs, inbox, setup record. All of it goes. */
import { removeExchange } from '../activities/agent/exchange.ts';
import { forgetSetup } from '../activities/checks/setup-state.ts';
import { killLeftovers } from '../activities/support/process-records.ts';
import type { WorkspaceRef } from '../domain/model/project.ts';

/** `close` takes the worktree and the refs. Programs go first: they could still write into it. */
export async function leaveNothing(
  {
    dataDir,
    worktreePath,
  }: { readonly dataDir: string; readonly worktreePath: (workspace: WorkspaceRef) => string },
  workspace: WorkspaceRef,
  close: () => Promise<void>,
): Promise<void> {
  await killLeftovers(dataDir, { scope: worktreePath(workspace) });
  await close();
  await removeExchange(dataDir, workspace.owner);
  await forgetSetup(dataDir, workspace.owner);
}
