/** A task without a project: its plan, its own branch, and leaving nothing behind at the end. */
import { reasonOf } from '../../domain/failure.ts';
import { workflowInfo } from '@temporalio/workflow';
import { hostActivities, sharedActivities } from '../activity-proxies.ts';
import { ifPossible, plainly } from '../support/failures.ts';
import { showTask } from '../messaging/visibility.ts';
import { contextOf, type TaskRun } from './state.ts';

export async function beginStandalone(run: TaskRun, input: Readonly<Record<string, unknown>>): Promise<void> {
  const { workflowId } = workflowInfo();
  const plan = await plainly(sharedActivities('validate the task').planTask({ input, workflowId }));
  const { settings, workspace, base, branch, slug, task, flow } = plan;
  run.context = {
    standalone: true,
    slug,
    owner: workspace.owner,
    project: { name: task.title, design: null },
    phase: { number: 0, name: '' },
    task,
    workspace,
    flow,
    settings,
    branch,
    base: base.sha,
    baseBranch: base.branch,
    ...(plan.webUi === undefined ? {} : { webUi: plan.webUi }),
    git: { basedOn: base.branch, target: base.branch },
    completed: [],
    merge: null,
    clockMs: settings.limits.phaseTimeoutMs,
    budget: { usd: settings.limits.budgetUsd, tokens: settings.limits.tokens },
  };
  showTask(run);
}

/** The task's own branch at the base; checked against every branch of the remote before any work. */
export async function takeBranch(run: TaskRun): Promise<string | null> {
  const { standalone, workspace, branch, base } = contextOf(run);
  if (!standalone || run.tip !== '') return null;
  const host = hostActivities(workspace.host, `branch ${branch}`);
  run.fence = await host.readFence({ workspace, epoch: 1 });
  const made = await host.createBranch({
    workspace,
    branch,
    from: { kind: 'sha', sha: base },
    siblings: [],
    own: null,
    fence: run.fence,
  });
  if (made.kind !== 'ready') {
    run.reason = reasonOf('BranchConflict');
    return 'message' in made ? made.message : `The branch '${made.branch}' is gone from the remote.`;
  }
  run.tip = made.headSha;
  run.fence = made.fence;
  return null;
}

/** Worktree and hidden refs gone; branches stay; an open pull request hears why and is closed or kept by setting. */
export async function closeStandalone(run: TaskRun, how: 'done' | 'cancelled'): Promise<void> {
  if (run.context === null || !run.context.standalone) return;
  const { workspace, settings } = run.context;
  const host = hostActivities(workspace.host, 'clean up', 'cleanUp');
  if (how === 'cancelled' && run.pullRequest?.state === 'open') {
    const close = settings.onCancel === 'close_pull_requests';
    const comment = `The task was cancelled. Its branch stays${close ? '; this pull request is closed' : ''}.`;
    await ifPossible(host.closePullRequest({ workspace, number: run.pullRequest.number, comment, close }));
  }
  await ifPossible(host.closeWorkspace({ workspace, fence: run.fence }));
}
