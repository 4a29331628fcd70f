/** What a project would do: its plan, and the prompts that its tasks would begin with. Nothing is made. */
import type { ProjectPlan } from '../domain/progress/plan.ts';
import { buildPrompt } from '../domain/agents/prompt/prompt.ts';
import { projectWorkflowId } from '../domain/names/workflow-ids.ts';
import { validateProjectInput } from '../domain/project-file/parse.schema.ts';
import { inspect } from './inspect.ts';
import { invalidProject } from './invalid-project.ts';
import type { ClientContext } from './context.ts';
import type { StartInput } from './start-input.ts';

export interface DryRun {
  readonly plan: ProjectPlan;
  /** Of each task's first attempt, as far as it is known before earlier phases have run. */
  readonly prompts: readonly { readonly phase: number; readonly task: number; readonly text: string }[];
}

const MAX_DESIGN_BYTES = 256 * 1024;

/** What a project would do: validated by a worker against the repository; nothing is made. */
export async function planOf(context: ClientContext, input: StartInput): Promise<ProjectPlan> {
  const judged = validateProjectInput(input);
  if ('problems' in judged) throw invalidProject(judged.problems);
  return inspect<'plan'>(context, `plan '${judged.draft.slug}'`, {
    kind: 'plan',
    input,
    workflowId: projectWorkflowId(judged.draft.slug),
  });
}

export async function dryRun(context: ClientContext, input: StartInput): Promise<DryRun> {
  const plan = await planOf(context, input);
  const { host } = plan.workspace;
  const design =
    plan.design === null
      ? null
      : await inspect<'artifact'>(context, 'read the design document', {
          kind: 'artifact',
          host,
          artifact: plan.design,
          maxBytes: MAX_DESIGN_BYTES,
        });
  return { plan, prompts: promptsOf(plan, design?.text ?? null) };
}

/** Pure. Phases before are taken as completed, without pull request and files, which nobody knows yet. */
export function promptsOf(
  {
    name,
    phases,
    integrationBranch,
    workspace: { paths },
  }: Pick<ProjectPlan, 'name' | 'phases' | 'integrationBranch' | 'workspace'>,
  design: string | null,
): DryRun['prompts'] {
  return phases.flatMap((phase) => {
    const completed = phases
      .filter((each) => each.number < phase.number)
      .map((each) => ({
        number: each.number,
        name: each.name,
        branch: each.branch,
        pullRequest: null,
        tasks: each.tasks.map(({ title }) => title),
        files: [],
      }));
    return phase.tasks.map((task) => ({
      phase: phase.number,
      task: task.number,
      text: buildPrompt({
        role: task.role,
        project: { name, design },
        phase: { number: phase.number, name: phase.name },
        completed,
        task,
        feedback: [],
        messages: [],
        git: { branch: phase.branch, basedOn: integrationBranch, target: integrationBranch },
        candidate: null,
        ...(paths === undefined ? {} : { paths }),
      }),
    }));
  });
}
