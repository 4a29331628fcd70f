/**
 * The time-skipping test server (part of Temporal's Java SDK), for deadlines of days in seconds. From its Maven artifact,
 * or downloaded by @temporalio/testing where there is no Maven.
 * What must stay true: the cached folder is whole; a server never outlives the process that started it.
 */
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PortError } from '../activities/support/port-error.ts';
import { withFileLock } from '../activities/support/file-lock.ts';
import { packageRoot } from './package-root.ts';
import { lastLines, runProgram } from './program.ts';
import { endSentence } from '../domain/text/sentence.ts';
import { type Log, showProgress, terminalForProgress } from './progress.ts';

/** What `TestWorkflowEnvironment.createTimeSkipping({ server: { executable } })` takes. */
export type TestServerExecutable =
  | { readonly type: 'existing-path'; readonly path: string }
  | { readonly type: 'cached-download'; readonly downloadDir: string };

export interface TestServerOptions {
  readonly log: Log;
  readonly cacheDir: string;
  /** False: only Maven. */
  readonly download?: boolean;
}

/** Returns at once when it was brought before, without network. Throws `NoServer` naming every way. */
export async function findTestServer({
  log,
  cacheDir,
  download = true,
}: TestServerOptions): Promise<TestServerExecutable> {
  const pom = join(packageRoot(), 'temporal', 'test-server', 'pom.xml');
  const key = createHash('sha256').update(readFileSync(pom)).update(launcher).digest('hex').slice(0, 16);
  const folder = join(cacheDir, `temporal-test-server-${key}`);
  const executable = { type: 'existing-path', path: join(folder, 'temporal-test-server') } as const;
  const java = await runProgram('java', ['-version'], { timeoutMs: 20_000 }).catch(() => undefined);
  if (java?.exitCode === 0 && isProgram(executable.path)) return executable;
  try {
    if (java?.exitCode !== 0) throw new Error("there is no 'java' on the PATH");
    const onWait = (pid: number): void =>
      log(`Process ${pid} is getting the test server already; waiting for it.`);
    const bring = async (): Promise<void> => {
      if (!isProgram(executable.path)) await copyJars({ pom, folder, cacheDir, log });
    };
    await withFileLock(`${folder}.lock`, bring, { waitMs: 20 * 60_000, onWait });
    return executable;
  } catch (error) {
    const reason = `The test server could not be had from its Maven artifact: ${endSentence((error as Error).message)}`;
    log(reason);
    if (download) {
      log('Leaving it to the official download of @temporalio/testing.');
      mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
      return { type: 'cached-download', downloadDir: cacheDir };
    }
    throw new PortError(
      'NoServer',
      `${reason} The download is switched off. Install Java 11 or later and Maven, or allow the download (PHASEWRIGHT_DOWNLOAD=on).`,
    );
  }
}

async function copyJars({
  pom,
  folder,
  cacheDir,
  log,
}: {
  readonly pom: string;
  readonly folder: string;
  readonly cacheDir: string;
  readonly log: Log;
}): Promise<void> {
  mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
  const incoming = mkdtempSync(join(cacheDir, 'incoming-'));
  const jars = join(incoming, 'lib');
  const progress = showProgress({
    log,
    what: 'Getting the time-skipping test server with Maven (once)',
    detail: () => `${countJars(jars)} jars`,
    terminal: terminalForProgress(),
  });
  try {
    const args = [
      '--batch-mode',
      '--quiet',
      '--file',
      pom,
      'dependency:copy-dependencies',
      `-DoutputDirectory=${jars}`,
    ];
    const { exitCode, stdout, stderr } = await runProgram('mvn', args, { timeoutMs: 15 * 60_000 });
    if (exitCode !== 0)
      throw new Error(`'mvn dependency:copy-dependencies' failed: ${lastLines(stdout + stderr)}`);
    if (!readdirSync(jars).some((jar) => jar.startsWith('temporal-test-server-')))
      throw new Error('Maven brought no temporal-test-server');
    const path = join(incoming, 'temporal-test-server');
    writeFileSync(path, launcher);
    chmodSync(path, 0o755);
    rmSync(folder, { recursive: true, force: true });
    renameSync(incoming, folder);
  } finally {
    progress.end();
    rmSync(incoming, { recursive: true, force: true });
  }
}

/**
 * The SDK starts it as `temporal-test-server PORT` and unlocks time itself while a result is awaited. With
 * --enable-time-skipping, time would run from the start and a workflow time out before its worker polls.
 */
const launcher = `#!/bin/sh
# Started by the SDK as: temporal-test-server PORT. Ends with the process that started it, however that ends.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
parent=$PPID
(
  while kill -0 $$ 2>/dev/null; do
    kill -0 "$parent" 2>/dev/null || { kill $$; break; }
    sleep 2
  done
) </dev/null >/dev/null 2>&1 &
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$here/lib/*" io.temporal.testserver.TestServer "$@"
`;

function countJars(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
