/**
 * The keys of a project file: their types, defaults and meanings, in one place. The JSON Schema for editors and the key
 * table of `init --explain` are made from these schemas, so they cannot say anything else.
 */
import { z } from 'zod';
import { branchNameProblem, branchPrefixProblem } from '../names/branches.ts';
import { checked, list, oneOf, plainText, text } from '../yaml/fields.schema.ts';
import { strict } from '../yaml/issues.schema.ts';
import { didYouMean } from '../yaml/problem.ts';
import type { Role } from '../model/project.ts';
import { parseDesign } from './draft.ts';
import { parseRepository } from './repository.ts';
import { makerRoles } from '../model/role.ts';
import { paths, projectApproval, settingsKeys, taskApproval } from './settings.schema.ts';
import { slugProblem } from '../names/slug.ts';

const repository = plainText('The repository')
  .transform((value, context) => {
    const parsed = parseRepository(value);
    if ('repository' in parsed) return parsed.repository;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  })
  .describe(
    'The repository: a path, a git URL, or owner/name on the code host. `.` is the folder of this file.',
  );

const branch = (meaning: string) =>
  checked(plainText('The branch'), branchNameProblem).optional().describe(meaning);
const branchPrefix = (instead: string) =>
  checked(plainText('The branch prefix'), branchPrefixProblem)
    .optional()
    .describe(`What the branches made for it begin with, instead of ${instead}.`);
const slug = checked(plainText('The slug'), slugProblem)
  .optional()
  .describe('The short name in ids and branches (a-z, 0-9, hyphens); made from the name if left out.');

const taskKeys = {
  title: text('The title', 500).describe('What is to be done, in a line.'),
  description: z
    .string({ error: 'The description must be text.' })
    .max(50_000, {
      error: 'The description is longer than 50000 characters; put it into a file of the repository.',
    })
    .default('')
    .describe('More about it, for the agent.'),
  acceptance: list(text('A criterion', 4_000), 'acceptance criteria', 50)
    .default([])
    .describe('What must be true when it is done; the gatekeeper judges by it.'),
};

const taskMap = strict({
  ...taskKeys,
  role: z
    .string({ error: 'The role must be text.' })
    .refine((role): role is Role => makerRoles.includes(role as Role), {
      error: (issue) =>
        `A task's role is one of ${makerRoles.join(', ')}.${didYouMean(String(issue.input), makerRoles)}`,
    })
    .default('implementer')
    .describe(`Who works on it: ${makerRoles.join(', ')}.`),
  depends_on: list(
    z.union([z.string(), z.number()], { error: 'Name the title or the number of an earlier task.' }),
    'titles or numbers of earlier tasks',
    200,
  )
    .default([])
    .describe('Titles or numbers of earlier tasks of the phase that must be done first.'),
  priority: z
    .int({ error: 'The priority is a whole number.' })
    .min(-1_000_000, { error: 'The priority is below -1000000.' })
    .max(1_000_000, { error: 'The priority is above 1000000.' })
    .default(0)
    .describe('Higher runs first among tasks that can start.'),
});

const taskForms =
  'A task is its title, or a map with title, description, acceptance, role, depends_on, priority.';
const taskSchema = z.union([text('The title', 500), taskMap], { error: taskForms });

/** Tasks as `amend` and the breakdown role write them: `number` names an existing task that this one replaces. */
const counting = z.int({ error: 'A number counts from 1.' }).min(1, { error: 'A number counts from 1.' });
const plannedTask = z.union(
  [text('The title', 500), strict({ ...taskMap.shape, number: counting.optional() })],
  { error: taskForms },
);
export const plannedTasksSchema = list(plannedTask, 'tasks', 200).min(1, {
  error: 'There are no tasks; list at least one.',
});

const phaseSchema = strict({
  name: text('The name of the phase', 500).describe('What the phase is called.'),
  branch: branch("The phase's branch, instead of project/{slug}/phase/{n}/{phase-slug}."),
  breakdown: z
    .boolean({ error: 'Write true or false.' })
    .default(false)
    .describe('true: the breakdown role writes the tasks when the phase starts.'),
  tasks: list(taskSchema, 'tasks', 200).default([]).describe('The tasks: a title each, or a map.'),
});

export const projectSchema = strict({
  name: text('The name', 500).describe('What the project is called; any text.'),
  slug,
  repository,
  base: branch("The branch to start from and to merge into; the remote's default branch if left out."),
  paths,
  branch_prefix: branchPrefix('project'),
  design: text('The design', 200_000)
    .transform((value, context) => {
      const parsed = parseDesign(value);
      if ('design' in parsed) return parsed.design;
      context.addIssue({ code: 'custom', message: parsed.problem });
      return z.NEVER;
    })
    .optional()
    .describe('A file of the repository (read from the base commit), or the text itself in several lines.'),
  phases: list(phaseSchema, 'phases', 100)
    .min(1, { error: 'The project has no phases; list at least one.' })
    .describe('The phases, run one after another.'),
  pull_requests: oneOf(['phase', 'project'])
    .default('phase')
    .describe(
      'phase: one per phase into the integration branch, then one into base. project: one into base at the end.',
    ),
  approval: projectApproval,
  ...settingsKeys,
});

export const standaloneTaskSchema = strict({
  ...taskKeys,
  slug,
  repository,
  base: branch("The branch to start from and to merge into; the remote's default branch if left out."),
  paths,
  branch_prefix: branchPrefix('task'),
  approval: taskApproval,
  ...settingsKeys,
});

/** As written: nothing filled in yet, and lists that nobody changes. */
type Written<T> = T extends readonly (infer Each)[]
  ? readonly Written<Each>[]
  : T extends object
    ? { readonly [Key in keyof T]: Written<T[Key]> }
    : T;

/** What a project file says, as the JSON that the workflow takes. */
export type ProjectInput = Written<z.input<typeof projectSchema>>;
export type StandaloneTaskInput = Written<z.input<typeof standaloneTaskSchema>>;
export type ProjectKeys = z.output<typeof projectSchema>;
export type StandaloneTaskKeys = z.output<typeof standaloneTaskSchema>;
export type TaskKeys = z.output<typeof plannedTask>;
