/**
 * A project: its phases one after another, then the way of the integration branch into base. In the first workflow task
 * after a phase ends the project records the outcome and does exactly one thing, which `advance` names; between the two
 * nothing is awaited, so a crash can't part them.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  ParentClosePolicy,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { advance } from '../domain/progress/advance.ts';
import { parseWorkflowId, phaseWorkflowId } from '../domain/names/workflow-ids.ts';
import { summaryLine } from '../domain/text/truncate.ts';
import { keepLast } from '../domain/messages/messages.ts';
import type { PhaseOutcome, ProjectOutcome } from '../domain/progress/outcomes.ts';
import { hostActivities, sharedActivities } from './activity-proxies.ts';
import { runChild } from './support/child-workflows.ts';
import { createMessageHandlers } from './messaging/message-handlers.ts';
import { createOutbox } from './messaging/outbox.ts';
import { cancelledHere, describeError, ifPossible, plainly } from './support/failures.ts';
import { createApprovalGate } from './approval/gate.ts';
import { projectStatusQuery } from './messages.ts';
import { phaseWorkflow } from './phase.ts';
import type { PhaseInput } from './phase/state.ts';
import { landOnBase } from './project/final-merge.ts';
import { projectHandlers } from './project/handlers.ts';
import { endedWithoutOutcome } from './project/lost-phase.ts';
import { tellOfProjectAndWait } from './project/notices.ts';
import { createPullRequestListener } from './landing/watch.ts';
import { awaitRetry, show } from './project/await-retry.ts';
import { budgetLeft } from '../domain/model/cost.ts';
import {
  carry,
  type CarriedProject,
  completedPhases,
  isCarried,
  migrate,
  newProjectState,
  type NextPhase,
  outcomeOf,
  phaseSpec,
  planOf,
  type ProjectRun,
  type ProjectState,
  projectView,
  recordOutcome,
  refreshCondition,
  setLifecycle,
} from './project/state.ts';

const MAX_ADVANCES = 200;

export async function projectWorkflow(
  input: CarriedProject | Readonly<Record<string, unknown>>,
): Promise<ProjectOutcome> {
  const { workflowId } = workflowInfo();
  const id = parseWorkflowId(workflowId);
  if (id?.kind !== 'project') {
    throw ApplicationFailure.nonRetryable(
      `'${workflowId}' is not a project's workflow id. Use project.<slug>, with a slug of a-z, 0-9 and '-'.`,
      'InvalidProject',
    );
  }
  const carried = typeof input === 'object' && input !== null && isCarried(input);
  const run = openProject(carried ? migrate(input) : newProjectState(), id.slug);

  try {
    if (!carried) await begin(run, input);
    show(run);
    await runPhases(run);
    await landOnBase(run);
    refreshCondition(run, 'done');
    show(run);
    await tellOfProjectAndWait(run, 'project_done', `Project '${planOf(run).name}' is done.`);
    await cleanUp(run);
    await condition(allHandlersFinished);
    return outcome(run, 'done');
  } catch (error) {
    if (!cancelledHere(error)) throw error;
    refreshCondition(run, 'cancelled');
    await CancellationScope.nonCancellable(() => cancelled(run));
    throw error;
  }
}

function openProject(state: ProjectState, slug: string): ProjectRun {
  const onChange = () => show(run);
  const outbox = createOutbox();
  const handlers = createMessageHandlers(state, onChange);
  const approvalGate = createApprovalGate({
    carried: state.gates,
    isPaused: () => run.paused,
    instead: () => `the project is ${run.condition}: ${run.detail}`,
    onChange,
    settings: () => planOf(run).settings,
    project: () => slug,
  });
  const run: ProjectRun = {
    ...state,
    handlers,
    approvalGate,
    outbox,
    activePhase: null,
    refusals: [],
    retry: null,
    awaitsRetry: false,
    listener: createPullRequestListener(),
    heldUp: null,
    byHand: null,
    question: null,
  };
  setHandler(projectStatusQuery, () => projectView(run, slug));
  handlers.register(projectHandlers(run, onChange));
  return run;
}

/** Plan, then the integration branch at the base; no phase starts while a branch of the project could not be made. */
async function begin(run: ProjectRun, input: unknown): Promise<void> {
  const plan = await plainly(
    sharedActivities('validate the project').planProject({ input, workflowId: workflowInfo().workflowId }),
  );
  run.plan = plan;
  run.budget = { usd: plan.settings.limits.budgetUsd, tokens: plan.settings.limits.tokens };
  run.detail = 'makes the integration branch';
  const first = plan.phases[0];
  if (first === undefined)
    throw ApplicationFailure.nonRetryable('A project needs at least one phase.', 'InvalidProject');
  run.next = { number: first.number, before: null, feedback: null };
  const { workspace, integrationBranch, base } = plan;
  for (;;) {
    const problem = await makeIntegrationBranch();
    if (problem === null) break;
    await awaitRetry(run, problem);
  }
  run.integrationSha = base.sha;
  setLifecycle(run, 'initialized');
  setLifecycle(run, 'implementing');

  async function makeIntegrationBranch(): Promise<string | null> {
    try {
      const host = hostActivities(workspace.host, `branch ${integrationBranch}`);
      run.fence = await host.readFence({ workspace, epoch: 1 });
      const branches = planOf(run).phases.map((phase) => phase.branch);
      const made = await host.createBranch({
        workspace,
        branch: integrationBranch,
        from: { kind: 'sha', sha: base.sha },
        siblings: branches,
        own: null,
        reserve: branches,
        fence: run.fence,
      });
      if (made.kind === 'ready') run.fence = made.fence;
      if (made.kind === 'ready') return null;
      return 'message' in made ? made.message : `The branch '${made.branch}' is gone from the remote.`;
    } catch (error) {
      if (cancelledHere(error)) throw error;
      return describeError(error);
    }
  }
}

async function runPhases(run: ProjectRun): Promise<void> {
  for (;;) {
    // Held by a pause, it may be skipped: what counts is how it stands when it starts.
    while (run.paused) await condition(() => !run.paused);
    run.next = skipOver(run, run.next);
    if (run.next === null) return;
    const ended = await runPhase(run, run.next);
    // ── from here to the next child's start nothing is awaited ──
    recordOutcome(run, ended);
    const step = advance({ phases: planOf(run).phases, skipped: run.skipped, paused: run.paused }, ended);
    run.advances = keepLast(run.advances, step, MAX_ADVANCES);
    run.next =
      step.nextPhase === null ? null : { number: step.nextPhase.number, before: null, feedback: null };
    switch (step.stage) {
      case 'next_phase_started':
        await continueIfLong(run);
        break;
      case 'next_phase_held':
        show(run);
        break;
      case 'complete_phase': {
        const next = { number: ended.number, before: outcomeOf(run, ended.number) ?? ended };
        // It is the next one again: `amend` goes by this while a retry is awaited.
        run.next = { ...next, feedback: null };
        const feedback = await awaitRetry(run, ended.message, {
          title: `Phase ${ended.number} '${ended.name}' failed`,
          base: ended.reason === 'pull_request_closed' ? planOf(run).integrationBranch : null,
        });
        run.next = { ...next, feedback };
        break;
      }
      case 'workflow_complete':
        break;
    }
  }
}

/** A person may have skipped the phase that was held or not yet begun. */
function skipOver(run: ProjectRun, next: NextPhase | null): NextPhase | null {
  if (next === null || !run.skipped.includes(next.number)) return next;
  const later = planOf(run).phases.find(
    (phase) => phase.number > next.number && !run.skipped.includes(phase.number),
  );
  return later === undefined ? null : { number: later.number, before: null, feedback: null };
}

/** Only between phases, with all handlers finished; otherwise at the next chance. */
async function continueIfLong(run: ProjectRun): Promise<void> {
  if (!workflowInfo().continueAsNewSuggested || !allHandlersFinished()) return;
  await continueAsNew<typeof projectWorkflow>(carry(run));
}

async function runPhase(run: ProjectRun, next: NextPhase): Promise<PhaseOutcome> {
  const { phase } = phaseInput(run, next);
  run.activePhase = {
    number: next.number,
    status: 'running',
    gate: null,
    pullRequest: next.before?.pullRequest ?? null,
    headSha: null,
    tasks: next.before?.tasks.filter((task) => task.status === 'done') ?? [],
    baseSha: next.before?.baseSha ?? '',
    question: null,
    heldUp: null,
  };
  run.detail = `phase ${next.number} '${phase.name}' runs`;
  show(run);
  const workflowId = phaseWorkflowId(planOf(run).slug, next.number);
  try {
    return await runChild(run.outbox, () =>
      startChild(phaseWorkflow, {
        workflowId,
        args: [phaseInput(run, next)],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        staticSummary: summaryLine(`Phase ${next.number}: ${phase.name}`),
      }),
    );
  } catch (error) {
    if (cancelledHere(error)) throw error;
    return endedWithoutOutcome(run, next, 'failed', describeError(error));
  }
}

function phaseInput(run: ProjectRun, next: NextPhase): PhaseInput {
  const plan = planOf(run);
  const phase = phaseSpec(run, next.number);
  if (phase === undefined)
    throw ApplicationFailure.nonRetryable(`There is no phase ${next.number}.`, 'InvalidProject');
  return {
    schema: 1,
    slug: plan.slug,
    project: { name: plan.name, design: plan.design },
    phase,
    workspace: plan.workspace,
    flow: plan.flow,
    settings: plan.settings,
    integrationBranch: plan.integrationBranch,
    integrationSha: run.integrationSha,
    baseSha: plan.base.sha,
    siblings: [
      plan.integrationBranch,
      ...plan.phases.filter(({ number }) => number !== next.number).map(({ branch }) => branch),
    ],
    completed: completedPhases(run),
    fence: run.fence,
    budget: budgetLeft(run.budget, run.cost),
    paused: run.paused,
    before: next.before,
    feedback: next.feedback,
    ...(plan.webUi === undefined ? {} : { webUi: plan.webUi }),
  };
}

/** Branches stay; open pull requests hear why and are closed or kept by setting; nothing else is left. */
async function cancelled(run: ProjectRun): Promise<void> {
  if (run.plan === null) return;
  if (run.activePhase !== null && run.next !== null)
    recordOutcome(run, endedWithoutOutcome(run, run.next, 'cancelled', 'The project was cancelled.'));
  show(run);
  const { workspace, settings } = run.plan;
  const close = settings.onCancel === 'close_pull_requests';
  const comment = `The project was cancelled. Branches stay${close ? '; this pull request is closed' : ''}.`;
  const open = [...run.outcomes.map((each) => each.pullRequest), run.pullRequest];
  const numbers = new Set(open.flatMap((pr) => (pr?.state === 'open' ? [pr.number] : [])));
  for (const number of numbers)
    await ifPossible(
      hostActivities(workspace.host, `say why on #${number}`, 'cleanUp').closePullRequest({
        workspace,
        number,
        comment,
        close,
      }),
    );
  await cleanUp(run);
}

async function cleanUp(run: ProjectRun): Promise<void> {
  const { workspace } = planOf(run);
  await ifPossible(
    hostActivities(workspace.host, 'clean up', 'cleanUp').closeWorkspace({ workspace, fence: run.fence }),
  );
}

function outcome(run: ProjectRun, status: ProjectOutcome['status']): ProjectOutcome {
  const plan = planOf(run);
  return {
    schema: 1,
    slug: plan.slug,
    status,
    integrationBranch: plan.integrationBranch,
    baseBranch: plan.base.branch,
    mergedSha: run.mergedSha,
    pullRequest: run.pullRequest,
    phases: run.outcomes,
    cost: run.cost,
  };
}
