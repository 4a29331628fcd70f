/** The official download of `temporal`: quick to give up, believed only if its digest is the known one. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Archive } from './cli-archives.ts';
import { runProgram } from './program.ts';
import { type Log, showProgress, terminalForProgress } from './progress.ts';

/** Until the first byte; networks without a way out often swallow packets silently. */
const answerWithinMs = 5_000;
/** Without a single byte. */
const stalledAfterMs = 15_000;

/** Unpacks `temporal` into `folder` and returns its path. Throws a sentence per address that didn't work. */
export async function downloadCli({
  archive,
  folder,
  log,
}: {
  readonly archive: Archive;
  readonly folder: string;
  readonly log: Log;
}): Promise<string> {
  const reasons: string[] = [];
  for (const url of archive.urls) {
    try {
      const file = join(folder, 'temporal.tar.gz');
      await download({ url, file, sha256: archive.sha256, log });
      const { exitCode, stderr } = await runProgram('tar', ['-xzf', file, '-C', folder, 'temporal']);
      if (exitCode !== 0) throw new Error(`the archive could not be unpacked: ${stderr.trim()}`);
      return join(folder, 'temporal');
    } catch (error) {
      reasons.push(`${new URL(url).host}: ${reasonOf(error)}`);
    }
  }
  throw new Error(reasons.join('; '));
}

async function download({
  url,
  file,
  sha256,
  log,
}: {
  readonly url: string;
  readonly file: string;
  readonly sha256: string;
  readonly log: Log;
}): Promise<void> {
  const abort = new AbortController();
  let timer = setTimeout(
    () => abort.abort(new Error(`no answer within ${answerWithinMs / 1000} s`)),
    answerWithinMs,
  );
  let received = 0;
  let total = 0;
  const progress = showProgress({
    log,
    what: `Downloading temporal from ${new URL(url).host}`,
    detail: () =>
      total > 0 ? `${Math.round((100 * received) / total)} % of ${megabytes(total)}` : megabytes(received),
    terminal: terminalForProgress(),
  });
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || response.body === null) throw new Error(`it answered with status ${response.status}`);
    total = Number(response.headers.get('content-length') ?? 0);
    const hash = createHash('sha256');
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        clearTimeout(timer);
        timer = setTimeout(
          () => abort.abort(new Error(`nothing came for ${stalledAfterMs / 1000} s`)),
          stalledAfterMs,
        );
        received += chunk.length;
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(
      Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
      count,
      createWriteStream(file),
    );
    const digest = hash.digest('hex');
    if (digest !== sha256)
      throw new Error(`the file's SHA-256 is ${digest}, not ${sha256} as published; it was thrown away`);
  } finally {
    clearTimeout(timer);
    // Also ends what is left of an answer that nobody reads.
    abort.abort();
    progress.end();
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** `fetch` hides the reason in `cause`, an abort in what it was aborted with. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}
