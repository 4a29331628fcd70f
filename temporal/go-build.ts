/** Builds a program from Go sources, with visible progress: the way that needs no download but Go's own modules. */
import { lastLines, runProgram } from './program.ts';
import { type Log, showProgress, terminalForProgress } from './progress.ts';

export interface GoBuild {
  /** The folder with go.mod and go.sum. */
  readonly moduleFolder: string;
  readonly mainPackage: string;
  /** Where the program appears. */
  readonly output: string;
  /** For the progress line. */
  readonly name: string;
  readonly tags?: readonly string[];
  /** For the linker, e.g. `-X main.Version=1.0.0`. */
  readonly linkerFlags?: string;
  readonly log: Log;
}

/** Throws with what Go said. */
export async function buildWithGo(build: GoBuild): Promise<void> {
  const { moduleFolder, mainPackage, output, name, tags = [], linkerFlags = '', log } = build;
  let compiled = 0;
  let total: number | undefined;
  let fetched = 0;
  const progress = showProgress({
    log,
    what: `Building ${name}`,
    terminal: terminalForProgress(),
    detail: () => {
      if (total === undefined) return fetched === 0 ? 'reading the module' : `${fetched} modules fetched`;
      // Packages in Go's cache are not compiled again, so that the count may end below the total.
      return compiled === 0 ? `${total} packages to look at` : `${compiled} of at most ${total} packages`;
    },
  });
  const tagged = tags.length === 0 ? [] : [`-tags=${tags.join(',')}`];
  try {
    const onFetch = (line: string): void => {
      if (line.startsWith('go: downloading ')) fetched += 1;
    };
    const list = await runProgram('go', ['list', '-deps', ...tagged, mainPackage], {
      cwd: moduleFolder,
      timeoutMs: 30 * 60_000,
      onStderrLine: onFetch,
    });
    if (list.exitCode !== 0)
      throw new Error(`'go list' failed in ${moduleFolder}: ${lastLines(list.stderr)}`);
    total = list.stdout.split('\n').filter((line) => line !== '').length;
    // What the sources lie in may be somebody's git repository; it is none of the build's business.
    const flags = ['-v', '-trimpath', '-buildvcs=false', `-ldflags=-s -w ${linkerFlags}`, ...tagged];
    const answer = await runProgram('go', ['build', ...flags, '-o', output, mainPackage], {
      cwd: moduleFolder,
      timeoutMs: 60 * 60_000,
      onStderrLine: (line) => {
        // -v prints one import path per compiled package.
        if (/^[\w.~/-]+$/.test(line)) compiled += 1;
      },
    });
    if (answer.exitCode !== 0)
      throw new Error(`'go build' failed in ${moduleFolder}: ${lastLines(answer.stderr)}`);
  } finally {
    progress.end();
  }
}

/** Throws if there is none; `since` says which versions will do. */
export async function requireGo(since: string): Promise<void> {
  const answer = await runProgram('go', ['version'], { timeoutMs: 20_000 }).catch(() => undefined);
  if (answer?.exitCode !== 0)
    throw new Error(`there is no 'go' on the PATH (${since}, see https://go.dev/dl)`);
}
