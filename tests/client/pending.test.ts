/** What is pending, as a real server tells it. The test answers in the place of workflows and workers, so that each state is there for sure. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { createPhasewrightClient, type PhasewrightClient } from '../../client/phasewright-client.ts';
import { statusSchema } from '../../client/status.schema.ts';
import { hostTaskQueue } from '../../domain/names/task-queues.ts';
import { eventually } from '../support/eventually.ts';
import { testAddress } from '../support/servers.ts';

const id = randomBytes(4).toString('hex');
const taskQueue = `pending-${id}`;
const host = `h${id}`;
const slug = `pending-${id}`;
const identity = 'the test';
let connection: Connection;
let client: PhasewrightClient;
const started: string[] = [];
const namespace = 'default';
/** Of Temporal's enum `CommandType`. */
const SCHEDULE_ACTIVITY_TASK = 1;
/** Of its enum `WorkflowTaskFailedCause`. */
const WORKFLOW_WORKER_UNHANDLED_FAILURE = 23;
const done = new AbortController();
/** As many polls at once as a worker has, because each looks into one part of the queue. Those that find nothing stay open, as a worker's do. */
const poll = <T extends { readonly taskToken: Uint8Array }>(ask: () => Promise<T>): Promise<T> =>
  Promise.any(
    Array.from({ length: 8 }, async () => {
      const answer = await connection.withAbortSignal(done.signal, () =>
        connection.withDeadline(Date.now() + 60_000, ask),
      );
      if (answer.taskToken.length === 0) throw new Error('There was no task.');
      return answer;
    }),
  );

/** A project without anybody who works on it, on a queue of its own. */
async function startOn(queue: string, name: string): Promise<void> {
  const workflowId = `project.${name}`;
  started.push(workflowId);
  await client.temporal.workflow.start('projectWorkflow', {
    workflowId,
    taskQueue: queue,
    args: [{}],
    memo: { name: 'Pending', repository: '/srv/pending' },
  });
}
const pollStep = (queue: string) =>
  poll(() =>
    connection.workflowService.pollWorkflowTaskQueue({
      namespace,
      identity,
      taskQueue: { name: queue },
    }),
  );

beforeAll(async () => {
  connection = await Connection.connect({ address: testAddress() });
  const temporal = new Client({ connection, namespace });
  client = await createPhasewrightClient(
    { client: temporal, address: testAddress() },
    { taskQueue, answerWithinMs: 500 },
  );
  await startOn(taskQueue, slug);
  const task = await pollStep(taskQueue);
  await connection.workflowService.respondWorkflowTaskCompleted({
    namespace,
    identity,
    taskToken: task.taskToken,
    commands: [
      {
        commandType: SCHEDULE_ACTIVITY_TASK,
        scheduleActivityTaskCommandAttributes: {
          activityId: '1',
          activityType: { name: 'createBranch' },
          taskQueue: { name: hostTaskQueue(host) },
          startToCloseTimeout: { seconds: 600 as never },
          heartbeatTimeout: { seconds: 600 as never },
          retryPolicy: { initialInterval: { seconds: 3_600 as never }, backoffCoefficient: 1 },
        },
      },
    ],
  });
});
afterAll(async () => {
  done.abort();
  for (const workflowId of started) await client.temporal.workflow.getHandle(workflowId).terminate();
  await connection.close();
});

it('says since when a host is away that work waits for, also without a worker', async () => {
  const status = await client.status(slug);

  expect(status.source).toBe('server');
  expect(status.pending).toEqual([
    {
      kind: 'activity',
      phase: null,
      task: null,
      what: 'making the branch',
      activity: 'createBranch',
      state: 'scheduled',
      doing: null,
      since: expect.stringMatching(/^\d{4}-/),
      begunAt: null,
      attempt: 1,
      lastFailure: null,
      lastFailureCode: null,
      lastFailureText: null,
      nextTryAt: null,
      host,
      hostAwaySince: expect.stringMatching(/^\d{4}-/),
    },
  ]);
  expect(statusSchema.parse(status)).toEqual(status);
});

it('says that an attempt runs, then what it failed with and when it is tried again', async () => {
  const polled = await poll(() =>
    connection.workflowService.pollActivityTaskQueue({
      namespace,
      identity,
      taskQueue: { name: hostTaskQueue(host) },
    }),
  );
  await connection.workflowService.recordActivityTaskHeartbeat({
    namespace,
    identity,
    taskToken: polled.taskToken,
    details: { payloads: [{ data: Buffer.from(JSON.stringify({ doing: 'waiting for a slot' })) }] },
  });
  expect((await client.status(slug)).pending).toMatchObject([
    {
      activity: 'createBranch',
      doing: 'waiting for a slot',
      state: 'running',
      attempt: 1,
      lastFailure: null,
      hostAwaySince: null,
    },
  ]);

  await connection.workflowService.respondActivityTaskFailed({
    namespace,
    identity,
    taskToken: polled.taskToken,
    failure: {
      message:
        'remote: Counting objects:  10% (1/10)\r\u001b[31mThe disk of the mirror is read-only.\u001b[0m',
      applicationFailureInfo: { type: 'GitFailed', nonRetryable: false },
    },
  });
  // The queue's first part hears of the other parts' polls a moment later.
  const pending = await eventually('the host is seen', async () =>
    (await client.status(slug)).pending.find(({ hostAwaySince }) => hostAwaySince === null),
  );

  expect(pending).toMatchObject({
    state: 'backing_off',
    attempt: 2,
    lastFailure: 'The disk of the mirror is read-only.',
    lastFailureCode: 'GitFailed',
    lastFailureText: expect.stringContaining('Counting objects'),
  });
  expect(Date.parse(pending.begunAt ?? '')).toBeLessThan(Date.parse(pending.since));
  expect(Date.parse(pending.nextTryAt ?? '') - Date.parse(pending.since)).toBeGreaterThan(3_599_000);
});

it('says that no worker polls for a project that nobody has taken up', async () => {
  await startOn(`${taskQueue}-empty`, `${slug}-empty`);

  expect((await client.status(`${slug}-empty`)).pending).toMatchObject([
    {
      kind: 'workflow_task',
      activity: null,
      state: 'scheduled',
      attempt: 1,
      lastFailure: null,
      host: null,
      hostAwaySince: expect.stringMatching(/^\d{4}-/),
    },
  ]);
});

it("says why a workflow's own step fails again and again", async () => {
  const queue = `${taskQueue}-broken`;
  await startOn(queue, `${slug}-broken`);
  const { taskToken } = await pollStep(queue);
  await connection.workflowService.respondWorkflowTaskFailed({
    namespace,
    identity,
    taskToken,
    cause: WORKFLOW_WORKER_UNHANDLED_FAILURE,
    failure: { message: 'TypeError: headSha of undefined', applicationFailureInfo: { type: 'TypeError' } },
  });

  const status = await client.status(`${slug}-broken`);
  expect(status.pending).toMatchObject([
    {
      kind: 'workflow_task',
      what: 'taking the next step',
      attempt: 2,
      lastFailure: 'TypeError: headSha of undefined',
      lastFailureCode: null,
    },
  ]);
  expect(statusSchema.parse(status)).toEqual(status);
});

it('is nothing once the project has ended', async () => {
  const record = await client.record(slug);

  expect(await client.pending({ ...record, open: false })).toEqual([]);
});
