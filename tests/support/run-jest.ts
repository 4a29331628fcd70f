/** One run of Jest in a folder of its own, and what it came to. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../temporal/package-root.ts';
import { endProcessesOf } from './processes.ts';
import { stopRecordedServer } from './stop-recorded-server.ts';
import { type Totals, totalsOf } from './totals.ts';

export interface JestRun {
  /** For the progress line. */
  readonly name: string;
  /** Everything that the run writes is in here. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly args: readonly string[];
  readonly say: (line: string) => void;
}

export interface JestOutcome extends Totals {
  /** Jest was ended by a signal: nothing else should be started. */
  readonly interrupted: boolean;
}

export async function runJest({ name, folder, env, args, say }: JestRun): Promise<JestOutcome> {
  const report = join(folder, 'report.json');
  const TMPDIR = join(folder, 'tmp');
  mkdirSync(TMPDIR, { recursive: true });
  const { code, signal } = await spawnJest(
    ['--reporters=default', `--reporters=${reporter}`, '--json', `--outputFile=${report}`, ...args],
    { ...env, TMPDIR, PHASEWRIGHT_TEST_FOLDER: folder, PHASEWRIGHT_TEST_SUITE: name },
  );
  if (signal !== null) say(`Jest was ended by ${signal}.`);
  // Jest stops it itself, unless it was killed; then what single tests started is left as well.
  await stopRecordedServer(join(folder, 'server'));
  const totals = totalsOf(readReport(report, say));
  for (const left of endProcessesOf(folder)) say(`Ended what was left: ${left}`);
  const failed = code === 0 ? totals.failed : Math.max(totals.failed, 1);
  return { ...totals, failed, interrupted: signal !== null };
}

const reporter = join(packageRoot(), 'tests', 'support', 'progress-reporter.ts');

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function spawnJest(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const jest = join(packageRoot(), 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, ['--experimental-vm-modules', '--no-warnings', jest, ...args], {
    cwd: packageRoot(),
    env,
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to both; Jest's end is awaited so that its servers are stopped.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const each of signals) process.off(each, pass);
      resolve({ code, signal });
    });
  });
}

function readReport(path: string, say: JestRun['say']): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    say('Jest ended without a report.');
    return undefined;
  }
}
