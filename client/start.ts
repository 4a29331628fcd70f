/**
 * Starting: the server itself sees to it that one slug has one running project. Starting what already runs answers with
 * it; another name or repository under that slug is `SlugTaken`; a finished slug needs `again`, which takes a new one.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { projectWorkflowId, standaloneTaskWorkflowId } from '../domain/names/workflow-ids.ts';
import { validateProjectInput, validateStandaloneTaskInput } from '../domain/project-file/parse.schema.ts';
import { specDigest } from '../domain/project-file/digest.ts';
import { capText } from '../domain/text/truncate.ts';
import { escapeControls } from '../domain/text/escape.ts';
import { repositoryLabel } from '../domain/views/status.ts';
import { howItEnded, label } from './closed-error.ts';
import { PhasewrightError } from './errors.ts';
import { invalidProject } from './invalid-project.ts';
import { describe, type ProjectRecord } from './records.ts';
import { reach, type ClientContext } from './context.ts';
import { searchAttributes } from './search-attributes.ts';
import { nextFreeSlug } from './slugs.ts';
import type { StartInput, TaskInput } from './start-input.ts';
import { lookLive } from './status.ts';

export interface StartOptions {
  /** The slug's project has finished: run it anew under the next free `<slug>-2`, `-3`, … */
  readonly again?: boolean | undefined;
}

export interface StartReport {
  readonly kind: 'project' | 'task';
  /** False: it was running already and goes on. */
  readonly started: boolean;
  readonly slug: string;
  readonly workflowId: string;
  /** True: it runs with an older version of the file; `amend` applies changes. */
  readonly changed: boolean;
  readonly message: string;
}

interface Draft {
  readonly kind: 'project' | 'task';
  readonly slug: string;
  readonly name: string;
  readonly repository: string;
  readonly input: StartInput | TaskInput;
  readonly details: string;
}

export async function startProject(
  context: ClientContext,
  input: StartInput,
  { again = false }: StartOptions = {},
): Promise<StartReport> {
  return begin(context, projectDraft(input), again);
}

export async function startTask(
  context: ClientContext,
  input: TaskInput,
  { again = false }: StartOptions = {},
): Promise<StartReport> {
  return begin(context, taskDraft(input), again);
}

function projectDraft(input: StartInput): Draft {
  const judged = validateProjectInput(input);
  if ('problems' in judged) throw invalidProject(judged.problems);
  const { slug, name, repository, phases } = judged.draft;
  const details = phases.map(
    (phase) =>
      `${phase.number}. ${escapeControls(phase.name)}: ${phase.breakdown ? 'tasks are written when it starts' : phase.tasks.map((task) => escapeControls(task.title)).join('; ')}`,
  );
  return {
    kind: 'project',
    slug,
    name,
    repository: repositoryLabel(repository),
    input,
    details: details.join('\n'),
  };
}

function taskDraft(input: TaskInput): Draft {
  const judged = validateStandaloneTaskInput(input);
  if ('problems' in judged) throw invalidProject(judged.problems);
  const { slug, task, repository } = judged.draft;
  return {
    kind: 'task',
    slug,
    name: task.title,
    repository: repositoryLabel(repository),
    input,
    details: escapeControls(task.description, { newlines: 'keep' }),
  };
}

async function begin(context: ClientContext, draft: Draft, again: boolean): Promise<StartReport> {
  const workflowId = workflowIdOf(draft);
  const record = await describe(context, workflowId);
  if (record?.open === true) return join(context, draft, record);
  // A run that failed was turned away before it made anything: its slug is free.
  const finished = record !== undefined && record.execution !== 'FAILED';
  if (finished && !again) throw await needsAgain(context, record);
  if (!again) return launch(context, draft);
  const slug = await nextFreeSlug(context, draft);
  return launch(context, slug === draft.slug ? draft : { ...draft, slug, input: { ...draft.input, slug } });
}

const workflowIdOf = ({ kind, slug }: Pick<Draft, 'kind' | 'slug'>): string =>
  kind === 'project' ? projectWorkflowId(slug) : standaloneTaskWorkflowId(slug);

async function launch(context: ClientContext, draft: Draft): Promise<StartReport> {
  const { kind, slug, name, repository, input, details } = draft;
  const workflowId = workflowIdOf(draft);
  try {
    await reach(context, `start '${slug}'`, async () => {
      try {
        await context.client.workflow.start(kind === 'project' ? 'projectWorkflow' : 'taskWorkflow', {
          workflowId,
          taskQueue: context.taskQueue,
          args: [input],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
          workflowIdConflictPolicy: 'FAIL',
          memo: {
            name,
            repository,
            specDigest: specDigest(input),
            ...(input.branch_prefix === undefined ? {} : { branchPrefix: input.branch_prefix }),
          },
          typedSearchAttributes: [
            { key: searchAttributes.project, value: slug },
            { key: searchAttributes.repository, value: Array.from(repository).slice(0, 200).join('') },
            { key: searchAttributes.status, value: 'running' },
          ],
          staticSummary: summary(name),
          staticDetails: capText(details, 15_000),
        });
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) throw new AlreadyThere();
        throw error;
      }
    });
  } catch (error) {
    if (!(error instanceof AlreadyThere)) throw error;
    const record = await describe(context, workflowId);
    if (record?.open === true) return join(context, draft, record);
    if (record !== undefined) throw await needsAgain(context, record);
    throw error;
  }
  return { kind, started: true, slug, workflowId, changed: false, message: `Started ${kind} '${slug}'.` };
}

class AlreadyThere extends PhasewrightError {
  constructor() {
    super('SlugTaken', 'Somebody else started it at the same moment.');
  }
}

/** One line of at most 200 bytes. */
function summary(name: string): string {
  let line = '';
  for (const character of escapeControls(name)) {
    if (Buffer.byteLength(line + character) > 190) return `${line}…`;
    line += character;
  }
  return line;
}

/** It runs already: the same project is joined, a different one has the slug. */
async function join(context: ClientContext, draft: Draft, record: ProjectRecord): Promise<StartReport> {
  const memo = record.name === null ? await askIt(context, record) : record;
  if (memo.name !== draft.name || memo.repository !== draft.repository) {
    const differs =
      memo.name === draft.name
        ? `works on ${memo.repository ?? 'a repository that it has not told yet'}, not on ${draft.repository}`
        : `is called '${memo.name ?? '(it has not told yet)'}', not '${draft.name}'`;
    throw new PhasewrightError(
      'SlugTaken',
      `${label(record)} runs already and ${escapeControls(differs)}. Give the new one another 'slug:' in its file.`,
    );
  }
  const changed = memo.specDigest !== null && memo.specDigest !== specDigest(draft.input);
  const note = changed
    ? draft.kind === 'project'
      ? CHANGED
      : ' What was asked for differs from it; that is not applied.'
    : '';
  return {
    kind: draft.kind,
    started: false,
    slug: record.slug,
    workflowId: record.workflowId,
    changed,
    message: `${label(record)} runs already.${note}`,
  };
}

const CHANGED =
  " Its file has changed since; that is not applied: 'phasewright amend' changes phases that have not started.";

/** Started without our memo (by the temporal command): only it can say what it is. */
async function askIt(
  context: ClientContext,
  record: ProjectRecord,
): Promise<Pick<ProjectRecord, 'name' | 'repository' | 'specDigest'>> {
  const { status } = await lookLive(context, record);
  return status.kind === 'project'
    ? { name: status.name, repository: status.repository, specDigest: status.specDigest }
    : { name: status.title, repository: status.repository, specDigest: null };
}

async function needsAgain(context: ClientContext, record: ProjectRecord): Promise<PhasewrightError> {
  const how = await howItEnded(context, record);
  return new PhasewrightError(
    'ProjectClosed',
    `${label(record)} has ended: ${how} To run it anew beside the old one, under the next free slug, add --again.`,
  );
}
