/** What the server itself knows of a project or standalone task, with or without a worker: ids, memo, search attributes. */
import { WorkflowNotFoundError, type WorkflowExecutionInfo } from '@temporalio/client';
import {
  parseWorkflowId,
  projectWorkflowId,
  standaloneTaskWorkflowId,
} from '../domain/names/workflow-ids.ts';
import { slugProblem } from '../domain/names/slug.ts';
import { type Condition, conditions } from '../domain/model/status.ts';
import { searchAttributes } from './search-attributes.ts';
import { PhasewrightError } from './errors.ts';
import { reach, type ClientContext } from './context.ts';
import { didYouMeanOneOf, similarSlugs } from './suggestions.ts';

export interface Memo {
  readonly name: string | null;
  readonly repository: string | null;
  readonly specDigest: string | null;
  /** What its branches begin with; null: as by default, or it was started without our memo. */
  readonly branchPrefix: string | null;
}

export interface ProjectRecord extends Memo {
  readonly kind: 'project' | 'task';
  readonly slug: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Temporal's own status, e.g. `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`. */
  readonly execution: string;
  readonly open: boolean;
  readonly condition: Condition;
  readonly waitingFor: string | null;
  readonly phase: number | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

type Described = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'status' | 'startTime' | 'typedSearchAttributes'
> & {
  readonly memo?: WorkflowExecutionInfo['memo'] | undefined;
  readonly closeTime?: Date | undefined;
};

export function toRecord(info: Described): ProjectRecord | undefined {
  const name = parseWorkflowId(info.workflowId);
  if (name === undefined || (name.kind !== 'project' && name.kind !== 'standalone')) return undefined;
  const attributes = info.typedSearchAttributes;
  const execution: string = info.status.name;
  return {
    kind: name.kind === 'project' ? 'project' : 'task',
    slug: name.slug,
    workflowId: info.workflowId,
    runId: info.runId,
    execution,
    open: execution === 'RUNNING' || execution === 'PAUSED' || execution === 'CONTINUED_AS_NEW',
    condition: conditionOf(execution, attributes.get(searchAttributes.status)),
    waitingFor: execution === 'RUNNING' ? (attributes.get(searchAttributes.waitingFor) ?? null) : null,
    phase: attributes.get(searchAttributes.phase) ?? null,
    name: text(info.memo?.['name']),
    repository: text(info.memo?.['repository']) ?? attributes.get(searchAttributes.repository) ?? null,
    specDigest: text(info.memo?.['specDigest']),
    branchPrefix: text(info.memo?.['branchPrefix']),
    startedAt: info.startTime,
    endedAt: info.closeTime ?? null,
  };
}

/** How an execution stands: the server's word for closed ones, the workflow's own for running ones. */
export function conditionOf(execution: string, attribute: string | undefined): Condition {
  switch (execution) {
    case 'COMPLETED':
      return attribute === 'cancelled' || attribute === 'failed' ? attribute : 'done';
    case 'CANCELLED':
    case 'TERMINATED':
      return 'cancelled';
    case 'FAILED':
    case 'TIMED_OUT':
      return 'failed';
    default:
      return conditions.find((condition) => condition === attribute) ?? 'running';
  }
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** By slug, or by workflow id where a project and a task share a slug. A running one is preferred to an ended one. */
export async function findRecord(context: ClientContext, given: string): Promise<ProjectRecord> {
  const named = parseWorkflowId(given);
  const slug = named === undefined ? given : named.slug;
  if (slugProblem(slug) !== undefined) throw await notFound(context, given);
  const ids =
    named === undefined
      ? [projectWorkflowId(slug), standaloneTaskWorkflowId(slug)]
      : [named.kind === 'standalone' ? standaloneTaskWorkflowId(slug) : projectWorkflowId(slug)];
  const found = (await Promise.all(ids.map((id) => describe(context, id)))).filter(
    (each) => each !== undefined,
  );
  const running = found.filter((each) => each.open);
  if (running.length > 1) {
    throw new PhasewrightError(
      'GateMismatch',
      `Both a project and a standalone task run as '${slug}'; write '${ids.join("' or '")}' instead.`,
    );
  }
  const [best] =
    running.length > 0 ? running : found.toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
  if (best === undefined) throw await notFound(context, given);
  return best;
}

/** The newest run under this workflow id; undefined if the server has none. */
export async function describe(
  context: ClientContext,
  workflowId: string,
): Promise<ProjectRecord | undefined> {
  const info = await describeExecution(context, workflowId);
  return info === undefined ? undefined : toRecord(info);
}

/** Whether a workflow runs now, of whatever kind. */
export async function runs(context: ClientContext, workflowId: string): Promise<boolean> {
  return (await describeExecution(context, workflowId))?.status.name === 'RUNNING';
}

async function describeExecution(context: ClientContext, workflowId: string): Promise<Described | undefined> {
  return reach(context, `look for '${workflowId}'`, async () => {
    try {
      return await context.client.workflow.getHandle(workflowId).describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  });
}

async function notFound(context: ClientContext, given: string): Promise<PhasewrightError> {
  const records = await listRecords(context, { limit: 500 });
  const meant = didYouMeanOneOf(
    similarSlugs(
      given,
      records.map(({ slug }) => slug),
    ),
  );
  const hint =
    records.length === 0
      ? " There are none yet: 'phasewright start FILE' starts one."
      : meant === ''
        ? " 'phasewright list' shows them all."
        : meant;
  return new PhasewrightError('ProjectNotFound', `There is no project or task '${given}'.${hint}`);
}

/** Of the server's visibility: projects and standalone tasks, without the workflows of their phases and tasks. */
export const OWN_WORKFLOWS =
  "(WorkflowType = 'projectWorkflow' OR (WorkflowType = 'taskWorkflow' AND WorkflowId STARTS_WITH 'task.'))";

export interface ListOptions {
  /** At most so many; default 200. */
  readonly limit?: number;
  /** Only those that run. */
  readonly open?: boolean;
}

/** Newest first; closed ones stay for the namespace's retention. */
export async function listRecords(
  context: ClientContext,
  { limit = 200, open = false }: ListOptions = {},
): Promise<readonly ProjectRecord[]> {
  return reach(context, 'list projects', async () => {
    const found: ProjectRecord[] = [];
    const query = open ? `${OWN_WORKFLOWS} AND ExecutionStatus = 'Running'` : OWN_WORKFLOWS;
    for await (const info of context.client.workflow.list({ query, pageSize: Math.min(limit, 200) })) {
      const record = toRecord(info);
      // One of several runs of an id (after continue-as-new) is enough: the newest.
      if (
        record !== undefined &&
        record.execution !== 'CONTINUED_AS_NEW' &&
        !found.some((each) => each.workflowId === record.workflowId)
      )
        found.push(record);
      if (found.length >= limit) break;
    }
    return found;
  });
}
