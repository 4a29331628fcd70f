/**
 * A stage of a project: its branch, its tasks one after another, and the gate at its end. Everything it does, landing and
 * merging included, is over when it returns; what comes next is the project's affair.
 */
import { reasonOf } from '../domain/failure.ts';
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  ParentClosePolicy,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import type { PhaseOutcome, TaskOutcome } from '../domain/progress/outcomes.ts';
import type { TaskSpec } from '../domain/model/project.ts';
import { revisionTask } from '../domain/progress/revision.ts';
import { taskWorkflowId } from '../domain/names/workflow-ids.ts';
import { summaryLine } from '../domain/text/truncate.ts';
import { nextTask } from '../domain/progress/next-task.ts';
import { hostActivities } from './activity-proxies.ts';
import { createMessageHandlers } from './messaging/message-handlers.ts';
import { cancelledHere, codeOf, describeError } from './support/failures.ts';
import { createApprovalGate } from './approval/gate.ts';
import { runChild } from './support/child-workflows.ts';
import { phaseReportedSignal, phaseStatusQuery } from './messages.ts';
import { phaseHandlers } from './phase/handlers.ts';
import { phaseReports } from './phase/report.ts';
import { breakDown } from './phase/breakdown.ts';
import { budgetLeft } from '../domain/model/cost.ts';
import {
  doneNumbers,
  newPhaseRun,
  type PhaseInput,
  phaseOutcome,
  phaseRemainingMs,
  phaseView,
  type PhaseRun,
  recordTask,
  setPhaseStatus,
} from './phase/state.ts';
import { checkLanded, landedSince, notPaused, phaseSteps } from './phase/steps.ts';
import { createReporter } from './messaging/reports.ts';
import { showPhase } from './messaging/visibility.ts';
import { taskWorkflow } from './task.ts';
import type { ChildTaskInput } from './task/state.ts';
import { requireOurs } from './support/inputs.ts';
import { runSteps } from './flow/step.ts';

type End = 'completed' | 'failed';

export async function phaseWorkflow(input: PhaseInput): Promise<PhaseOutcome> {
  requireOurs('Phase', input, [
    'project',
    'phase',
    'workspace',
    'flow',
    'settings',
    'siblings',
    'completed',
    'fence',
    'budget',
  ]);
  const handlers = createMessageHandlers();
  const approvalGate = createApprovalGate({
    isPaused: () => run.paused,
    instead: () => `phase ${input.phase.number} is ${run.status}: ${run.detail}`,
    onChange() {
      showPhase(run);
      reporter.changed();
    },
    settings: () => input.settings,
    project: () => input.slug,
  });
  const done = input.before?.tasks.filter((task) => task.status === 'done') ?? [];
  const reporter = createReporter(
    phaseReportedSignal,
    phaseReports(() => run, done),
  );
  const run: PhaseRun = newPhaseRun(input, { handlers, approvalGate, reporter });
  setHandler(phaseStatusQuery, () => phaseView(run));
  handlers.register(phaseHandlers(run));

  setPhaseStatus(run, 'running', 'starts');
  const status = await walk(run);
  setPhaseStatus(run, status, run.detail);
  showPhase(run);
  await condition(allHandlersFinished);
  return phaseOutcome(run, status);
}

/** From the flow's start to a final state. Expected failures end in `failed`; only cancellation is thrown. */
async function walk(run: PhaseRun): Promise<End> {
  const { flow } = run.input;
  let name = flow.start;
  try {
    // Before the branch: it may be gone with the merge, and then stays gone.
    const landed = run.input.before === null ? null : await landedSince(run);
    if (landed !== null) return landed === 'yes' ? complete(run) : fail(run, run.detail);
    if (!(await takeBranch(run))) return 'failed';
    if (landedUntested(run)) {
      // A retry after a merge by hand of what nobody tested: the checks decide about what landed.
      return (await checkLanded(run)) === 'yes' ? complete(run) : fail(run, run.detail);
    }
    // A retry of a phase whose tasks are all done takes the person's words as the next revision.
    if (
      run.input.before !== null &&
      run.feedback !== '' &&
      nextTask(run.tasks, doneNumbers(run)) === undefined
    )
      addRevision(run);
    for (;;) {
      const state = flow.states[name];
      if (state === undefined) return fail(run, `The flow '${flow.name}' has no state '${name}'.`);
      if (state.work.kind === 'final') return name === 'completed' ? complete(run) : fail(run, run.detail);
      if (state.work.kind === 'revision') {
        setPhaseStatus(run, 'changes_requested', `changes requested: ${run.feedback}`);
        run.reporter.changed();
        addRevision(run);
      }
      setPhaseStatus(run, 'running', 'tasks run');
      const decision = await runTasks(run);
      const transition = state.on[decision];
      if (transition === undefined)
        return fail(run, `The flow '${flow.name}' doesn't say what happens in '${name}' on '${decision}'.`);
      const answer = await runSteps(run, transition.runs, {
        registry: phaseSteps,
        place: 'phase',
        show: showPhase,
      });
      if (answer === 'end') return fail(run, run.detail);
      name = answer === 'no' ? (transition.else ?? 'failed') : transition.to;
    }
  } catch (error) {
    if (cancelledHere(error)) throw error;
    run.reason ??= reasonOf(codeOf(error));
    return fail(run, describeError(error));
  }
}

const landedUntested = ({ input: { before } }: PhaseRun): boolean =>
  before?.reason === 'landed_tree_mismatch' && before.pullRequest?.state === 'merged';

/** Fetch, conflict check, branch at the integration tip. On a retry the branch is our own and taken as it is. */
async function takeBranch(run: PhaseRun): Promise<boolean> {
  const { workspace, phase, siblings, integrationBranch, before } = run.input;
  await notPaused(run);
  const host = hostActivities(workspace.host, `phase ${phase.number}: branch ${phase.branch}`);
  const tips = await host.readTips({ workspace, branches: [integrationBranch] });
  const integration = tips[integrationBranch];
  if (integration === null || integration === undefined) {
    run.reason = reasonOf('BaseInvalid');
    run.detail = `The integration branch '${integrationBranch}' is gone from the remote. Push it again (it was at ${run.integrationSha}), then retry.`;
    return false;
  }
  const made = await host.createBranch({
    workspace,
    branch: phase.branch,
    from: { kind: 'sha', sha: integration },
    siblings,
    own: run.branchMade ? { headSha: null } : null,
    fence: run.fence,
  });
  if (made.kind !== 'ready') {
    run.reason = reasonOf('BranchConflict');
    run.detail = 'message' in made ? made.message : `The branch '${made.branch}' is gone from the remote.`;
    return false;
  }
  run.integrationSha = integration;
  run.base = before?.branchMade === true && before.baseSha !== '' ? before.baseSha : integration;
  run.branchMade = true;
  run.head = made.headSha;
  run.fence = made.fence;
  return true;
}

/** The tasks one after another, each on the commit the last one landed. The first failure ends the phase. */
async function runTasks(run: PhaseRun): Promise<End> {
  if (run.input.phase.breakdown && (await breakDown(run)) !== 'yes') return 'failed';
  for (;;) {
    await notPaused(run);
    const task = nextTask(run.tasks, doneNumbers(run));
    if (task === undefined) return 'completed';
    if (phaseRemainingMs(run) === 0) {
      run.reason = reasonOf('TimedOut');
      run.detail = 'The phase used up its phase_timeout.';
      return 'failed';
    }
    const outcome = await runTask(run, task);
    recordTask(run, outcome);
    showPhase(run);
    run.reporter.changed();
    if (outcome.status !== 'done') {
      run.reason = outcome.reason;
      run.detail = `Task ${task.number} '${task.title}' failed: ${outcome.message}`;
      return 'failed';
    }
  }
}

async function runTask(run: PhaseRun, task: TaskSpec): Promise<TaskOutcome> {
  const { slug, phase } = run.input;
  const workflowId = taskWorkflowId(slug, phase.number, task.number);
  run.current = { task, workflowId };
  showPhase(run);
  try {
    return await runChild(run.outbox, () =>
      startChild(taskWorkflow, {
        workflowId,
        args: [taskInput(run, task)],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        staticSummary: summaryLine(`Task ${task.number}: ${task.title}`),
      }),
    );
  } finally {
    run.current = null;
    run.question = null;
  }
}

function taskInput(run: PhaseRun, task: TaskSpec): ChildTaskInput {
  const { slug, project, phase, workspace, flow, settings, integrationBranch, completed, baseSha } =
    run.input;
  if (flow.childFlow === null)
    throw ApplicationFailure.nonRetryable(
      `The flow '${flow.name}' has no child_flow for its tasks.`,
      'InvalidFlow',
    );
  return {
    schema: 1,
    kind: 'child',
    slug,
    project,
    phase: { number: phase.number, name: phase.name },
    task,
    workspace,
    flow: flow.childFlow,
    settings,
    branch: phase.branch,
    tip: run.head,
    base: baseSha,
    git: { basedOn: integrationBranch, target: integrationBranch },
    completed,
    feedback:
      run.feedback === '' || run.feedback === task.description
        ? []
        : [{ from: 'the phase', text: run.feedback }],
    merge: run.merge,
    fence: run.fence,
    clockMs: phaseRemainingMs(run),
    budget: budgetLeft(run.input.budget, run.cost),
    paused: run.paused,
  };
}

/** What people said no to, as one more task on the same branch; nothing landed is rewritten. */
function addRevision(run: PhaseRun): void {
  const { phase, integrationBranch } = run.input;
  const number = Math.max(0, ...run.tasks.map((task) => task.number)) + 1;
  const round = number - phase.tasks.length;
  run.tasks = [
    ...run.tasks,
    revisionTask(
      number,
      run.merge === null
        ? `Address the requested changes (round ${round})`
        : `Merge '${integrationBranch}' into the phase`,
      run.feedback,
    ),
  ];
}

async function complete(run: PhaseRun): Promise<'completed'> {
  const { workspace, phase } = run.input;
  run.feedback = '';
  run.reason = null;
  // What people merged may hold more than our head.
  const to = run.landedByHand ? run.integrationSha : run.head;
  if (to !== run.base) {
    const { files } = await hostActivities(
      workspace.host,
      `phase ${phase.number}: changed files`,
    ).changedFiles({ workspace, from: run.base, to });
    run.files = files;
  }
  run.detail = run.pullRequest === null ? 'merged' : `merged with pull request #${run.pullRequest.number}`;
  return 'completed';
}

function fail(run: PhaseRun, detail: string): 'failed' {
  run.reason ??= reasonOf('Unexpected');
  run.detail = detail;
  return 'failed';
}
