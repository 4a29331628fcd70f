/**
 * A real project in a test: the run's Temporal server, a worker in this process with its own task queue and data folder, a
 * real git repository, recorded agents. Nothing is mocked.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { stringify } from 'yaml';
import { SHARED_TASK_QUEUE } from '../../domain/names/task-queues.ts';
import {
  phaseWorkflowId,
  projectWorkflowId,
  standaloneTaskWorkflowId,
  taskWorkflowId,
} from '../../domain/names/workflow-ids.ts';
import type {
  PhaseStatusView,
  ProjectStatusView,
  StatusView,
  TaskStatusView,
} from '../../domain/views/status.ts';
import type { GitSettings } from '../../config/git.ts';
import type { GitHubSettings } from '../../config/github.ts';
import type { ChannelSecrets } from '../../workers/channels.ts';
import { type RunningWorker, startWorker } from '../../workers/run.ts';
import { eventually } from './eventually.ts';
import { git } from './git.ts';
import type { GitHubDouble } from './github-double/index.ts';
import {
  type CodeHostKind,
  hostedName,
  type ReachedBy,
  type RigCodeHost,
  startRigCodeHost,
} from './rig-code-host.ts';

export type ScriptEntry = Readonly<Record<string, unknown>>;

export interface RigOptions extends ReachedBy {
  readonly entries?: readonly ScriptEntry[];
  /** agents.yaml as data; default: implementer and gatekeeper by script. */
  readonly agents?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly bare?: boolean;
  readonly address?: string;
  readonly namespace?: string;
  readonly maxCachedWorkflows?: number;
  /** For `owner/name` repositories. */
  readonly github?: GitHubSettings;
  readonly channels?: ChannelSecrets;
  /** Read anew at each start of a worker. */
  readonly gitSettings?: GitSettings;
  /** The repository is `acme/shop` on a code host of its own, which people use as well: `Rig.hosted`. True: GitHub. */
  readonly codeHost?: boolean | CodeHostKind;
  /** How many activities of the host's queue run at once; default: the SDK's. */
  readonly hostSlots?: number;
  /** What the worker says. */
  readonly log?: (line: string) => void;
  /** `none`: the test starts workers as processes, which poll the product's own task queue. */
  readonly worker?: 'here' | 'none';
}

/** A view with its gate open. */
export type AtGate<V extends StatusView> = V & { readonly gate: NonNullable<V['gate']> };

export interface Rig {
  readonly home: string;
  /** Path of the repository that projects run on. */
  readonly repository: string;
  /** Where a person's git finds it. */
  readonly remote: string;
  readonly client: Client;
  readonly taskQueue: string;
  readonly hostId: string;
  /** Only with `RigOptions.codeHost`. */
  readonly hosted: RigCodeHost | undefined;
  /** If that is GitHub. */
  readonly codeHost: GitHubDouble | undefined;
  /** What worker processes need of the environment to reach it. */
  readonly variables: Readonly<Record<string, string>>;
  git(...args: string[]): string;
  slug(name: string): string;
  start(slug: string, input: Readonly<Record<string, unknown>>): Promise<WorkflowHandle>;
  startTask(slug: string, input: Readonly<Record<string, unknown>>): Promise<WorkflowHandle>;
  project(slug: string): WorkflowHandle;
  phase(slug: string, phase: number): WorkflowHandle;
  task(slug: string, phase: number, task: number): WorkflowHandle;
  status(slug: string): Promise<ProjectStatusView>;
  phaseStatus(slug: string, phase: number): Promise<PhaseStatusView>;
  /** Asks for a workflow's status until `ready`, also while no worker or server is up; fails with the last one seen. */
  until<V extends StatusView>(handle: WorkflowHandle, what: string, ready: (view: V) => boolean): Promise<V>;
  /** Until it asks at a gate, another one than `notThis`. */
  gate<V extends StatusView = PhaseStatusView>(handle: WorkflowHandle, notThis?: string): Promise<AtGate<V>>;
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  setEntries(entries: readonly ScriptEntry[]): void;
  readArtifact(id: string): string;
  close(): Promise<void>;
}

/** Writes one file per task. */
export const implementer = {
  role: 'implementer',
  do: [
    {
      run: 'printf "%s\\n" "$PHASEWRIGHT_TASK_ID attempt $PHASEWRIGHT_ATTEMPT" >> "work-$(printf %s "$PHASEWRIGHT_TASK_ID" | tr -c "a-z0-9\\n" -).txt"',
    },
  ],
  result: { outcome: 'done', summary: 'wrote a file' },
} as const satisfies ScriptEntry;
/** Accepts. */
export const gatekeeper: ScriptEntry = { role: 'gatekeeper', result: { decision: 'accept', comments: [] } };
export const obedient: readonly ScriptEntry[] = [implementer, gatekeeper];

/** The implementer, who runs something before. */
export const implementerAfter = (run: string): ScriptEntry => ({
  ...implementer,
  do: [{ run }, ...implementer.do],
});

export const noApprovals = { approval: { phases: 'none', project: 'none' } } as const;

let installed = false;

/** Once per process, and before anything else of the SDK (a time-skipping environment, say) makes a runtime of its own. */
export function quietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({ telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } }, logger: quietLogger });
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const address = options.address ?? process.env['PHASEWRIGHT_TEST_ADDRESS'];
  if (address === undefined)
    throw new Error('No Temporal server for this test run: tests/support/global-setup.ts starts it.');
  quietRuntime();
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'phasewright-rig-')));
  const id = randomBytes(4).toString('hex');
  const hostId = `h${id}`;
  const namespace = options.namespace ?? 'default';
  const taskQueue = options.worker === 'none' ? SHARED_TASK_QUEUE : `test-${id}`;
  const hosted = await startHosted(options);
  const repository = hosted?.path ?? makeRepository(home, options);
  const named = hosted === undefined ? repository : hostedName;
  const agentsFile = join(home, 'agents.yaml');
  const scriptFile = join(home, 'script.yaml');
  const script = { engine: 'script', script: scriptFile };
  writeFileSync(agentsFile, stringify(options.agents ?? { implementer: script, gatekeeper: script }));
  const setEntries = (entries: readonly ScriptEntry[]) => writeFileSync(scriptFile, stringify({ entries }));
  setEntries(options.entries ?? obedient);

  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const client = new Client({ connection, namespace });
  let worker: RunningWorker | undefined;
  const bundle = process.env['PHASEWRIGHT_TEST_BUNDLE'];
  const rig: Rig = {
    home,
    repository,
    client,
    taskQueue,
    hostId,
    remote: hosted?.remote ?? repository,
    hosted,
    codeHost: hosted?.double,
    variables: hosted?.variables ?? {},
    git: (...args) => git(repository, ...args),
    slug: (name) => `${name}-${id}`,
    start: (slug, input) =>
      client.workflow.start('projectWorkflow', {
        taskQueue,
        workflowId: projectWorkflowId(slug),
        args: [{ name: slug, slug, repository: named, notify: [], ...input }],
      }),
    startTask: (slug, input) =>
      client.workflow.start('taskWorkflow', {
        taskQueue,
        workflowId: standaloneTaskWorkflowId(slug),
        args: [{ title: slug, slug, repository: named, notify: [], ...input }],
      }),
    project: (slug) => client.workflow.getHandle(projectWorkflowId(slug)),
    phase: (slug, phase) => client.workflow.getHandle(phaseWorkflowId(slug, phase)),
    task: (slug, phase, task) => client.workflow.getHandle(taskWorkflowId(slug, phase, task)),
    status: (slug) => client.workflow.getHandle(projectWorkflowId(slug)).query<ProjectStatusView>('status'),
    phaseStatus: (slug, phase) =>
      client.workflow.getHandle(phaseWorkflowId(slug, phase)).query<PhaseStatusView>('status'),
    async until<V extends StatusView>(
      handle: WorkflowHandle,
      what: string,
      ready: (view: V) => boolean,
    ): Promise<V> {
      let last: unknown = 'no answer yet';
      const ask = async (): Promise<V | undefined> => {
        const view = await client
          .withDeadline(Date.now() + 10_000, () => handle.query<V>('status'))
          .catch((error: Error) => error);
        last = view instanceof Error ? view.message : view;
        return !(view instanceof Error) && ready(view) ? view : undefined;
      };
      try {
        return await eventually(what, ask, { everyMs: 100 });
      } catch (error) {
        throw new Error(
          `${(error as Error).message} Last seen: ${JSON.stringify(last, null, 1)}\n${await pendingOf(handle)}`,
        );
      }
    },
    gate: <V extends StatusView>(handle: WorkflowHandle, notThis?: string) =>
      rig.until<AtGate<V>>(
        handle,
        `a gate of ${handle.workflowId}${notThis === undefined ? '' : ` after ${notThis}`}`,
        ({ gate }) => gate !== null && gate.id !== notThis,
      ),
    async startWorker() {
      worker = await startWorker({
        connection: native,
        client,
        namespace,
        dataDir: home,
        hostId,
        agentsFile,
        environment: { PATH: process.env['PATH'], HOME: home },
        taskQueue,
        ...(bundle === undefined ? {} : { workflowBundle: { codePath: bundle } }),
        ...(options.maxCachedWorkflows === undefined
          ? {}
          : { maxCachedWorkflows: options.maxCachedWorkflows }),
        github: options.github,
        ...hosted?.settings,
        channels: options.channels,
        gitSettings: options.gitSettings,
        ...(options.hostSlots === undefined ? {} : { hostSlots: options.hostSlots }),
        log: options.log ?? (() => undefined),
      });
    },
    async stopWorker() {
      worker?.stop();
      await worker?.done;
      worker = undefined;
    },
    setEntries,
    readArtifact: (artifact) =>
      execFileSync('cat', [join(home, 'artifacts', artifact)], { encoding: 'utf8' }),
    async close() {
      await rig.stopWorker();
      await native.close();
      await connection.close();
      await hosted?.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
  if (options.worker !== 'none') await rig.startWorker();
  return rig;
}

async function startHosted({ codeHost: kind, pollMs, via }: RigOptions): Promise<RigCodeHost | undefined> {
  if (kind === undefined || kind === false) return undefined;
  return startRigCodeHost(kind === true ? 'github' : kind, { pollMs, via });
}

/** What the workflow waits for, and why that was tried again. */
async function pendingOf(handle: WorkflowHandle): Promise<string> {
  const described = await handle.describe().catch((error: Error) => error);
  if (described instanceof Error) return described.message;
  return (described.raw.pendingActivities ?? [])
    .map(
      ({ activityType, attempt, lastFailure }) =>
        `${activityType?.name} is at attempt ${attempt}: ${lastFailure?.message ?? 'no failure yet'}`,
    )
    .join('\n');
}

function makeRepository(
  home: string,
  { files = { 'README.md': '# A library\n' }, bare = true }: RigOptions,
): string {
  const checkout = join(home, 'checkout');
  mkdirSync(checkout);
  git(checkout, 'init', '-q', '-b', 'main');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    writeFileSync(join(checkout, path), content);
  }
  git(checkout, 'add', '-A');
  git(checkout, 'commit', '-q', '-m', 'First commit');
  if (!bare) return checkout;
  const remote = join(home, 'remote.git');
  git(home, 'clone', '-q', '--bare', checkout, remote);
  return remote;
}

export { hostedName, type PhaseStatusView, type ProjectStatusView, type StatusView, type TaskStatusView };

const nothing = () => undefined;
const quietLogger = {
  log: nothing,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
