/**
 * Every name that Temporal, git's hidden refs and the artifact store know us by. Stable over retries and over versions:
 * changing one loses what runs under it.
 */
import type { AttemptKey } from '../model/git.ts';
import { slugProblem } from './slug.ts';

/** Workflows and activities that any worker can do. */
export const SHARED_TASK_QUEUE = 'phasewright';
/** Git, checks and control of one host. */
export const hostTaskQueue = (hostId: string): string => `${SHARED_TASK_QUEUE}.host.${hostId}`;
/** Agent slots of one host. */
export const agentTaskQueue = (hostId: string): string => `${hostTaskQueue(hostId)}.agents`;

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

/** `<owner>/<phase>/<task>/<attempt>`: the folder of an attempt's artifacts and the tail of its hidden refs. */
export const attemptPath = (key: AttemptKey): string =>
  `${key.owner}/${key.phase}/${key.task}/${key.attempt}`;

const hiddenRoot = 'refs/phasewright';

/** A ref of ours that no clone sees: `refs/phasewright/<owner>/<part>/…`. Throws on a part that git or a path could misread. */
export function hiddenRef(owner: string, ...parts: readonly (string | number)[]): string {
  for (const part of [owner, ...parts]) {
    const text = String(part);
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(text) || text.includes('..') || /(\.|\.lock)$/.test(text)) {
      throw new TypeError(
        `'${text}' cannot be part of a hidden ref: use a-z, 0-9, '-', '_' and single dots.`,
      );
    }
  }
  return [hiddenRoot, owner, ...parts].join('/');
}

/** The fence: every push moves it from its expected value. */
export const epochRef = (owner: string): string => hiddenRef(owner, 'epoch');
