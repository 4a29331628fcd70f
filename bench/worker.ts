/**
 * One worker in a process of its own, so that its memory can be seen: the product's, composed as workers/main.ts does and
 * counting its git commands, or the floor's. Talks with bench/main.ts over Node's IPC and ends with it.
 */
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { dataConverter } from '../temporal/data-converter.ts';
import { startWorker } from '../workers/run.ts';

export interface WorkerOrder {
  readonly kind: 'product' | 'floor';
  readonly address: string;
  readonly taskQueue: string;
  readonly bundle: string;
  readonly dataDir: string;
  readonly hostId: string;
  readonly agentsFile: string;
}
export interface GitUse {
  readonly activity: string;
  readonly verb: string;
  readonly ms: number;
}
export type Question = 'git' | 'memory' | 'stop';
/** Bytes of resident memory, after a collection; git commands since they were last asked for. */
export type Answer =
  | { readonly ready: true }
  | { readonly git: readonly GitUse[] }
  | { readonly rss: number }
  | { readonly error: string };

const answer = (value: Answer): void => void process.send?.(value);

async function main(order: WorkerOrder): Promise<void> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const connection = await NativeConnection.connect({ address: order.address });
  let commands: GitUse[] = [];
  const onGitCommand = (verb: string, ms: number) =>
    void commands.push({ activity: currentActivity(), verb, ms });
  const running =
    order.kind === 'product'
      ? await product(order, connection, onGitCommand)
      : await floor(order, connection);
  process.on('message', (question: Question) => {
    if (question === 'stop') running.stop();
    if (question === 'git') {
      answer({ git: commands });
      commands = [];
    }
    if (question === 'memory') {
      globalThis.gc?.();
      answer({ rss: process.memoryUsage().rss });
    }
  });
  answer({ ready: true });
  await running.done;
}

async function product(
  order: WorkerOrder,
  connection: NativeConnection,
  onGitCommand: (verb: string, ms: number) => void,
) {
  const { address, taskQueue, bundle, dataDir, hostId, agentsFile } = order;
  const client = new Client({ connection: await Connection.connect({ address }), dataConverter });
  const environment = { PATH: process.env['PATH'], HOME: dataDir };
  return startWorker({
    connection,
    client,
    namespace: 'default',
    dataDir,
    hostId,
    agentsFile,
    environment,
    taskQueue,
    workflowBundle: { codePath: bundle },
    onGitCommand,
    log: () => undefined,
  });
}

async function floor({ taskQueue, bundle }: WorkerOrder, connection: NativeConnection) {
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { codePath: bundle },
    activities: { nothing: async () => undefined },
  });
  return { done: worker.run(), stop: () => worker.shutdown() };
}

function currentActivity(): string {
  try {
    return Context.current().info.activityType;
  } catch {
    return 'outside of activities';
  }
}

// Whoever started this is gone: nobody else would stop it.
process.on('disconnect', () => process.exit(1));
process.once('message', (order: WorkerOrder) => {
  main(order).then(
    () => process.exit(0),
    (error: unknown) => {
      answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      process.exitCode = 1;
      process.disconnect();
    },
  );
});
