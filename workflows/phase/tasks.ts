/** The tasks of a phase, one after another, each on the commit that the last one landed. */
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { reasonOf } from '../../domain/failure.ts';
import { budgetLeft } from '../../domain/model/cost.ts';
import type { TaskSpec } from '../../domain/model/project.ts';
import { taskWorkflowId } from '../../domain/names/workflow-ids.ts';
import { nextTask } from '../../domain/progress/next-task.ts';
import type { TaskOutcome } from '../../domain/progress/outcomes.ts';
import { earlierOf, hears, recordOf, withRecord } from '../../domain/progress/phase-progress.ts';
import { summaryLine } from '../../domain/text/truncate.ts';
import { decision, type WorkOutcome } from '../flow/walk.ts';
import { stop } from '../flow/step.ts';
import { showPhase } from '../messaging/visibility.ts';
import { runChild } from '../support/child-workflows.ts';
import { continueIfLong } from '../support/continue-as-new.ts';
import { notPaused } from '../support/pause.ts';
import { taskWorkflow } from '../task.ts';
import { childTaskInput } from '../task/input.ts';
import { breakDown } from './breakdown.ts';
import {
  carryPhase,
  doneNumbers,
  type PhaseRun,
  phaseRemainingMs,
  recordTask,
  setPhaseStatus,
} from './state.ts';

const TASKS_RUN = 'tasks run';

/** Until all are done; the first failure ends the phase. `first`: in the flow's first state, where a continued run begins. */
export async function runTasks(run: PhaseRun, first: boolean): Promise<WorkOutcome> {
  const { plan, state, live } = run;
  setPhaseStatus(run, 'running', TASKS_RUN);
  if (plan.phase.breakdown) {
    const broken = await breakDown(run);
    if (broken.kind === 'stop') return broken;
  }
  for (;;) {
    await notPaused(state);
    const task = nextTask(state.tasks, doneNumbers(run));
    if (task === undefined) return decision('completed');
    if (phaseRemainingMs(run) === 0)
      return stop(reasonOf('TimedOut'), 'The phase used up its phase_timeout.');
    const outcome = await runTask(run, task);
    recordTask(run, outcome);
    showPhase(run);
    live.reporter.changed();
    if (outcome.status !== 'done') return failed(run, task, outcome);
    if (first) await continueIfLong(() => carryPhase(run));
  }
}

function failed({ state }: PhaseRun, task: TaskSpec, outcome: TaskOutcome): WorkOutcome {
  state.reason = outcome.reason;
  state.detail = `Task ${task.number} '${task.title}' failed: ${outcome.message}`;
  return decision('failed');
}

async function runTask(run: PhaseRun, task: TaskSpec): Promise<TaskOutcome> {
  const { plan, state, live } = run;
  state.current = { task };
  state.records = withRecord(state.records, hears(recordOf(state.records, task), task, state.words));
  state.words = [];
  const tell = (why: string | null) => {
    state.detail = why ?? TASKS_RUN;
    showPhase(run);
  };
  const start = () => {
    const args: Parameters<typeof taskWorkflow> = [taskInput(run, task)];
    return startChild(taskWorkflow, {
      workflowId: taskWorkflowId(plan.slug, plan.phase.number, task.number),
      args,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: summaryLine(`Task ${task.number}: ${task.title}`),
    });
  };
  tell(null);
  try {
    return await runChild(live.outbox, start, tell);
  } finally {
    state.current = null;
    state.question = null;
  }
}

function taskInput(run: PhaseRun, task: TaskSpec) {
  const { plan, state } = run;
  const { slug, project, phase, workspace, flow, settings, integrationBranch, completed, baseSha } = plan;
  const earlier = earlierOf(recordOf(state.records, task));
  return childTaskInput({
    slug,
    project,
    phase: { number: phase.number, name: phase.name },
    task,
    workspace,
    flow,
    settings,
    branch: phase.branch,
    headSha: state.landing.headSha,
    baseSha,
    git: { basedOn: integrationBranch, target: integrationBranch },
    completed,
    earlier: plan.fresh ? { ...earlier, candidate: null } : earlier,
    merge: state.merge,
    fence: state.fence,
    clockMs: phaseRemainingMs(run),
    budget: budgetLeft(plan.budget, state.cost),
    paused: state.paused,
  });
}
