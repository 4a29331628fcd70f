/** What workflows ask of planning. Types only. */
import type { ProjectPlan, StandaloneTaskPlan } from '../../domain/progress/plan.ts';
import type { TaskSpec } from '../../domain/model/project.ts';

export interface PlanProjectRequest {
  readonly input: unknown;
  readonly workflowId: string;
}

export interface PlanTasksRequest {
  readonly input: unknown;
  readonly existing: readonly TaskSpec[];
}

export interface PlanningActivities {
  /** Validates the input, resolves the base, reads the design and the flows from the base commit. Throws `InvalidProject`. */
  planProject(request: PlanProjectRequest): Promise<ProjectPlan>;
  planTask(request: PlanProjectRequest): Promise<StandaloneTaskPlan>;
  /** Validates tasks a person added or changed (`amend`) or the breakdown role wrote. */
  planTasks(request: PlanTasksRequest): Promise<PlannedTasks>;
}

export type PlannedTasks =
  | { readonly kind: 'tasks'; readonly tasks: readonly TaskSpec[] }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };
