/** What a task of a phase, or a revision of the whole project, starts with. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { Flow, FlowDefinition } from '../../domain/flow/flow.ts';
import type { CompletedPhase } from '../../domain/model/briefing.ts';
import type { Budget } from '../../domain/model/cost.ts';
import type { Fence, OpenMerge } from '../../domain/model/git.ts';
import type { ProjectSettings, TaskSpec, WorkspaceRef } from '../../domain/model/project.ts';
import type { EarlierAttempts } from '../../domain/progress/outcomes.ts';

/** What a task is and works under, however it was started. */
export interface TaskTerms {
  readonly slug: string;
  readonly project: { readonly name: string; readonly design: string | null };
  readonly phase: { readonly number: number; readonly name: string };
  readonly task: TaskSpec;
  readonly workspace: WorkspaceRef;
  readonly flow: FlowDefinition;
  readonly settings: ProjectSettings;
  readonly branch: string;
  /** What the project, or the standalone task, started from: PLAN.md stays only if it is there. */
  readonly baseSha: string;
  readonly git: { readonly basedOn: string; readonly target: string };
  readonly completed: readonly CompletedPhase[];
  /** What is left of the phase's clock. */
  readonly clockMs: number;
  readonly budget: Budget;
}

export interface ChildTaskInput extends TaskTerms {
  readonly schema: 1;
  readonly kind: 'child';
  /** Where the branch is now; the candidate's only parent. */
  readonly headSha: string;
  /** What earlier runs of this task came to, and what it is told beside its description. */
  readonly earlier: EarlierAttempts;
  /** Set for a task that finishes a merge: its attempts start on the conflicted files. */
  readonly merge: OpenMerge | null;
  readonly fence: Fence;
  readonly paused: boolean;
}

/** With the flow of tasks that the phase's flow holds. */
export function childTaskInput({
  flow,
  ...rest
}: Omit<ChildTaskInput, 'schema' | 'kind' | 'flow'> & { readonly flow: Flow }): ChildTaskInput {
  if (flow.childFlow === null)
    throw ApplicationFailure.nonRetryable(
      `The flow '${flow.name}' has no child_flow for its tasks.`,
      'InvalidFlow',
    );
  return { schema: 1, kind: 'child', ...rest, flow: flow.childFlow };
}
