/** Once per run: one embedded Temporal server in a temporary folder, and the workflows bundled to a file. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServer } from '../../temporal/embedded-server.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';
import { testCli } from './servers.ts';

export default async function globalSetup(): Promise<void> {
  const folder = process.env.PHASEWRIGHT_TEST_FOLDER ?? mkdtempSync(join(tmpdir(), 'phasewright-tests-'));
  const dataDir = join(folder, 'server');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const said: string[] = [];
  const server = await startEmbeddedServer({
    dataDir,
    headless: true,
    environment: process.env,
    findCli: testCli,
    log: (line) => void said.push(line),
  }).catch((error: unknown) => {
    process.stderr.write(`${said.join('\n')}\n`);
    throw error;
  });
  process.env.PHASEWRIGHT_TEST_SERVER_FOLDER = dataDir;
  process.env.PHASEWRIGHT_TEST_ADDRESS = server.address;
  const bundle = join(folder, 'workflow-bundle.js');
  writeFileSync(bundle, (await bundleWorkflows()).code);
  process.env.PHASEWRIGHT_TEST_BUNDLE = bundle;
}
