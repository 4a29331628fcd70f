/**
 * One worker in a process of its own, so that its memory can be seen: a product's, composed as its workers/main.ts does and
 * counting its git commands, or a floor's. Talks with bench/main.ts over Node's IPC and ends with it.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as ActivitySdk from '@temporalio/activity';
import type * as ClientSdk from '@temporalio/client';
import type * as WorkerSdk from '@temporalio/worker';
import type { startWorker } from '../workers/run.ts';
import type { dataConverter } from '../temporal/data-converter.ts';
import { childrenCpuMs } from './processor-time.ts';
import { createProgramActivities } from './program-activities.ts';
import { type LiveBytes, measureLiveBytes } from './thread-memory.ts';

interface CommonOrder {
  readonly address: string;
  readonly taskQueue: string;
  /** File of the bundled workflows. */
  readonly bundle: string;
  readonly folder: string;
  /** Whose code and SDK run: this one, or the one that this is compared with. */
  readonly checkout: string;
}
export type WorkerOrder =
  | (CommonOrder & { readonly kind: 'product'; readonly hostId: string; readonly agentsFile: string })
  | (CommonOrder & { readonly kind: 'shape' })
  | (CommonOrder & { readonly kind: 'program'; readonly remote: string });

export interface GitUse {
  readonly activity: string;
  readonly verb: string;
  readonly ms: number;
  /** Of this worker's programs since the command before: of this command, where nothing else ran. NaN: not known. */
  readonly cpuMs: number;
}
/** In bytes, after a collection. */
export interface Memory extends LiveBytes {
  readonly resident: number;
}
export type Question = 'git' | 'memory' | 'stop';
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'git'; readonly git: readonly GitUse[] }
  | { readonly kind: 'memory'; readonly memory: Memory }
  | { readonly kind: 'error'; readonly error: string };

interface Running {
  readonly done: Promise<void>;
  stop(): void;
}
type OnGitCommand = (verb: string, ms: number) => void;

const answer = (value: Answer): void => void process.send?.(value);

async function main(order: WorkerOrder): Promise<void> {
  const sdk = sdkOf(order.checkout);
  const { DefaultLogger, NativeConnection, Runtime } = sdk.worker;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const connection = await NativeConnection.connect({ address: order.address });
  let commands: GitUse[] = [];
  let counted = childrenCpuMs();
  const onGitCommand: OnGitCommand = (verb, ms) => {
    const cpuMs = childrenCpuMs();
    commands.push({ activity: sdk.currentActivity(), verb, ms, cpuMs: cpuMs - counted });
    counted = cpuMs;
  };
  const running =
    order.kind === 'product'
      ? await product(order, sdk, connection, onGitCommand)
      : await floor(order, sdk, connection, onGitCommand);
  process.on('message', (question: Question) => {
    if (question === 'stop') running.stop();
    if (question === 'git') {
      answer({ kind: 'git', git: commands });
      commands = [];
    }
    if (question === 'memory')
      void measureLiveBytes().then((live) =>
        answer({ kind: 'memory', memory: { ...live, resident: process.memoryUsage().rss } }),
      );
  });
  answer({ kind: 'ready' });
  await running.done;
}

type Sdk = ReturnType<typeof sdkOf>;
type NativeConnection = Awaited<ReturnType<Sdk['worker']['NativeConnection']['connect']>>;

/** Of the checkout itself: two copies of the SDK in one process don't know each other's connections and contexts. */
function sdkOf(checkout: string) {
  const load = createRequire(join(checkout, 'package.json'));
  const { Context } = load('@temporalio/activity') as typeof ActivitySdk;
  return {
    worker: load('@temporalio/worker') as typeof WorkerSdk,
    client: load('@temporalio/client') as typeof ClientSdk,
    currentActivity(): string {
      try {
        return Context.current().info.activityType;
      } catch {
        return 'outside of activities';
      }
    },
  };
}

const moduleOf = async <Module>(checkout: string, path: string): Promise<Module> =>
  (await import(pathToFileURL(join(checkout, path)).href)) as Module;

async function product(
  order: WorkerOrder & { readonly kind: 'product' },
  sdk: Sdk,
  connection: NativeConnection,
  onGitCommand: OnGitCommand,
): Promise<Running> {
  const { address, taskQueue, bundle, folder, hostId, agentsFile, checkout } = order;
  const composition = await moduleOf<{ startWorker: typeof startWorker }>(checkout, 'workers/run.ts');
  const converter = await moduleOf<{ dataConverter: typeof dataConverter }>(
    checkout,
    'temporal/data-converter.ts',
  );
  const client = new sdk.client.Client({
    connection: await sdk.client.Connection.connect({ address }),
    dataConverter: converter.dataConverter,
  });
  return composition.startWorker({
    connection,
    client,
    namespace: 'default',
    dataDir: folder,
    hostId,
    agentsFile,
    environment: { PATH: process.env['PATH'], HOME: folder },
    taskQueue,
    workflowBundle: { codePath: bundle },
    onGitCommand,
    log: () => undefined,
  });
}

async function floor(
  order: WorkerOrder & { readonly kind: 'shape' | 'program' },
  sdk: Sdk,
  connection: NativeConnection,
  onCommand: OnGitCommand,
): Promise<Running> {
  const { taskQueue, bundle, folder } = order;
  const activities =
    order.kind === 'shape'
      ? { nothing: async () => undefined }
      : await createProgramActivities({ folder, remote: order.remote, onCommand });
  const worker = await sdk.worker.Worker.create({
    connection,
    taskQueue,
    workflowBundle: { codePath: bundle },
    activities,
  });
  return { done: worker.run(), stop: () => worker.shutdown() };
}

// Whoever started this is gone: nobody else would stop it.
process.on('disconnect', () => process.exit(1));
process.once('message', (order: WorkerOrder) => {
  main(order).then(
    () => process.exit(0),
    (error: unknown) => {
      answer({
        kind: 'error',
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      process.exitCode = 1;
      process.disconnect();
    },
  );
});
