/** The typed answer of the `status` query: what `phasewright status --json` prints. Documented and tested as a schema. */
import type { FailureReason } from '../failure.ts';
import type { AdvanceRecord } from '../progress/advance.ts';
import type { PullRequestRef } from '../model/pull-request.ts';
import type { Decision, Gate } from '../approval/gate.ts';
import type { Receipt, RefusedMessage } from '../messages/messages.ts';
import type { Cost } from '../model/cost.ts';
import type { RepositoryRef, WorkspaceRef } from '../model/project.ts';
import type { Condition, Lifecycle, PhaseStatus, TaskStatus } from '../model/status.ts';

export interface TaskView {
  readonly number: number;
  readonly title: string;
  readonly status: TaskStatus;
  readonly reason: FailureReason | null;
  /** One sentence: what it does now, or how it ended. */
  readonly detail: string;
  readonly attempts: number;
  readonly commit: string | null;
}

/** The `status` of a task workflow. */
export interface TaskStatusView extends TaskView {
  readonly schema: 1;
  readonly kind: 'task';
  readonly slug: string;
  readonly branch: string;
  readonly condition: Condition;
  readonly question: string | null;
  readonly gate: Gate | null;
  readonly decisions: readonly Decision[];
  readonly pullRequest: PullRequestRef | null;
  readonly messages: readonly Receipt[];
  readonly refused: readonly RefusedMessage[];
  readonly paused: boolean;
  readonly waitingFor: string | null;
  readonly cost: Cost;
  /** What people should know of its plan. */
  readonly warnings: readonly string[];
  readonly workspace: WorkspaceRef | null;
}

export interface PhaseView {
  readonly number: number;
  readonly name: string;
  readonly status: PhaseStatus;
  readonly reason: FailureReason | null;
  readonly detail: string;
  readonly branch: string;
  readonly pullRequest: PullRequestRef | null;
  readonly headSha: string | null;
  readonly gate: Gate | null;
  readonly tasks: readonly TaskView[];
}

/** The `status` of a phase workflow. */
export interface PhaseStatusView extends PhaseView {
  readonly schema: 1;
  readonly kind: 'phase';
  readonly slug: string;
  readonly decisions: readonly Decision[];
  readonly refused: readonly RefusedMessage[];
  readonly paused: boolean;
  readonly waitingFor: string | null;
  /** Number of the task that is running. */
  readonly currentTask: number | null;
  readonly cost: Cost;
}

/** The `status` of a project workflow. */
export interface ProjectStatusView {
  readonly schema: 1;
  readonly kind: 'project';
  readonly slug: string;
  readonly name: string;
  readonly repository: string;
  readonly lifecycle: Lifecycle;
  readonly condition: Condition;
  /** What it does now, or how it ended. */
  readonly detail: string;
  /** What is awaited and from whom; null when nothing is. */
  readonly waitingFor: string | null;
  readonly integrationBranch: string;
  readonly baseBranch: string;
  readonly phases: readonly PhaseView[];
  /** The project's own pull request, integration → base. */
  readonly pullRequest: PullRequestRef | null;
  /** The project's own gate (the phases' are in `phases`). */
  readonly gate: Gate | null;
  readonly decisions: readonly Decision[];
  readonly advances: readonly AdvanceRecord[];
  readonly refused: readonly RefusedMessage[];
  readonly cost: Cost;
  readonly mergedSha: string | null;
  readonly specDigest: string;
  /** What people should know of its plan. */
  readonly warnings: readonly string[];
  /** Where its git work happens; null until the plan is made. */
  readonly workspace: WorkspaceRef | null;
}

export type StatusView = ProjectStatusView | PhaseStatusView | TaskStatusView;

/** A repository as people write it. */
export function repositoryLabel(repository: RepositoryRef): string {
  switch (repository.kind) {
    case 'path':
      return repository.path;
    case 'url':
      return repository.url;
    case 'hosted':
      return `${repository.owner}/${repository.name}`;
  }
}
