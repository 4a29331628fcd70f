/** The next slug that nobody has used: closed workflows disappear after retention, so git's refs are looked at too. */
import { integrationBranch, standaloneBranch } from '../domain/names/branches.ts';
import { projectWorkflowId, standaloneTaskWorkflowId } from '../domain/names/workflow-ids.ts';
import type { WorkspaceRef } from '../domain/model/project.ts';
import { maxSlugLength } from '../domain/names/slug.ts';
import { PhasewrightError } from './errors.ts';
import { inspect } from './inspect.ts';
import { describe } from './records.ts';
import type { ClientContext } from './context.ts';
import type { StartInput, TaskInput } from './start-input.ts';

/** `x`, `x-2`, `x-3`, …; shortened where the number would make it too long. */
export function candidateSlug(slug: string, nth: number): string {
  if (nth === 1) return slug;
  const tail = `-${nth}`;
  return `${slug.slice(0, maxSlugLength - tail.length).replace(/-+$/, '')}${tail}`;
}

const MAX_NTH = 1_000;
const AT_ONCE = 20;

export async function nextFreeSlug(
  context: ClientContext,
  {
    kind,
    slug,
    input,
  }: { readonly kind: 'project' | 'task'; readonly slug: string; readonly input: StartInput | TaskInput },
): Promise<string> {
  const workflowIdFor = kind === 'project' ? projectWorkflowId : standaloneTaskWorkflowId;
  const branchFor = (candidate: string): string =>
    (kind === 'project' ? integrationBranch : standaloneBranch)(candidate, input.branch_prefix);
  const workspace = await workspaceOf(context, kind, slug, input);
  for (let first = 1; first <= MAX_NTH; first += AT_ONCE) {
    const candidates = Array.from({ length: AT_ONCE }, (_, index) => candidateSlug(slug, first + index));
    const tips = await inspect<'branches'>(context, `look for a free slug after '${slug}'`, {
      kind: 'branches',
      workspace,
      branches: candidates.map(branchFor),
    });
    for (const candidate of candidates) {
      if (
        (tips[branchFor(candidate)] ?? null) === null &&
        (await describe(context, workflowIdFor(candidate))) === undefined
      )
        return candidate;
    }
  }
  throw new PhasewrightError(
    'SlugTaken',
    `'${slug}' and its next ${MAX_NTH} numbers are all taken. Give the project another 'slug:' in its file.`,
  );
}

/** The plan knows the host; a standalone task is planned as a project of one task, which changes nothing. */
async function workspaceOf(
  context: ClientContext,
  kind: 'project' | 'task',
  slug: string,
  input: StartInput | TaskInput,
): Promise<WorkspaceRef> {
  const asProject =
    kind === 'project'
      ? input
      : {
          name: slug,
          slug,
          repository: input.repository,
          ...(input.base === undefined ? {} : { base: input.base }),
          phases: [{ name: slug, tasks: [slug] }],
        };
  const plan = await inspect<'plan'>(context, `look for a free slug after '${slug}'`, {
    kind: 'plan',
    input: asProject,
    workflowId: projectWorkflowId(slug),
  });
  return plan.workspace;
}
