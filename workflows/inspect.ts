/** Reads what a host holds for people: plans, diffs, logs. Short-lived, changes nothing; the host answers on its control queue. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { ProjectPlan } from '../domain/progress/plan.ts';
import type { WorkspaceRef } from '../domain/model/project.ts';
import { hostActivities, sharedActivities } from './activity-proxies.ts';
import { plainly } from './support/failures.ts';

export type InspectRequest =
  /** What a project would do: validated, nothing made. */
  | { readonly kind: 'plan'; readonly input: unknown; readonly workflowId: string }
  | { readonly kind: 'branches'; readonly workspace: WorkspaceRef; readonly branches: readonly string[] }
  | {
      readonly kind: 'diff';
      readonly workspace: WorkspaceRef;
      readonly from: string;
      readonly to: string;
      readonly maxBytes: number;
    }
  | { readonly kind: 'artifacts'; readonly host: string; readonly prefix: string }
  | {
      readonly kind: 'artifact';
      readonly host: string;
      readonly artifact: string;
      readonly maxBytes: number;
    };

export interface InspectAnswers {
  plan: ProjectPlan;
  branches: Readonly<Record<string, string | null>>;
  diff: { readonly stat: string; readonly patch: string; readonly truncated: boolean };
  artifacts: readonly string[];
  artifact: { readonly text: string; readonly truncated: boolean } | null;
}

const kinds: readonly InspectRequest['kind'][] = ['plan', 'branches', 'diff', 'artifacts', 'artifact'];

export async function inspectWorkflow(
  request: InspectRequest,
): Promise<InspectAnswers[keyof InspectAnswers]> {
  const kind: unknown = (request as InspectRequest | undefined)?.kind;
  if (!kinds.includes(kind as InspectRequest['kind'])) {
    throw ApplicationFailure.nonRetryable(
      `There is nothing to inspect by the kind '${String(kind)}'; kinds are ${kinds.join(', ')}.`,
      'InvalidMessage',
    );
  }
  switch (request.kind) {
    case 'plan':
      return plainly(
        sharedActivities().planProject({ input: request.input, workflowId: request.workflowId }),
      );
    case 'branches':
      return hostActivities(request.workspace.host).readTips({
        workspace: request.workspace,
        branches: request.branches,
      });
    case 'diff':
      return hostActivities(request.workspace.host).diff(request);
    case 'artifacts':
      return hostActivities(request.host).listArtifacts({ prefix: request.prefix });
    case 'artifact':
      return hostActivities(request.host).readArtifact({
        artifact: request.artifact,
        maxBytes: request.maxBytes,
      });
  }
}
