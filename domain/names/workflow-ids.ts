/** The ids of workflows. Stable over retries and over versions: changing one loses what runs under it. */
import { slugProblem } from './slug.ts';

export const projectWorkflowId = (slug: string): string => `project.${slug}`;
export const phaseWorkflowId = (slug: string, phase: number): string =>
  `${projectWorkflowId(slug)}.phase.${phase}`;
export const taskWorkflowId = (slug: string, phase: number, task: number): string =>
  `${phaseWorkflowId(slug, phase)}.task.${task}`;
export const standaloneTaskWorkflowId = (slug: string): string => `task.${slug}`;

export type WorkflowName =
  | { readonly kind: 'project'; readonly slug: string }
  | { readonly kind: 'phase'; readonly slug: string; readonly phase: number }
  | { readonly kind: 'task'; readonly slug: string; readonly phase: number; readonly task: number }
  | { readonly kind: 'standalone'; readonly slug: string };

/** What a workflow id names; undefined if it isn't one of ours. */
export function parseWorkflowId(id: string): WorkflowName | undefined {
  const match = /^(project|task)\.([a-z0-9-]+)(?:\.phase\.([1-9]\d{0,5})(?:\.task\.([1-9]\d{0,5}))?)?$/.exec(
    id,
  );
  const [, room, slug, phase, task] = match ?? [];
  if (slug === undefined || slugProblem(slug) !== undefined) return undefined;
  if (room === 'task') return phase === undefined ? { kind: 'standalone', slug } : undefined;
  if (phase === undefined) return { kind: 'project', slug };
  if (task === undefined) return { kind: 'phase', slug, phase: Number(phase) };
  return { kind: 'task', slug, phase: Number(phase), task: Number(task) };
}

/** Who owns a worktree, hidden refs and artifacts: a project's slug, or `task.<slug>` for a standalone task. */
export function workspaceOwner(name: Pick<WorkflowName, 'kind' | 'slug'>): string {
  return name.kind === 'standalone' ? standaloneTaskWorkflowId(name.slug) : name.slug;
}
