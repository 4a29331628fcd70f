/** The Node SDK: start projects, steer them, look at them. Every error is a PhasewrightError with a code of docs/errors.md. */
import { Client } from '@temporalio/client';
import type { Config } from '../config/load.ts';
import { SHARED_TASK_QUEUE } from '../domain/names/task-queues.ts';
import type { ProjectPlan } from '../domain/progress/plan.ts';
import { connectClient, resolveServer } from '../temporal/connection.ts';
import { dataConverter } from '../temporal/data-converter.ts';
import { amendFromFile } from './amend-from-file.ts';
import { type ArtifactRef, type ArtifactText, listArtifacts, type LogOptions, readLog } from './artifacts.ts';
import { decide, type DecisionOptions, type DecisionReport } from './decide.ts';
import type { DryRun } from './dry-run.ts';
import { asPhasewrightError } from './error-translation.ts';
import { findPending } from './pending.ts';
import type { PendingWork } from '../domain/views/pending.ts';
import { findRecord, type ListOptions, listRecords, type ProjectRecord } from './records.ts';
import { awaitPlan } from './await-plan.ts';
import {
  diffOfPullRequest,
  getPullRequest,
  listPullRequests,
  type PullRequestEntry,
} from './pull-requests.ts';
import { type Diff, review, type Review } from './review.ts';
import { hasWorker, type ClientContext } from './context.ts';
import type { StartOptions, StartReport } from './start.ts';
import type { StartInput, TaskInput } from './start-input.ts';
import { findFailure, look } from './status.ts';
import type { Status } from './status-view.ts';
import {
  type AmendOptions,
  type AnswerOptions,
  type BudgetOptions,
  cancel,
  type CommandOptions,
  type CommandReport,
  type PauseOptions,
  type RetryOptions,
  steer,
  type TextOptions,
} from './steer.ts';

export interface PhasewrightClient {
  /** The underlying Temporal client. */
  readonly temporal: Client;
  /** `input`: the project file's keys, with an absolute repository. Codes: `InvalidProject`, `SlugTaken`, `ProjectClosed`. */
  start(input: StartInput, options?: StartOptions): Promise<StartReport>;
  /** A task without a project: `{ title, repository, … }`; own branch, own pull request. */
  startTask(input: TaskInput, options?: StartOptions): Promise<StartReport>;
  /** Waits until the started project's plan is made, or throws why it was turned away. */
  awaitPlan(
    started: Pick<StartReport, 'workflowId' | 'slug'>,
    options?: { readonly withinMs?: number },
  ): Promise<'planned' | 'pending'>;
  /** What `start` would do; makes nothing. */
  plan(input: StartInput): Promise<ProjectPlan>;
  /** The plan with the prompts of all tasks. */
  dryRun(input: StartInput): Promise<DryRun>;
  approve(slug: string, options?: DecisionOptions): Promise<DecisionReport>;
  reject(slug: string, options: DecisionOptions & { readonly comment: string }): Promise<DecisionReport>;
  retry(slug: string, options?: RetryOptions): Promise<CommandReport>;
  pause(slug: string, options?: PauseOptions): Promise<CommandReport>;
  resume(slug: string, options?: PauseOptions): Promise<CommandReport>;
  cancel(slug: string): Promise<CommandReport>;
  /** Leaves out a phase that has not started. */
  skip(slug: string, options: CommandOptions & { readonly phase: number }): Promise<CommandReport>;
  /** New task lists or branches for phases that have not started. */
  amend(slug: string, options: AmendOptions): Promise<CommandReport>;
  /** The changes of a project file that can be applied; `notes` says what can't. */
  amendFromFile(
    slug: string,
    input: StartInput,
    options?: CommandOptions,
  ): Promise<CommandReport & { readonly notes: readonly string[] }>;
  answer(slug: string, options: AnswerOptions): Promise<CommandReport>;
  message(slug: string, options: TextOptions): Promise<CommandReport>;
  extendBudget(slug: string, options: BudgetOptions): Promise<CommandReport>;
  status(slug: string): Promise<Status>;
  /** What the server itself knows, with or without a worker. `ProjectNotFound` names similar slugs. */
  record(slug: string): Promise<ProjectRecord>;
  /** Newest first. */
  list(options?: ListOptions): Promise<readonly ProjectRecord[]>;
  /** What its workflows have handed out and not got back, as `status` holds it; nothing of what has ended. */
  pending(record: ProjectRecord): Promise<readonly PendingWork[]>;
  /** Why it was turned away before it made anything, as `status` holds it; null: it was not. */
  failure(record: ProjectRecord): Promise<string | null>;
  /** What is asked, the checks and the diff. `NoOpenGate` if nothing waits. */
  review(
    slug: string,
    options?: { readonly phase?: number | undefined; readonly gateId?: string | undefined },
  ): Promise<Review>;
  log(slug: string, options?: LogOptions): Promise<ArtifactText>;
  artifacts(slug: string): Promise<readonly ArtifactRef[]>;
  readonly pullRequests: {
    list(slug: string): Promise<readonly PullRequestEntry[]>;
    get(slug: string, number: number): Promise<PullRequestEntry>;
    diff(slug: string, number: number): Promise<{ readonly entry: PullRequestEntry; readonly diff: Diff }>;
  };
  /** Whether any worker polls. */
  hasWorker(): Promise<boolean>;
  /** Closes the connection, if this client opened it. */
  close(): Promise<void>;
}

export interface ClientOptions {
  /** Said when something takes longer than expected. Default: nothing is said. */
  readonly tell?: (sentence: string) => void;
  /** Which server was chosen and why. Default: nothing is said. */
  readonly log?: (line: string) => void;
  /** How long to wait for a worker's answer before it is `NoWorker`. Default 15 s; told of after 5 s. */
  readonly answerWithinMs?: number;
  /** What the workers poll; default 'phasewright', the product's own. */
  readonly taskQueue?: string;
}

export type ClientSource =
  | { readonly client: Client; readonly address?: string }
  | { readonly config: Config };

/** From a Temporal client of yours, or from a configuration (`loadConfig`): then `NoServer` and `ServerUnavailable` may be thrown. */
export async function createPhasewrightClient(
  source: ClientSource,
  options: ClientOptions = {},
): Promise<PhasewrightClient> {
  if ('client' in source)
    return over(source.client, source.address ?? 'the given address', options, async () => undefined);
  const doing = 'reach the Temporal server';
  try {
    const server = await resolveServer(source.config, { log: options.log ?? (() => undefined) });
    const connection = await connectClient(server);
    const client = new Client({ connection, namespace: server.namespace, dataConverter });
    return over(client, server.address, options, () => connection.close());
  } catch (error) {
    throw asPhasewrightError(error, { doing });
  }
}

function over(
  client: Client,
  address: string,
  { tell = () => undefined, answerWithinMs = 15_000, taskQueue = SHARED_TASK_QUEUE }: ClientOptions,
  close: () => Promise<void>,
): PhasewrightClient {
  const context: ClientContext = {
    client,
    taskQueue,
    address,
    tell,
    tellAfterMs: Math.min(5_000, answerWithinMs),
    giveUpAfterMs: answerWithinMs,
  };
  const amend = (slug: string, options: AmendOptions) => steer(context, 'amend', slug, { ...options });
  return {
    temporal: client,
    // What judges project files is loaded by those who have one.
    start: async (input, options) => (await import('./start.ts')).startProject(context, input, options),
    startTask: async (input, options) => (await import('./start.ts')).startTask(context, input, options),
    awaitPlan: (started, options) => awaitPlan(context, started, options),
    plan: async (input) => (await import('./dry-run.ts')).planOf(context, input),
    dryRun: async (input) => (await import('./dry-run.ts')).dryRun(context, input),
    approve: (slug, options = {}) => decide(context, 'approve', slug, options),
    reject: (slug, options) => decide(context, 'reject', slug, options),
    retry: (slug, options = {}) => steer(context, 'retry', slug, { ...options }),
    pause: (slug, options = {}) => steer(context, 'pause', slug, { ...options }),
    resume: (slug, options = {}) => steer(context, 'resume', slug, { ...options }),
    cancel: (slug) => cancel(context, slug),
    skip: (slug, { phase, ...options }) => amend(slug, { ...options, phases: [{ phase, skip: true }] }),
    amend,
    amendFromFile: (slug, input, options = {}) => amendFromFile(context, slug, input, options),
    answer: (slug, options) => steer(context, 'answer', slug, { ...options }),
    message: (slug, { by, ...options }) => steer(context, 'message', slug, { ...options, from: by }),
    extendBudget: (slug, options) => steer(context, 'extendBudget', slug, { ...options }),
    record: (slug) => findRecord(context, slug),
    status: async (slug) => (await look(context, slug)).status,
    list: (options) => listRecords(context, options),
    pending: (record) => findPending(context, record),
    failure: (record) => findFailure(context, record),
    review: (slug, options) => review(context, slug, options),
    log: (slug, options) => readLog(context, slug, options),
    artifacts: (slug) => listArtifacts(context, slug),
    pullRequests: {
      list: (slug) => listPullRequests(context, slug),
      get: (slug, number) => getPullRequest(context, slug, number),
      diff: (slug, number) => diffOfPullRequest(context, slug, number),
    },
    hasWorker: () => hasWorker(context),
    close,
  };
}
