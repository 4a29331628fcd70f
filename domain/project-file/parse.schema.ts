/**
 * Reads what people and programs start us with: a project file, or the same keys as JSON. Both ways end in the same
 * draft, and both report every problem at once.
 */
import type { z } from 'zod';
import { integrationBranch, phaseBranch, standaloneBranch } from '../names/branches.ts';
import { toFindings } from '../yaml/issues.schema.ts';
import { type Finding, pathText, type Problem } from '../yaml/problem.ts';
import type { ApprovalPolicy, PhaseSpec, ProjectSettings, TaskSpec } from '../model/project.ts';
import type { ProjectDraft, StandaloneTaskDraft } from './draft.ts';
import { branchFindings } from './branch-rules.ts';
import {
  type NumberedTask,
  numberTasks,
  projectFindings,
  relativeRepositoryFindings,
  resolveDependency,
  taskFindings,
} from './rules.ts';
import {
  plannedTasksSchema,
  type ProjectInput,
  type ProjectKeys,
  projectSchema,
  type StandaloneTaskKeys,
  standaloneTaskSchema,
  type TaskKeys,
} from './keys.schema.ts';
import type { settingsKeys } from './settings.schema.ts';
import { slugify } from '../names/slug.ts';
import { maxFileBytes, readYaml } from '../yaml/source.schema.ts';

export interface Problems {
  readonly problems: readonly Problem[];
}

/** `input` still holds the repository as written: make a relative path absolute before starting a workflow with it. */
export function parseProjectFile(
  text: string,
  fileName: string,
): { readonly input: ProjectInput; readonly draft: ProjectDraft } | Problems {
  const read = readYaml(text, fileName);
  if ('problems' in read) return read;
  const { value, locate } = read.source;
  const judged = judge(projectSchema, value, [...projectFindings(value), ...branchFindings(value)]);
  if ('findings' in judged) return { problems: inOrder(judged.findings.map(locate)) };
  return { input: value as ProjectInput, draft: projectDraft(judged.keys) };
}

/** The project file's keys as JSON, with an absolute repository. */
export function validateProjectInput(input: unknown): { readonly draft: ProjectDraft } | Problems {
  const size = sizeFindings(input);
  if (size.length > 0) return withoutPlace(size);
  const judged = judge(projectSchema, input, [
    ...relativeRepositoryFindings(input),
    ...projectFindings(input),
  ]);
  return 'findings' in judged ? withoutPlace(judged.findings) : { draft: projectDraft(judged.keys) };
}

export function validateStandaloneTaskInput(
  input: unknown,
): { readonly draft: StandaloneTaskDraft } | Problems {
  const size = sizeFindings(input);
  if (size.length > 0) return withoutPlace(size);
  const judged = judge(standaloneTaskSchema, input, relativeRepositoryFindings(input));
  return 'findings' in judged ? withoutPlace(judged.findings) : { draft: standaloneTaskDraft(judged.keys) };
}

/** Tasks that a person added or changed or the breakdown role wrote, numbered on after the existing ones. */
export function validateTasks(
  input: unknown,
  existing: readonly NumberedTask[],
): { readonly tasks: readonly TaskSpec[] } | Problems {
  const size = sizeFindings(input);
  if (size.length > 0) return withoutPlace(size);
  const written = Array.isArray(input) ? (input as readonly unknown[]) : [];
  const judged = judge(plannedTasksSchema, input, taskFindings(written, existing, []));
  return 'findings' in judged ? withoutPlace(judged.findings) : { tasks: taskSpecs(judged.keys, existing) };
}

function judge<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  found: readonly Finding[],
): { readonly keys: z.output<Schema> } | { readonly findings: readonly Finding[] } {
  const parsed = schema.safeParse(value);
  if (parsed.success && found.length === 0) return { keys: parsed.data };
  return { findings: [...(parsed.success ? [] : toFindings(parsed.error.issues)), ...found] };
}

function sizeFindings(input: unknown): readonly Finding[] {
  const length = (JSON.stringify(input) ?? '').length;
  return length <= maxFileBytes
    ? []
    : [
        {
          path: [],
          message: `The input is larger than ${maxFileBytes / 1024} KiB; keep long texts in files of the repository.`,
        },
      ];
}

const withoutPlace = (findings: readonly Finding[]): Problems => ({
  problems: findings.map(({ path, message }) => ({
    file: null,
    line: null,
    column: null,
    path: pathText(path),
    message,
  })),
});

const inOrder = (problems: readonly Problem[]): readonly Problem[] =>
  problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));

function projectDraft(keys: ProjectKeys): ProjectDraft {
  const slug = keys.slug ?? slugify(keys.name);
  return {
    slug,
    name: keys.name,
    repository: keys.repository,
    base: keys.base ?? null,
    ...(keys.paths === undefined ? {} : { paths: keys.paths }),
    design: keys.design ?? null,
    integrationBranch: integrationBranch(slug, keys.branch_prefix),
    phases: keys.phases.map((phase, index): PhaseSpec => {
      const phaseSlug = slugify(phase.name);
      return {
        number: index + 1,
        name: phase.name,
        slug: phaseSlug,
        branch: phase.branch ?? phaseBranch(slug, index + 1, phaseSlug, keys.branch_prefix),
        breakdown: phase.breakdown,
        tasks: taskSpecs(phase.tasks, []),
      };
    }),
    settings: settings(keys, keys.pull_requests, approvalPolicy(keys.approval)),
  };
}

function standaloneTaskDraft(keys: StandaloneTaskKeys): StandaloneTaskDraft {
  const slug = keys.slug ?? slugify(keys.title);
  const { phases, project } = keys.approval;
  const level = project ?? phases ?? 'required';
  return {
    slug,
    repository: keys.repository,
    base: keys.base ?? null,
    ...(keys.paths === undefined ? {} : { paths: keys.paths }),
    branch: standaloneBranch(slug, keys.branch_prefix),
    task: {
      number: 1,
      title: keys.title,
      description: keys.description,
      acceptance: keys.acceptance,
      role: 'implementer',
      dependsOn: [],
      priority: 0,
    },
    settings: settings(
      keys,
      'project',
      approvalPolicy({ ...keys.approval, phases: phases ?? level, project: level }),
    ),
  };
}

function taskSpecs(written: readonly TaskKeys[], existing: readonly NumberedTask[]): readonly TaskSpec[] {
  const numbers = numberTasks(written, existing);
  const maps = written.map((task) => (typeof task === 'string' ? { title: task } : task));
  const fresh = maps.map((task, index) => ({ number: numbers[index] ?? 0, title: task.title }));
  const all = [...existing.filter((task) => !numbers.includes(task.number)), ...fresh];
  return maps.map((task, index): TaskSpec => {
    const own = numbers[index] ?? 0;
    const full = 'description' in task ? task : undefined;
    const found = (full?.depends_on ?? []).map((reference) =>
      resolveDependency(reference, own, all, all.length),
    );
    return {
      number: own,
      title: task.title,
      description: full?.description ?? '',
      acceptance: full?.acceptance ?? [],
      role: full?.role ?? 'implementer',
      dependsOn: [...new Set(found.filter((number) => typeof number === 'number'))],
      priority: full?.priority ?? 0,
    };
  });
}

type SettingsKeys = Pick<ProjectKeys, keyof typeof settingsKeys>;

const approvalPolicy = (keys: ProjectKeys['approval']): ApprovalPolicy => ({
  phases: keys.phases,
  project: keys.project,
  approvers: keys.approvers,
  remindAfterMs: keys.remind_after,
  expireAfterMs: keys.expire_after,
  onExpiry: keys.on_expiry,
  carry: keys.carry,
});

function settings(
  keys: SettingsKeys,
  pullRequests: 'phase' | 'project',
  approval: ApprovalPolicy,
): ProjectSettings {
  return {
    pullRequests,
    mergeMethod: keys.merge_method,
    approval,
    setup: keys.setup,
    checks: keys.checks,
    checkTimeoutMs: keys.check_timeout,
    limits: {
      agentTimeoutMs: keys.limits.agent_timeout,
      phaseTimeoutMs: keys.limits.phase_timeout,
      attempts: keys.limits.attempts,
      budgetUsd: keys.limits.budget_usd,
      tokens: keys.limits.tokens,
    },
    notify: keys.notify,
    onCancel: keys.on_cancel,
  };
}
