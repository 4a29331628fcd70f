/** A worker: polls the shared queue, this host's queue and its agent slots, until told to stop. */
import type { Client } from '@temporalio/client';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { agentTaskQueue, hostTaskQueue, SHARED_TASK_QUEUE } from '../domain/names/task-queues.ts';
import { dataConverter } from '../temporal/data-converter.ts';
import { identifyNamespace } from '../temporal/namespace.ts';
import { composeActivities, type CompositionOptions } from './activities.ts';
import { bundleWorkflows } from './bundle.ts';
import { sweep } from './sweep.ts';

export interface WorkerSetup extends Omit<CompositionOptions, 'namespace'> {
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly namespace: string;
  /** A ready bundle; default: bundled from workflows/ now (about a second). */
  readonly workflowBundle?: { readonly codePath: string };
  /** Default: 'phasewright'; tests use their own. */
  readonly taskQueue?: string;
  /** Workflows kept ready in memory; the others come back from their histories. Default: 500. */
  readonly maxCachedWorkflows?: number;
  /** How many activities of this host (git, checks, the code host) run at once; default: the SDK's 100. */
  readonly hostSlots?: number;
  readonly log: (line: string) => void;
}

/** Some 160 projects at work at once. What waits for people for days holds no memory: decision 0030. */
const CACHED_WORKFLOWS = 500;

export interface RunningWorker {
  readonly hostId: string;
  /** Ends when all three have drained. */
  readonly done: Promise<void>;
  stop(): void;
}

export async function startWorker(setup: WorkerSetup): Promise<RunningWorker> {
  const { client, connection, namespace, hostId, dataDir, log } = setup;
  const identity = await identifyNamespace(client.connection, namespace);
  const sets = await composeActivities({ ...setup, namespace: identity });
  await sweep({ client, namespace: identity, git: sets.git, dataDir, log });

  const common = {
    connection,
    namespace,
    dataConverter,
    maxHeartbeatThrottleInterval: '1s',
    shutdownGraceTime: '5s',
    shutdownForceTime: '15s',
  } satisfies WorkerOptions | { connection: NativeConnection };
  const create = (taskQueue: string, options: Partial<WorkerOptions>) =>
    Worker.create({ ...common, ...options, taskQueue });

  const shared = await create(setup.taskQueue ?? SHARED_TASK_QUEUE, {
    workflowBundle: setup.workflowBundle ?? (await bundleWorkflows()),
    activities: sets.shared,
    maxCachedWorkflows: setup.maxCachedWorkflows ?? CACHED_WORKFLOWS,
  });
  const host = await create(hostTaskQueue(hostId), {
    activities: sets.host,
    ...(setup.hostSlots === undefined ? {} : { maxConcurrentActivityTaskExecutions: setup.hostSlots }),
  });
  // A role's own limit is kept by its slots; here, whoever waits for one must not keep another role from its.
  const agents = await create(agentTaskQueue(hostId), {
    activities: sets.agents,
    maxConcurrentActivityTaskExecutions: sets.agentSlots * 8,
  });

  const workers = [shared, host, agents];
  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const done = Promise.all(
    workers.map((worker) =>
      worker.run().catch((error: unknown) => {
        stop();
        throw error;
      }),
    ),
  ).then(() => undefined);
  return { hostId, done, stop };
}
