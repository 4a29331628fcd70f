/** Builds `temporal` from the Go module pinned in temporal/cli: the way that needs no download but Go's own modules. */
import { join } from 'node:path';
import { lastLines, runProgram } from './program.ts';
import { type Log, showProgress, terminalForProgress } from './progress.ts';

const mainPackage = 'github.com/temporalio/cli/cmd/temporal';

export interface BuildRequest {
  /** The folder with go.mod and go.sum. */
  readonly moduleFolder: string;
  /** A folder of our own; the program appears in it. */
  readonly folder: string;
  readonly log: Log;
}

/** Returns the program's path. Throws with what Go said. */
export async function buildCli({ moduleFolder, folder, log }: BuildRequest): Promise<string> {
  await requireGo();
  log('Building the temporal command from its Go module. This happens once and takes about 3 to 4 minutes.');
  const output = join(folder, 'temporal');
  let compiled = 0;
  let total: number | undefined;
  let fetched = 0;
  const progress = showProgress({
    log,
    what: 'Building temporal',
    terminal: terminalForProgress(),
    detail: () => {
      if (total === undefined) return fetched === 0 ? 'reading the module' : `${fetched} modules fetched`;
      // Packages in Go's cache are not compiled again, so that the count may end below the total.
      return compiled === 0 ? `${total} packages to look at` : `${compiled} of at most ${total} packages`;
    },
  });
  try {
    const onFetch = (line: string): void => {
      if (line.startsWith('go: downloading ')) fetched += 1;
    };
    const list = await runProgram('go', ['list', '-deps', mainPackage], {
      cwd: moduleFolder,
      timeoutMs: 30 * 60_000,
      onStderrLine: onFetch,
    });
    if (list.exitCode !== 0)
      throw new Error(`'go list' failed in ${moduleFolder}: ${lastLines(list.stderr)}`);
    total = list.stdout.split('\n').filter((line) => line !== '').length;
    const args = ['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', output, mainPackage];
    const build = await runProgram('go', args, {
      cwd: moduleFolder,
      timeoutMs: 60 * 60_000,
      onStderrLine: (line) => {
        // -v prints one import path per compiled package.
        if (/^[\w.~/-]+$/.test(line)) compiled += 1;
      },
    });
    if (build.exitCode !== 0)
      throw new Error(`'go build' failed in ${moduleFolder}: ${lastLines(build.stderr)}`);
  } finally {
    progress.end();
  }
  return output;
}

async function requireGo(): Promise<void> {
  const answer = await runProgram('go', ['version'], { timeoutMs: 20_000 }).catch(() => undefined);
  if (answer?.exitCode !== 0)
    throw new Error(
      "there is no 'go' on the PATH (Go 1.26, or any since 1.21 that may fetch it, see https://go.dev/dl)",
    );
}
