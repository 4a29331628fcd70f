/** What a workflow runs on: the validated input, what the repository added to it, and the flow it goes through. */
import type { Flow } from '../flow/flow.ts';
import type { PhaseSpec, ProjectSettings, TaskSpec, WorkspaceRef } from '../model/project.ts';

export interface ProjectPlan {
  readonly schema: 1;
  readonly slug: string;
  readonly name: string;
  readonly workspace: WorkspaceRef;
  readonly base: { readonly branch: string; readonly sha: string };
  readonly integrationBranch: string;
  /** Artifact id of the design document, if the project has one. */
  readonly design: string | null;
  readonly phases: readonly PhaseSpec[];
  readonly settings: ProjectSettings;
  readonly flow: Flow;
  /** Digest of the input as it was given, to tell a changed file from the same one. */
  readonly specDigest: string;
  /** What people should know of it, in sentences; absent: nothing. */
  readonly warnings?: readonly string[];
  /** Temporal's Web UI as people reach it; null or absent: nobody said. */
  readonly webUi?: string | null;
}

export interface StandaloneTaskPlan {
  readonly schema: 1;
  readonly slug: string;
  readonly workspace: WorkspaceRef;
  readonly base: { readonly branch: string; readonly sha: string };
  readonly branch: string;
  readonly task: TaskSpec;
  readonly settings: ProjectSettings;
  readonly flow: Flow;
  readonly specDigest: string;
  readonly warnings?: readonly string[];
  readonly webUi?: string | null;
}
