/**
 * Runs a program that we don't trust to behave. What must stay true: it and everything it started are gone when this
 * returns, within 5 s after its deadline or a cancellation; its output costs constant memory; it sees only the
 * environment it was given (and the run marker).
 */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { containment } from './containment/containment.ts';
import type { Enclosure, ProgramEnd } from './containment/enclosure.ts';
import { type Limits, interruption } from './interruption.ts';
import { createProcessFamily, type ProcessFamily } from './process-family.ts';
import { identityOf, type RunRecord, recordRun } from './process-records.ts';
import { RUN_MARKER } from './process-table.ts';
import { TailBuffer, lastLineOf, openLog } from './output.ts';
import type { Redactor } from './redact.ts';
import { startProgram } from './start-program.ts';

export interface RunRequest extends Limits {
  /** A program with its arguments, or text for `/bin/sh -c`. */
  readonly command: readonly [string, ...string[]] | { readonly shell: string };
  readonly cwd: string;
  /** The whole environment; nothing of ours is added but the run marker. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Output is appended here, both streams as they come. */
  readonly logPath?: string;
  /** Default 16 MiB. */
  readonly logCapBytes?: number;
  /** Default 64 KiB. */
  readonly tailBytes?: number;
  /** Between SIGTERM and SIGKILL; default 2 s, at most 4 s. */
  readonly graceMs?: number;
  /** Where the run is noted, so that a dead worker's programs are found. */
  readonly dataDir?: string;
  /** See `killLeftovers`. */
  readonly scope?: string;
  readonly redactor?: Redactor;
  /** The chunk is only valid during the call. */
  readonly onOutput?: (chunk: Buffer, from: 'stdout' | 'stderr') => void;
}

export interface RunResult extends ProgramEnd {
  readonly timedOut: boolean;
  /** It had given what was wanted, and was ended because it went on; see `Limits`. */
  readonly lingered: boolean;
  readonly cancelled: boolean;
  readonly elapsedMs: number;
  /** The last `tailBytes` of both streams, as text. */
  readonly tail: string;
  /** Of its standard output if it wrote any, else of its standard error: the order between the two is not known. */
  readonly lastLine: string;
  readonly outputBytes: number;
  readonly logTruncated: boolean;
  /** Processes that could not be ended (another user's, or stuck in the kernel); 0 nearly always. */
  readonly survivors: number;
}

/** For people, as a sentence. */
export const survivorsText = (count: number): string =>
  `${count} of the processes that it started could not be ended (of another user, or stuck in the kernel): end them by hand.`;

const KIB = 1024;
const observeEveryMs = 500;
/** All gone at most this long after the deadline. */
const endWithinMs = 4_500;

const running = new Set<ProcessFamily>();
process.on('exit', () => {
  for (const family of running) family.killNow();
});

/** Throws only `ProcessStartError` and errors of our own files (log, notes); how the program ended is the result. */
export async function runProcess(request: RunRequest): Promise<RunResult> {
  const begun = Date.now();
  const runId = randomUUID();
  const argv =
    'shell' in request.command ? (['/bin/sh', '-c', request.command.shell] as const) : request.command;
  const log =
    request.logPath === undefined
      ? undefined
      : openLog(request.logPath, request.logCapBytes ?? 16 * KIB * KIB);
  const tail = new TailBuffer(request.tailBytes ?? 64 * KIB);
  const enclosure = (await containment()).open(runId);
  const { group } = enclosure;
  let record: RunRecord | undefined;
  try {
    if (request.dataDir !== undefined)
      record = recordRun({ dataDir: request.dataDir, runId, scope: request.scope, program: argv[0], group });
    const child = await startProgram(argv, enclosure, {
      cwd: request.cwd,
      env: { ...request.env, [RUN_MARKER]: runId },
      stdin: request.stdin ?? '',
    });
    const root = identityOf(child.pid as number);
    const family = createProcessFamily({ runId, root, groupIsOurs: true, group });
    running.add(family);
    try {
      record?.started(root);
      const stdout = new TailBuffer(4 * KIB);
      const flush = collect(child, request, (chunk, from) => {
        tail.push(chunk);
        log?.write(chunk);
        if (from === 'stdout') stdout.push(chunk);
        request.onOutput?.(chunk, from);
      });
      const end = await supervise({ child, enclosure, family }, request);
      flush();
      if (end.survivors > 0) log?.write(`\n── ${survivorsText(end.survivors)}\n`);
      const text = tail.text();
      return {
        ...end,
        elapsedMs: Date.now() - begun,
        tail: text,
        lastLine: lastLineOf(stdout.text()) || lastLineOf(text),
        outputBytes: tail.total,
        logTruncated: log?.truncated ?? false,
      };
    } finally {
      running.delete(family);
    }
  } finally {
    await group?.remove();
    record?.remove();
    log?.close();
  }
}

/** Returns what to call after the last byte. */
function collect(
  child: ChildProcess,
  request: RunRequest,
  put: NonNullable<RunRequest['onOutput']>,
): () => void {
  const flushes = (['stdout', 'stderr'] as const).map((from) => {
    const redact = request.redactor?.stream();
    const take = (chunk: Buffer): void => {
      if (chunk.length > 0) put(chunk, from);
    };
    const stream = child[from];
    stream?.on('data', (chunk: Buffer) => {
      take(redact === undefined ? chunk : redact.push(chunk));
      release(chunk);
    });
    stream?.on('error', () => undefined);
    return () => {
      if (redact !== undefined) take(redact.flush());
    };
  });
  return () => {
    for (const flush of flushes) flush();
  };
}

/**
 * Frees a chunk's memory now rather than at some later garbage collection: a program that prints a gigabyte would
 * otherwise grow the worker by what V8 lets lie about. Node 20 has no `transfer` and leaves it to the collector.
 */
function release(chunk: Buffer): void {
  const memory = chunk.buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };
  if (chunk.byteLength === memory.byteLength) memory.transfer?.(0);
}

interface Running {
  readonly child: ChildProcess;
  readonly enclosure: Enclosure;
  readonly family: ProcessFamily;
}
type End = Pick<RunResult, 'exitCode' | 'signal' | 'timedOut' | 'lingered' | 'cancelled' | 'survivors'>;

/** Waits for the program's end or what interrupts it, then for the end of everything it started. */
async function supervise({ child, enclosure, family }: Running, request: RunRequest): Promise<End> {
  let ended: ProgramEnd = { exitCode: null, signal: null };
  const exit = new Promise<'exit'>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      ended = enclosure.ending(exitCode, signal);
      resolve('exit');
    });
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const observer = setInterval(() => family.observe(), observeEveryMs);
  const interrupted = interruption(request);
  const why = await Promise.race([exit, interrupted.promise]);
  interrupted.clear();
  clearInterval(observer);

  // What a program leaves in the background gets a short grace as well: it may be writing a lock file.
  const graceMs = Math.min(request.graceMs ?? 2_000, 4_000);
  const survivors = await family.end({
    graceMs: why === 'exit' ? Math.min(graceMs, 1_000) : graceMs,
    withinMs: endWithinMs,
  });
  // Nobody is left to write, so the pipes end at once; unless a survivor holds them.
  await Promise.race([Promise.all([exit, closed]), delay(400)]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
  return {
    ...ended,
    timedOut: why === 'timeout',
    lingered: why === 'fulfilled',
    cancelled: why === 'cancel',
    survivors,
  };
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
