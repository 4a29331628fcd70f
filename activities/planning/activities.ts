/**
 * From what people write to a plan that workflows run on. Everything a person can get wrong is
 * found here, before any branch is made, and said at once.
 */
import type { PlannedTasks, PlanningActivities, PlanProjectRequest, PlanTasksRequest } from './contract.ts';
import type { ProjectPlan, StandaloneTaskPlan } from '../../domain/progress/plan.ts';
import type { Flow } from '../../domain/flow/flow.ts';
import {
  parseWorkflowId,
  projectWorkflowId,
  standaloneTaskWorkflowId,
  workspaceOwner,
} from '../../domain/names/workflow-ids.ts';
import { problemLine } from '../../domain/yaml/problem.ts';
import type {
  NotifyTarget,
  PhaseSpec,
  ProjectSettings,
  RepositoryRef,
  Role,
} from '../../domain/model/project.ts';
import {
  validateProjectInput,
  validateStandaloneTaskInput,
  validateTasks,
} from '../../domain/project-file/parse.schema.ts';
import { escapeControls } from '../../domain/text/escape.ts';
import { undecodableReason } from '../../domain/messages/undecodable.ts';
import { specDigest } from '../../domain/project-file/digest.ts';
import type { Artifacts } from '../artifacts/port.ts';
import type { CodeHost } from '../code-host/port.ts';
import type { Git } from '../git/port.ts';
import { defineActivity } from '../support/define-activity.ts';
import { faultPoint } from '../support/fault-points.ts';
import { type Complaint, refusal, refuse } from './complaints.ts';
import { keepDesign, readDesign } from './design.ts';
import { knownEarly, refusingAtOnce, withRepository } from './input.ts';
import { loadFlow, type ShippedFlows } from './flows.ts';
import { absentPrograms, missingAgents, neededRoles } from './needed-roles.ts';
import { preflight } from './preflight.ts';

export interface PlanningDependencies {
  readonly git: Pick<Git, 'resolveBase' | 'examine' | 'readFile' | 'listFiles'>;
  readonly artifacts: Artifacts;
  /** Plans are carried out on the host that made them. */
  readonly hostId: string;
  /** Roles that have an agent. */
  readonly roles: () => readonly Role[];
  /** Programs of configured agents that are not to be found on this host. */
  readonly missingPrograms: () => Readonly<Partial<Record<Role, string>>>;
  readonly shippedFlows: ShippedFlows;
  /** Channels that this worker has an adapter for. */
  readonly notifyKinds: readonly NotifyTarget['kind'][];
  /** Code hosts for `owner/name` repositories, `github` or `gitea`; empty: none is configured. */
  readonly codeHosts: readonly string[];
  readonly hostFor: (repository: RepositoryRef) => Pick<CodeHost, 'examineBase'>;
  /** The operator's word: every gate is asked at, whatever a file says. */
  readonly requireApproval?: boolean;
  /** Temporal's Web UI as people reach it, for links; null: not known. */
  readonly webUi?: string | null;
}

/** Whoever starts a workflow by hand names it by its id: an input without a slug takes the id's. */
function named({ input, workflowId }: PlanProjectRequest, kind: 'project' | 'standalone'): unknown {
  const id = parseWorkflowId(workflowId);
  if (typeof input !== 'object' || input === null || Array.isArray(input) || 'slug' in input) return input;
  return id?.kind === kind ? { ...input, slug: id.slug } : input;
}

function readable(what: string, input: unknown): void {
  const reason = undecodableReason(input);
  if (reason === undefined) return;
  throw refusal(what, [
    { code: 'InvalidProject', line: `input: It can't be read (${escapeControls(reason)}). Send JSON.` },
  ]);
}

export function createPlanningActivities(given: PlanningDependencies): PlanningActivities {
  const deps = { ...given, git: refusingAtOnce(given.git) };
  return {
    planProject: defineActivity('planProject', (request) => planProject(deps, request)),
    planTask: defineActivity('planTask', (request) => planTask(deps, request)),
    planTasks: defineActivity('planTasks', (request) => planTasks(deps, request)),
  };
}

const linkOf = ({ webUi }: PlanningDependencies): { readonly webUi?: string } =>
  webUi == null ? {} : { webUi };

/** Safe to repeat: only reads, and keeps the design under its digest. A base that moved in between is simply the newer one. */
async function planProject(deps: PlanningDependencies, request: PlanProjectRequest): Promise<ProjectPlan> {
  const { git, artifacts, hostId, hostFor } = deps;
  readable('The project', request.input);
  const valid = validateProjectInput(named(request, 'project'));
  if ('problems' in valid)
    throw refusal('The project', await withRepository(git, request.input, valid.problems));
  const { repository, base: wanted, design, paths, ...draft } = valid.draft;
  const what = `The project '${draft.slug}'`;
  refuse(
    what,
    knownEarly(valid.draft, deps, { is: request.workflowId, must: projectWorkflowId(draft.slug) }),
  );

  const base = await git.resolveBase(repository, wanted);
  const source = { repository, ...base };
  const { settings, integrationBranch, phases } = draft;
  const found = await preflight({ git, hostFor }, source, {
    paths,
    setup: settings.setup,
    method: settings.mergeMethod,
    mergesPhases: settings.pullRequests === 'phase',
    branches: [integrationBranch, ...phases.map(({ branch }) => branch)],
  });
  const document = await readDesign(git, source, design);
  const { flow } = await flowAndAgents(deps, what, source, 'project', draft, [
    ...found.complaints,
    ...('complaint' in document ? [document.complaint] : []),
  ]);
  const kept = await keepDesign(artifacts, draft, 'text' in document ? document.text : null);
  await faultPoint('planProject', 'effect');
  const owner = workspaceOwner({ kind: 'project', slug: draft.slug });
  return {
    schema: 1,
    ...draft,
    workspace: { owner, repository, host: hostId, ...(paths === undefined ? {} : { paths }) },
    base,
    design: kept,
    flow,
    specDigest: specDigest(request.input),
    ...found.told,
    ...linkOf(deps),
  };
}

/** Safe to repeat: only reads. */
async function planTask(
  deps: PlanningDependencies,
  request: PlanProjectRequest,
): Promise<StandaloneTaskPlan> {
  const { git, hostId, hostFor } = deps;
  readable('The task', request.input);
  const valid = validateStandaloneTaskInput(named(request, 'standalone'));
  if ('problems' in valid)
    throw refusal('The task', await withRepository(git, request.input, valid.problems));
  const { repository, base: wanted, paths, ...draft } = valid.draft;
  const what = `The task '${draft.slug}'`;
  refuse(
    what,
    knownEarly(valid.draft, deps, {
      is: request.workflowId,
      must: standaloneTaskWorkflowId(draft.slug),
    }),
  );

  const base = await git.resolveBase(repository, wanted);
  const source = { repository, ...base };
  const found = await preflight({ git, hostFor }, source, {
    paths,
    setup: draft.settings.setup,
    method: draft.settings.mergeMethod,
    mergesPhases: false,
    branches: [draft.branch],
  });
  const { flow } = await flowAndAgents(
    deps,
    what,
    source,
    'default',
    { settings: draft.settings, phases: [{ breakdown: false, tasks: [draft.task] }] },
    found.complaints,
  );
  const owner = workspaceOwner({ kind: 'standalone', slug: draft.slug });
  return {
    schema: 1,
    ...draft,
    workspace: { owner, repository, host: hostId, ...(paths === undefined ? {} : { paths }) },
    base,
    flow,
    specDigest: specDigest(request.input),
    ...found.told,
    ...linkOf(deps),
  };
}

/** Safe to repeat: only computes. */
async function planTasks(
  deps: PlanningDependencies,
  { input, existing }: PlanTasksRequest,
): Promise<PlannedTasks> {
  const valid = validateTasks(input, existing);
  if ('problems' in valid) return { kind: 'invalid', problems: valid.problems.map(problemLine) };
  const needed = [...new Set(valid.tasks.map(({ role }) => role))];
  const complaints = aboutAgents(deps, needed);
  return complaints.length > 0
    ? { kind: 'invalid', problems: complaints.map(({ line }) => line) }
    : { kind: 'tasks', tasks: valid.tasks };
}

async function flowAndAgents(
  deps: PlanningDependencies,
  what: string,
  source: { readonly repository: RepositoryRef; readonly sha: string },
  name: keyof ShippedFlows,
  {
    settings: { approval },
    phases,
  }: {
    readonly settings: ProjectSettings;
    readonly phases: readonly Pick<PhaseSpec, 'breakdown' | 'tasks'>[];
  },
  complaints: readonly Complaint[],
): Promise<{ readonly flow: Flow }> {
  // The last merge into base asks by itself; the gates of phases and standalone tasks are steps of the flow.
  const mustAsk = (name === 'project' ? approval.phases : approval.project) === 'required';
  const loaded = await loadFlow(deps.git, source, name, deps.shippedFlows, mustAsk);
  if ('complaints' in loaded) throw refusal(what, [...complaints, ...loaded.complaints]);
  refuse(what, [...complaints, ...aboutAgents(deps, neededRoles(loaded.flow, phases))]);
  return loaded;
}

const aboutAgents = (deps: PlanningDependencies, needed: readonly Role[]): readonly Complaint[] => [
  ...missingAgents(needed, deps.roles()),
  ...absentPrograms(needed, deps.missingPrograms()),
];
