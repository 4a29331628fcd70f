/**
 * A project: its phases one after another, then the way of the integration branch into base. It stays open after a failure and
 * waits for a person; it ends when what was approved is on base, or when it is cancelled.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { parseWorkflowId } from '../domain/names/workflow-ids.ts';
import type { ProjectOutcome } from '../domain/progress/outcomes.ts';
import { createApprovalGate } from './approval/gate.ts';
import { createPullRequestListener } from './landing/watch.ts';
import { projectStatusQuery } from './messages.ts';
import { createMessageHandlers } from './messaging/message-handlers.ts';
import { createOutbox } from './messaging/outbox.ts';
import { begin } from './project/begin.ts';
import { cleanUp, closeCancelled, projectOutcome } from './project/close.ts';
import { landOnBase } from './project/final-merge.ts';
import { projectHandlers } from './project/handlers.ts';
import { tellOfProjectAndWait } from './project/notices.ts';
import { runPhases } from './project/phases.ts';
import {
  type CarriedProject,
  isCarried,
  isPlanned,
  migrate,
  newProjectState,
  type ProjectRun,
} from './project/state.ts';
import { projectView, refreshCondition, show, whatHappens } from './project/view.ts';
import { cancelledHere } from './support/failures.ts';

export async function projectWorkflow(
  input: CarriedProject | Readonly<Record<string, unknown>>,
): Promise<ProjectOutcome> {
  const run = openProject(slugOf(workflowInfo().workflowId), isCarried(input) ? migrate(input) : null);
  try {
    const project = isPlanned(run) ? run : await begin(run, input);
    show(project);
    await runPhases(project);
    await landOnBase(project);
    refreshCondition(project, 'done');
    show(project);
    await tellOfProjectAndWait(project, 'project_done', `Project '${project.plan.name}' is done.`);
    await cleanUp(project);
    await condition(allHandlersFinished);
    return projectOutcome(project, 'done');
  } catch (error) {
    if (!cancelledHere(error)) throw error;
    refreshCondition(run, 'cancelled');
    await CancellationScope.nonCancellable(() => closeCancelled(run));
    throw error;
  }
}

function slugOf(workflowId: string): string {
  const id = parseWorkflowId(workflowId);
  if (id?.kind === 'project') return id.slug;
  throw ApplicationFailure.nonRetryable(
    `'${workflowId}' is not a project's workflow id. Use project.<slug>, with a slug of a-z, 0-9 and '-'.`,
    'InvalidProject',
  );
}

function openProject(slug: string, carried: CarriedProject['carried'] | null): ProjectRun {
  const state = carried?.state ?? newProjectState();
  const onChange = () => show(run);
  const run: ProjectRun = {
    slug,
    plan: carried?.plan ?? null,
    state,
    live: {
      handlers: createMessageHandlers(carried ?? undefined, onChange),
      approvalGate: createApprovalGate({
        ...(carried === null ? {} : { carried: carried.gates }),
        isPaused: () => state.paused,
        instead: () => whatHappens(run),
        onChange,
      }),
      outbox: createOutbox(),
      listener: createPullRequestListener(),
      activePhase: null,
      refusals: [],
      retry: null,
      awaitsRetry: false,
      waitsFor: null,
      question: null,
    },
  };
  setHandler(projectStatusQuery, () => projectView(run));
  run.live.handlers.register(projectHandlers(run, onChange));
  return run;
}
