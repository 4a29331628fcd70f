import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { packageRoot } from '../../temporal/package-root.ts';
import { timeSkippingEnvironment } from '../support/servers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  environment = await timeSkippingEnvironment();
});
afterAll(() => environment.teardown());

it('waits seven days without waiting, and its clock has moved on', async () => {
  const workflowsPath = join(packageRoot(), 'tests', 'support', 'week.workflow.ts');
  expect(existsSync(workflowsPath)).toBe(true);
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: 'week',
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
  });
  const before = await environment.currentTimeMs();

  const answer = await worker.runUntil(
    environment.client.workflow.execute('weekWorkflow', { taskQueue: 'week', workflowId: 'week' }),
  );

  expect(answer).toBe('a week later');
  expect(((await environment.currentTimeMs()) - before) / 86_400_000).toBeGreaterThanOrEqual(7);
});
