/** A rejection of the whole project, or base in conflict with it: one more task, on the integration branch; the pull request stays. */
import { ApplicationFailure, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { type FailureReason, reasonOf } from '../../domain/failure.ts';
import type { Landed } from '../../domain/landing/landing.ts';
import { withTask } from '../../domain/landing/state.ts';
import { addCost, budgetLeft } from '../../domain/model/cost.ts';
import type { Feedback } from '../../domain/model/briefing.ts';
import type { TaskSpec } from '../../domain/model/project.ts';
import type { OpenMerge } from '../../domain/model/git.ts';
import { taskWorkflowId } from '../../domain/names/workflow-ids.ts';
import type { TaskOutcome } from '../../domain/progress/outcomes.ts';
import {
  earlierOf,
  foundLanded,
  hears,
  recordOf,
  summaryOf,
  unfinished,
  wentOn,
  withEvidence,
} from '../../domain/progress/phase-progress.ts';
import { revisionTask } from '../../domain/progress/revision.ts';
import { hostActivities } from '../activity-proxies.ts';
import { stopFor } from '../flow/step.ts';
import { runChild } from '../support/child-workflows.ts';
import { taskWorkflow } from '../task.ts';
import { childTaskInput } from '../task/input.ts';
import {
  completedPhases,
  keepRevision,
  openRevision,
  outcomeOf,
  type PlannedProject,
  type ProjectRevision,
} from './state.ts';
import { show } from './view.ts';

type Stopped = Extract<Landed, { readonly kind: 'stopped' }>;

/** The unfinished revision hears it, or it is a new one: from this moment on part of the project, whatever becomes of a run. */
export function askFor(run: PlannedProject, words: Feedback, merge: OpenMerge | null): void {
  const revision = openRevision(run) ?? newRevision(run, words, merge);
  keepRevision(run, { ...revision, merge, record: hears(revision.record, revision.task, [words]) });
}

function newRevision(run: PlannedProject, { text }: Feedback, merge: OpenMerge | null): ProjectRevision {
  const { plan, state } = run;
  const round = state.revisions.length + 1;
  const title =
    merge === null
      ? `Address the requested changes of the project (round ${round})`
      : `Merge '${plan.base.branch}' into the project`;
  const last = lastPhase(run);
  const tasks = outcomeOf(run, last.number)?.tasks ?? last.tasks;
  const task = revisionTask(tasks.length + round, title, text);
  return { task, record: recordOf([], task), merge };
}

/** The next run of the unfinished revision starts at the branch's head instead of at its last candidate. */
export function startAfresh(run: PlannedProject): void {
  const open = openRevision(run);
  if (open === undefined) return;
  keepRevision(run, { ...open, record: wentOn(open.record, { ...earlierOf(open.record), candidate: null }) });
}

/** Null: it landed, and the way into base goes on. A task that vanished has failed like any other: the project stays open. */
export async function revise(run: PlannedProject): Promise<Stopped | null> {
  try {
    return await workOn(run);
  } catch (error) {
    const { reason, detail } = stopFor(error);
    return failed(run, reason, detail);
  }
}

function failed(run: PlannedProject, reason: FailureReason, message: string): Stopped {
  const open = openRevision(run);
  if (open !== undefined)
    keepRevision(run, { ...open, record: { ...open.record, status: 'failed', reason, message } });
  return { kind: 'stopped', reason, detail: `The revision failed: ${message}`, mendable: false };
}

async function workOn(run: PlannedProject): Promise<Stopped | null> {
  const { state } = run;
  const open = openRevision(run);
  if (open === undefined) return null;
  const revision = open.record.status === 'failed' ? await afterFailure(run, open) : open;
  keepRevision(run, revision);
  if (revision.record.status === 'done') return null;
  tellOf(run, revision.task, null);
  const outcome = await runRevision(run, revision);
  const { headSha, tree, checks, fence, cost, reason, message, resolved, sensitive } = outcome;
  state.fence = fence;
  state.cost = addCost(state.cost, cost);
  keepRevision(run, { ...revision, record: summaryOf(outcome) });
  if (outcome.status !== 'done') return failed(run, reason ?? reasonOf('Unexpected'), message);
  const tested = tree === null ? null : { sha: headSha, tree, checks };
  state.landing = withTask(state.landing, { headSha, tested, merged: revision.merge, resolved, sensitive });
  return null;
}

/** `why`: what its start waits for. */
function tellOf(run: PlannedProject, { description }: TaskSpec, why: string | null): void {
  run.state.detail = why ?? `revises: ${description}`;
  show(run);
}

/** A run that vanished may have begun attempts, or landed, and told nobody. */
async function afterFailure(run: PlannedProject, revision: ProjectRevision): Promise<ProjectRevision> {
  const { slug, workspace, integrationBranch, base } = run.plan;
  const { task } = revision;
  const { number: phase } = lastPhase(run);
  const host = hostActivities(workspace.host, `task ${task.number}: what an earlier run came to`);
  const { attempts } = await host.findAttempts({ owner: slug, phase });
  const { commits } = await host.findLanded({
    workspace,
    branches: [integrationBranch],
    sinceSha: base.sha,
    owner: slug,
    phase,
  });
  const record = recordOf(withEvidence([unfinished(revision.record)], [task], attempts), task);
  const landed = commits.find((each) => each.task === task.number);
  return { ...revision, record: landed === undefined ? record : foundLanded(record, landed.sha) };
}

function lastPhase({ plan }: PlannedProject): PlannedProject['plan']['phases'][number] {
  const last = plan.phases.at(-1);
  if (last === undefined)
    throw ApplicationFailure.nonRetryable('There is no phase to revise.', 'InvalidProject');
  return last;
}

function runRevision(run: PlannedProject, { task, record, merge }: ProjectRevision): Promise<TaskOutcome> {
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
      earlier: earlierOf(record),
      merge,
      fence: state.fence,
      clockMs: settings.limits.phaseTimeoutMs,
      budget: budgetLeft(state.budget, state.cost),
      paused: state.paused,
    });
  const start = () => {
    const args: Parameters<typeof taskWorkflow> = [input()];
    return startChild(taskWorkflow, {
      workflowId: taskWorkflowId(slug, phase.number, task.number),
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      args,
    });
  };
  return runChild(live.outbox, start, (why) => tellOf(run, task, why));
}
