/** What a workspace leaves on a host when its project ends: programs, grounds, hidden refs, inbox, setup record. All of it goes. */
import { removeExchange } from '../activities/agent/exchange.ts';
import { forgetSetup } from '../activities/checks/setup-state.ts';
import { killLeftovers } from '../activities/support/process-records.ts';
import type { Git } from '../activities/git/port.ts';
import type { WorkspaceRef } from '../domain/model/project.ts';

/**
 * `close` takes the grounds and the refs. Programs go first: they could still write into it. A project of the same name in
 * another namespace keeps its own: programs, and what is kept by name alone.
 */
export async function leaveNothing(
  {
    dataDir,
    git,
  }: { readonly dataDir: string; readonly git: Pick<Git, 'otherOwner' | 'worktreePath' | 'checksPath'> },
  workspace: WorkspaceRef,
  close: () => Promise<void>,
): Promise<void> {
  if ((await git.otherOwner(workspace)) !== null) return close();
  for (const scope of [git.worktreePath(workspace), git.checksPath(workspace)])
    await killLeftovers(dataDir, { scope });
  // Before the clone: the next workspace may get that very folder, without what setup made in it.
  await forgetSetup(dataDir, workspace.owner);
  await close();
  await removeExchange(dataDir, workspace.owner);
}
