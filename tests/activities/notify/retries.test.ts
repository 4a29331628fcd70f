/** Temporal's own retries, with the product's policy and time skipped between two attempts. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNotifyActivities } from '../../../activities/notify/activities.ts';
import { createFileLedger } from '../../../activities/notify/file-ledger/index.ts';
import { createWebhookChannel } from '../../../activities/notify/webhook/index.ts';
import type { NotifyTarget } from '../../../domain/model/project.ts';
import { packageRoot } from '../../../temporal/package-root.ts';
import { quietRuntime } from '../../support/rig.ts';
import { timeSkippingEnvironment } from '../../support/servers.ts';
import { notice, type StandIn, startStandIn } from './stand-in.ts';

const taskQueue = 'notices';
const dataDir = mkdtempSync(join(tmpdir(), 'phasewright-retries-'));
const warnings: string[] = [];
let environment: TestWorkflowEnvironment;
let worker: Worker;
let running: Promise<void>;
let first: StandIn;
let second: StandIn;

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  quietRuntime();
  environment = await timeSkippingEnvironment();
  const workflowsPath = join(packageRoot(), 'tests', 'support', 'tell.workflow.ts');
  worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger }),
    activities: createNotifyActivities({
      channels: { webhook: createWebhookChannel() },
      ledger: createFileLedger({ dataDir }),
      warn: (message) => warnings.push(message),
    }),
  });
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await environment.teardown();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  warnings.length = 0;
  first = await startStandIn();
  second = await startStandIn();
});
afterEach(() => Promise.all([first.close(), second.close()]));

const targets = (): readonly NotifyTarget[] =>
  [first, second].map(({ url }): NotifyTarget => ({ kind: 'webhook', to: url }));
const tell = (workflowId: string): Promise<unknown> =>
  environment.client.workflow.execute('tellWorkflow', {
    taskQueue,
    workflowId,
    args: [{ targets: targets(), notice: { ...notice, id: workflowId } }],
  });

it('a notice that failed for now arrives once at each target, not before the other side allows', async () => {
  first.reply({ status: 503 }, { status: 429, headers: { 'retry-after': '600' } }, { status: 200 });
  const before = await environment.currentTimeMs();
  await tell('passing');

  expect(first.asked).toHaveLength(3);
  expect(second.asked).toHaveLength(1);
  expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(600_000);
  expect(warnings).toEqual([]);
});

it('a target that stays away costs eight attempts and a warning, and fails nothing', async () => {
  first.reply({ status: 503 });
  await tell('lasting');

  expect(first.asked).toHaveLength(8);
  expect(second.asked).toHaveLength(1);
  expect(warnings).toEqual([expect.stringContaining('Given up: this was attempt 8.')]);
});
