/**
 * `npm test [-- jest's arguments]`: brings what the tests need (the temporal command, the time-skipping server) with
 * visible progress, runs Jest, and ends with one line of totals. Exits as Jest does.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { findTemporalCli } from '../../temporal/cli.ts';
import { packageRoot } from '../../temporal/package-root.ts';
import { findTestServer } from '../../temporal/test-server.ts';
import { stopRecordedServer } from './stop-recorded-server.ts';
import { totalsLine } from './totals.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'phasewright-tests-'));
process.exitCode = await run().finally(() =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
);

async function run(): Promise<number> {
  // A server or data folder of the person who runs the tests is none of the tests' business.
  const own = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|PHASEWRIGHT_TEST_)/.test(name)),
  );
  const env = {
    ...own,
    PHASEWRIGHT_HOME: join(folder, 'home'),
    TEMPORAL_CONFIG_FILE: join(folder, 'no-profile.toml'),
  };
  const { cacheDir, searchPath, temporalCli, download } = loadConfig({ env });
  const cli = await findTemporalCli({ log: say, cacheDir, searchPath, cliPath: temporalCli, download });
  const testServer = await findTestServer({ log: say, cacheDir, download });
  const report = join(folder, 'report.json');
  // What tests leave behind goes with the folder.
  const TMPDIR = join(folder, 'tmp');
  mkdirSync(TMPDIR);
  const exitCode = await runJest(report, {
    ...env,
    TMPDIR,
    PHASEWRIGHT_TEST_CLI: cli.path,
    PHASEWRIGHT_TEST_SERVER: JSON.stringify(testServer),
    PHASEWRIGHT_TEST_FOLDER: folder,
  });
  // Jest stops it itself, unless it was killed; then servers that single tests started are left as well.
  await stopRecordedServer(join(folder, 'server'));
  endLeftovers();
  process.stdout.write(`${totalsLine(readReport(report))}\n`);
  return exitCode;
}

function runJest(report: string, env: NodeJS.ProcessEnv): Promise<number> {
  const jest = join(packageRoot(), 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    jest,
    '--json',
    `--outputFile=${report}`,
    ...process.argv.slice(2),
  ];
  const child = spawn(process.execPath, args, { cwd: packageRoot(), env, stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; Jest's end is awaited so that its servers are stopped.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal !== null) say(`Jest was ended by ${signal}.`);
      resolve(code ?? 1);
    });
  });
}

/** What still runs and names this run's folder (its name is random) among its arguments: a server's database is there. */
function endLeftovers(): void {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8', maxBuffer: 64 << 20 });
  for (const line of (stdout ?? '').split('\n').filter((text) => text.includes(folder))) {
    const pid = Number.parseInt(line, 10);
    if (pid === process.pid) continue;
    say(`Ending what was left: ${line.trim().slice(0, 160)}`);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

function readReport(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    say('Jest ended without a report.');
    return undefined;
  }
}
