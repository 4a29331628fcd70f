/**
 * The base of a standalone task moves on while it is worked on and asked about. On a code host that is brought in before anybody
 * merges: what lands there has been tested and approved as it lands. A conflict is the agent's next attempt.
 */
import type { CommitMetadata } from '../../domain/model/git.ts';
import { mergeRequest } from '../../domain/progress/revision.ts';
import { hostActivities } from '../activity-proxies.ts';
import { isHosted } from '../landing/watch.ts';
import type { StepResult } from '../flow/step.ts';
import { addFeedback, contextOf, type TaskRun } from './state.ts';

export interface BaseSteps {
  readonly stamp: CommitMetadata;
  readonly check: (run: TaskRun, sha: string) => Promise<StepResult>;
  readonly moved: (run: TaskRun, remote: string) => Promise<StepResult>;
}

/** `yes`: the branch holds its base as it is now; `again`: it does so from now on. */
export async function bringBaseIn(run: TaskRun, { stamp, check, moved }: BaseSteps): Promise<StepResult> {
  const context = contextOf(run);
  const { workspace, branch, baseBranch, task } = context;
  if (!isHosted(workspace)) return 'yes';
  const host = hostActivities(workspace.host, `task ${task.number}: up to '${baseBranch}'`);
  const update = await host.updateFromBase({
    workspace,
    branch,
    headSha: run.tip,
    baseBranch: baseBranch,
    metadata: { ...stamp, subject: `Merge '${baseBranch}' into '${branch}'`, body: '' },
  });
  if (update.kind === 'current') return 'yes';
  run.approvedHead = null;
  run.candidate = null;
  if (update.kind === 'conflict') {
    run.context = { ...context, merge: update.merge };
    run.nextStart = null;
    addFeedback(run, 'the orchestrator', mergeRequest(baseBranch, branch, update.merge));
    return 'no';
  }
  // Before the checks: if they fail, the next attempt mends it on top.
  const pushed = await host.land({
    workspace,
    branch,
    expected: run.tip,
    sha: update.headSha,
    fence: run.fence,
  });
  run.workedMs += pushed.elapsedMs;
  if (pushed.kind === 'moved') return moved(run, pushed.remote ?? 'nothing');
  run.fence = pushed.fence;
  run.tip = update.headSha;
  const checked = await check(run, update.headSha);
  return checked === 'yes' ? 'again' : checked;
}
