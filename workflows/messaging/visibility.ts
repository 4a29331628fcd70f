/**
 * What people see in the Web UI: current details (Markdown, no history) and search attributes (an event each, so only on
 * change).
 */
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import { parseWorkflowId } from '../../domain/names/workflow-ids.ts';
import { searchAttributes } from '../../domain/names/search-attributes.ts';
import { phaseDetails, projectDetails, taskDetails, validatingDetails } from '../../domain/views/details.ts';
import { repositoryLabel, type ProjectStatusView } from '../../domain/views/status.ts';
import { escapeControls } from '../../domain/text/escape.ts';
import type { PhaseRun } from '../phase/state.ts';
import { phaseView } from '../phase/view.ts';
import type { TaskRun } from '../task/state.ts';
import { taskView } from '../task/view.ts';

export function showTask(run: TaskRun): void {
  const { workflowId } = workflowInfo();
  if (run.plan === null) return showValidating(parseWorkflowId(workflowId)?.slug ?? workflowId);
  setCurrentDetails(taskDetails(taskView(run), workflowId));
  if (run.plan.standalone)
    showAttributes(run.plan.slug, repositoryLabel(run.plan.workspace.repository), taskView(run), null);
}

export function showPhase(run: PhaseRun): void {
  setCurrentDetails(phaseDetails(phaseView(run), workflowInfo().workflowId));
}

export function showProject(view: ProjectStatusView): void {
  setCurrentDetails(projectDetails(view, workflowInfo().workflowId));
}

export const showProjectAttributes = (view: ProjectStatusView, currentPhase: number | null): void =>
  showAttributes(view.slug, view.repository, view, currentPhase);

/** Before there is a plan. */
export function showValidating(slug: string): void {
  setCurrentDetails(validatingDetails(slug));
}

const keys = {
  project: defineSearchAttributeKey('PhasewrightProject', searchAttributes.PhasewrightProject),
  repository: defineSearchAttributeKey('PhasewrightRepository', searchAttributes.PhasewrightRepository),
  status: defineSearchAttributeKey('PhasewrightStatus', searchAttributes.PhasewrightStatus),
  waitingFor: defineSearchAttributeKey('PhasewrightWaitingFor', searchAttributes.PhasewrightWaitingFor),
  phase: defineSearchAttributeKey('PhasewrightPhase', searchAttributes.PhasewrightPhase),
};

/** Compared with what the workflow already carries, which is replayed: only a change makes an event. */
function showAttributes(
  slug: string,
  repository: string,
  { condition, waitingFor }: { readonly condition: string; readonly waitingFor: string | null },
  phase: number | null,
): void {
  const known = workflowInfo().typedSearchAttributes;
  const changed: SearchAttributeUpdatePair[] = [];
  const waiting = waitingFor === null ? null : short(waitingFor);
  if (known.get(keys.project) !== slug) changed.push({ key: keys.project, value: slug });
  if (repository !== '' && known.get(keys.repository) !== short(repository))
    changed.push({ key: keys.repository, value: short(repository) });
  if (known.get(keys.status) !== condition) changed.push({ key: keys.status, value: condition });
  if ((known.get(keys.waitingFor) ?? null) !== waiting)
    changed.push({ key: keys.waitingFor, value: waiting });
  if (phase !== null && known.get(keys.phase) !== phase) changed.push({ key: keys.phase, value: phase });
  if (changed.length > 0) upsertSearchAttributes(changed);
}

/** A Keyword holds at most 255 characters, and not every store takes control characters. */
const short = (text: string): string => Array.from(escapeControls(text)).slice(0, 200).join('');
