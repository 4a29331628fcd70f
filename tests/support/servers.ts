/** What tests run against: the run's real server, the bundled workflows, the time-skipping server. */
import { temporaryFolder } from './temporary-folder.ts';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { loadConfig } from '../../config/load.ts';
import { findTemporalCli } from '../../temporal/cli.ts';
import { type TestServerExecutable, findTestServer } from '../../temporal/test-server.ts';

const quiet = (): void => undefined;

/** `host:port` of the run's real server; one for all files, so take a task queue and workflow ids of your own. */
export function testAddress(): string {
  const address = process.env.PHASEWRIGHT_TEST_ADDRESS;
  if (address === undefined)
    throw new Error('This test needs the Temporal server of the test run: start it with npm test.');
  return address;
}

/** For `Worker.create({ workflowBundle })`. */
export function testBundle(): { readonly codePath: string } {
  const codePath = process.env.PHASEWRIGHT_TEST_BUNDLE;
  if (codePath === undefined)
    throw new Error('This test needs the bundled workflows of the test run: start it with npm test.');
  return { codePath };
}

/** Path of the `temporal` command. Without `npm test`, the cached one or the one on PATH; nothing is downloaded or built then. */
export async function testCli(): Promise<string> {
  const known = process.env.PHASEWRIGHT_TEST_CLI;
  if (known !== undefined) return known;
  const { cacheDir, searchPath } = surroundings();
  return (await findTemporalCli({ log: quiet, cacheDir, searchPath, download: false, build: false })).path;
}

/** A server of its own whose time skips while a result is awaited; call `teardown()`. */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const known = process.env.PHASEWRIGHT_TEST_SERVER;
  const executable =
    known === undefined
      ? await findTestServer({ log: quiet, cacheDir: surroundings().cacheDir, download: false })
      : (JSON.parse(known) as TestServerExecutable);
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
}

const surroundings = (): ReturnType<typeof loadConfig> =>
  loadConfig({ env: { ...process.env, PHASEWRIGHT_HOME: temporaryFolder() } });
