/** A rejection of the whole project, or base in conflict with it: one more task, on the integration branch; the pull request stays. */
import { ApplicationFailure, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { type FailureReason, reasonOf } from '../../domain/failure.ts';
import type { Landed } from '../../domain/landing/landing.ts';
import { withTask } from '../../domain/landing/state.ts';
import { addCost, budgetLeft } from '../../domain/model/cost.ts';
import type { OpenMerge } from '../../domain/model/git.ts';
import type { TaskSpec } from '../../domain/model/project.ts';
import { taskWorkflowId } from '../../domain/names/workflow-ids.ts';
import type { TaskOutcome } from '../../domain/progress/outcomes.ts';
import { revisionTask } from '../../domain/progress/revision.ts';
import { stopFor } from '../flow/step.ts';
import { runChild } from '../support/child-workflows.ts';
import { taskWorkflow } from '../task.ts';
import { childTaskInput } from '../task/input.ts';
import { completedPhases, outcomeOf, type PlannedProject } from './state.ts';
import { show } from './view.ts';

type Changes = Extract<Landed, { readonly kind: 'changes' }>;
type Stopped = Extract<Landed, { readonly kind: 'stopped' }>;

/** Null: it landed, and the way into base goes on. A task that vanished has failed like any other: the project stays open. */
export async function revise(run: PlannedProject, changes: Changes): Promise<Stopped | null> {
  try {
    return await addRevision(run, changes);
  } catch (error) {
    const { reason, detail } = stopFor(error);
    return failed(reason, detail);
  }
}

const failed = (reason: FailureReason, message: string): Stopped => ({
  kind: 'stopped',
  reason,
  detail: `The revision failed: ${message}`,
  mendable: false,
});

async function addRevision(run: PlannedProject, { feedback, merge }: Changes): Promise<Stopped | null> {
  const { plan, state } = run;
  const round = state.revisions.length + 1;
  const title =
    merge === null
      ? `Address the requested changes of the project (round ${round})`
      : `Merge '${plan.base.branch}' into the project`;
  const last = lastPhase(run);
  const tasks = outcomeOf(run, last.number)?.tasks ?? last.tasks;
  const task = revisionTask(tasks.length + round, title, feedback);
  state.revisions = [...state.revisions, { ...task, commit: null, attempts: 0 }];
  state.detail = `revises: ${feedback}`;
  show(run);
  const outcome = await runRevision(run, task, merge);
  const { commit, attempts, headSha, tree, checks, fence, cost, reason, message } = outcome;
  state.fence = fence;
  state.cost = addCost(state.cost, cost);
  state.revisions = state.revisions.map((each) =>
    each.number === task.number ? { ...each, commit, attempts } : each,
  );
  if (outcome.status !== 'done') return failed(reason ?? reasonOf('Unexpected'), message);
  const tested = tree === null ? null : { sha: headSha, tree, checks };
  state.landing = withTask(state.landing, { headSha, tested, merged: merge });
  return null;
}

function lastPhase({ plan }: PlannedProject): PlannedProject['plan']['phases'][number] {
  const last = plan.phases.at(-1);
  if (last === undefined)
    throw ApplicationFailure.nonRetryable('There is no phase to revise.', 'InvalidProject');
  return last;
}

function runRevision(run: PlannedProject, task: TaskSpec, merge: OpenMerge | null): Promise<TaskOutcome> {
  const { plan, state, live } = run;
  const { slug, name, design, workspace, flow, settings, integrationBranch, base } = plan;
  const phase = lastPhase(run);
  const input = () =>
    childTaskInput({
      slug,
      project: { name, design },
      phase: { number: phase.number, name: phase.name },
      task,
      workspace,
      flow,
      settings,
      branch: integrationBranch,
      headSha: state.landing.headSha,
      baseSha: base.sha,
      git: { basedOn: integrationBranch, target: base.branch },
      completed: completedPhases(run),
      earlier: { attempts: 0, feedback: [], candidate: null },
      merge,
      fence: state.fence,
      clockMs: settings.limits.phaseTimeoutMs,
      budget: budgetLeft(state.budget, state.cost),
      paused: state.paused,
    });
  return runChild(live.outbox, () => {
    const args: Parameters<typeof taskWorkflow> = [input()];
    return startChild(taskWorkflow, {
      workflowId: taskWorkflowId(slug, phase.number, task.number),
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      args,
    });
  });
}
