/** A project as people see it: its condition follows from its state, in one place. */
import { change, type Condition } from '../../domain/model/status.ts';
import type { PhaseSpec, TaskSpec } from '../../domain/model/project.ts';
import type { PhaseTaskSummary } from '../../domain/progress/outcomes.ts';
import {
  type PhaseView,
  type ProjectStatusView,
  repositoryLabel,
  type TaskView,
} from '../../domain/views/status.ts';
import { showProject, showProjectAttributes, showValidating } from '../messaging/visibility.ts';
import { outcomeOf, type ProjectRevision, type ProjectRun } from './state.ts';

export function show(run: ProjectRun): void {
  const { plan, state, live } = run;
  if (plan !== null && state.condition !== 'done' && state.condition !== 'cancelled') refreshCondition(run);
  showDetails(run);
  if (plan !== null)
    showProjectAttributes(projectView(run), live.activePhase?.number ?? state.next?.number ?? null);
}

/** What people read, without an event. */
export function showDetails(run: ProjectRun): void {
  if (run.plan === null) showValidating(run.slug);
  else showProject(projectView(run));
}

export function refreshCondition(run: ProjectRun, end?: 'done' | 'cancelled'): void {
  const { state, live } = run;
  const now = waitsFor(run) === null ? 'running' : 'waiting';
  const to: Condition = end ?? (state.paused ? 'paused' : live.awaitsRetry ? 'failed' : now);
  state.condition = change('condition', state.condition, to);
}

/** Instead of what somebody asked for, in a refusal. */
export const whatHappens = (run: ProjectRun): string =>
  `the project is ${run.state.condition}: ${waitsFor(run) ?? run.state.detail}`;

export function waitsFor(run: ProjectRun): string | null {
  const { state, live } = run;
  const { open } = live.approvalGate.state;
  if (open !== null) return `approval of the project (gate ${open.id})`;
  if (live.waitsFor !== null) return live.waitsFor.text;
  if (live.awaitsRetry) return `a retry: ${state.detail}`;
  const { activePhase } = live;
  if (activePhase?.heldUp != null) return activePhase.heldUp;
  const question = live.question ?? activePhase?.question ?? null;
  if (question !== null) return `an answer to task ${question.task}: ${question.text}`;
  if (activePhase?.gate == null) return null;
  const { number, name, gate } = activePhase;
  return `approval of phase ${number} '${name}' (gate ${gate.id})`;
}

export function projectView(run: ProjectRun): ProjectStatusView {
  const { slug, plan, state, live } = run;
  const last = plan?.phases.at(-1)?.number;
  return {
    schema: 1,
    kind: 'project',
    slug,
    name: plan?.name ?? slug,
    repository: plan === null ? '' : repositoryLabel(plan.workspace.repository),
    lifecycle: state.lifecycle,
    condition: state.condition,
    detail: state.detail,
    waitingFor: waitsFor(run),
    integrationBranch: plan?.integrationBranch ?? '',
    baseBranch: plan?.base.branch ?? '',
    phases:
      plan?.phases.map((phase) => phaseLine(run, phase, phase.number === last ? state.revisions : [])) ?? [],
    pullRequest: state.landing.pullRequest,
    gate: live.approvalGate.state.open,
    decisions: state.decisions,
    advances: state.advances,
    refused: live.handlers.refused,
    cost: state.cost,
    mergedSha: state.mergedSha,
    specDigest: plan?.specDigest ?? '',
    warnings: plan?.warnings ?? [],
    workspace: plan?.workspace ?? null,
  };
}

/** `revisions`: of the whole project, shown with its last phase. */
function phaseLine(run: ProjectRun, phase: PhaseSpec, revisions: readonly ProjectRevision[]): PhaseView {
  const { state, live } = run;
  const { number, name, branch } = phase;
  const outcome = outcomeOf(run, number);
  const active = live.activePhase?.number === number ? live.activePhase : undefined;
  const ended = state.skipped.includes(number) ? 'skipped' : (outcome?.status ?? 'pending');
  const reported = (active?.tasks ?? outcome?.tasks ?? []).map(reportedLine);
  const added = active?.added ?? outcome?.added ?? [];
  const planned = [...phase.tasks, ...added]
    .filter((task) => !reported.some((each) => each.number === task.number))
    .map(plannedLine);
  return {
    number,
    name,
    status: active?.status ?? ended,
    reason: active === undefined ? (outcome?.reason ?? null) : null,
    detail: active === undefined ? (outcome?.message ?? '') : active.status,
    branch,
    pullRequest: active?.pullRequest ?? outcome?.pullRequest ?? null,
    headSha: active?.headSha ?? outcome?.headSha ?? null,
    gate: active?.gate ?? null,
    tasks: [
      ...[...reported, ...planned].toSorted((a, b) => a.number - b.number),
      ...revisions.map(revisionLine),
    ],
  };
}

const plannedLine = ({ number, title }: TaskSpec): TaskView => ({
  number,
  title,
  status: 'incoming',
  reason: null,
  detail: 'waits for its turn',
  attempts: 0,
  commit: null,
});

const reportedLine = (task: PhaseTaskSummary): TaskView => {
  const { number, title, status, reason, message: detail, attempts, commit } = task;
  return { number, title, status, reason, detail, attempts, commit };
};

const revisionLine = ({ task, record }: ProjectRevision): TaskView => ({
  ...reportedLine(record),
  status: record.status === 'incoming' ? 'claimed' : record.status,
  detail: record.status === 'failed' ? record.message : task.description,
});
