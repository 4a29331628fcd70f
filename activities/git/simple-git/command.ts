/**
 * One git process: constant verb, explicit environment, nothing inherited. What must stay true: no hook, filter, pager,
 * editor, fsmonitor or external diff that a repository or an agent configured ever runs in this process, and no git
 * finds its repository by looking around: GIT_DIR is always given.
 */
import { existsSync } from 'node:fs';
import { type SimpleGitOptions, simpleGit } from 'simple-git';
import { currentSignal } from '../../support/current-run.ts';
import { PortError } from '../../support/errors.ts';
import { environment, type Surroundings, usesAmbientCredentials, withheld } from './environment.ts';
import { type FailedContext, gitFailed } from './errors.ts';
import { hiding } from './secrets.ts';
import { defaultLimitMs, timeLimit } from './time-limit.ts';

export interface Command extends Surroundings {
  readonly verb: string;
  readonly args: readonly string[];
  /** Where it runs; must exist. */
  readonly cwd: string;
  readonly stdin?: string | Buffer;
  /** `key=value`, beside what every command has. */
  readonly config?: readonly string[];
  /** Exit codes that are answers, not failures; 0 always is. */
  readonly codes?: readonly number[];
  /** Bytes of output after which the process is stopped; what was read is kept. */
  readonly limit?: number;
  /** How long it may take in all. Default: minutes; with `network`, as long as the other side goes on talking. */
  readonly timeoutMs?: number;
}

export interface Output {
  readonly code: number;
  readonly bytes: Buffer;
  /** `bytes` as UTF-8. */
  readonly text: string;
  readonly stderr: string;
}

export type Run = (command: Command) => Promise<Output>;

export interface RunnerOptions {
  /** The process environment to choose from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onCommand: ((verb: string, ms: number) => void) | undefined;
  /** Names of variables that an operator's credential helpers read, beyond the usual ones. */
  readonly passes?: readonly string[];
}

const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.pager=cat',
  'core.quotePath=false',
  'core.precomposeUnicode=true',
  'diff.noprefix=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'push.gpgSign=false',
  'commit.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'advice.detachedHead=false',
  'advice.graftFileDeprecated=false',
  'checkout.workers=2',
];

/** A remote that says nothing for this long is given up. */
const silenceMs = 5 * 60_000;

/** Output is complete when the pipes close, and that is waited for below; only ssh may leave a helper that keeps them open. */
const exitGraceMs = { local: 50, network: 3_000 };

/** What a person's own variables may name, as their own git takes it: programs that ask, proxies, configuration of any kind. */
const asTheirUserSetUp = Object.fromEntries(
  [
    'Alias',
    'AskPass',
    'CommandBinaries',
    'DiffExternal',
    'DiffTextConv',
    'Editor',
    'Exec',
    'Filter',
    'GitProxy',
    'GpgProgram',
    'Include',
    'MergeDriver',
    'ProtocolOverride',
    'Submodule',
    'UrlRewrite',
  ].map((what) => [`allowUnsafe${what}`, true]),
);

/** What simple-git hands over when a command has ended; its chunks may still be coming in. */
interface Ended {
  readonly exitCode: number;
  readonly stdOut: readonly Buffer[];
  readonly stdErr: readonly Buffer[];
}

function optionsFor(
  command: Command,
  env: Readonly<Record<string, string>>,
  stop: AbortSignal,
  ended: (result: Ended) => void,
): Partial<SimpleGitOptions> {
  return {
    baseDir: command.cwd,
    // Newer gits would ask no askpass program either.
    config: [
      ...settings,
      ...(command.config ?? []),
      ...(usesAmbientCredentials(command) ? [] : ['credential.interactive=false']),
    ],
    abort: stop,
    // Left open, standard input would make a command that reads it wait for ever.
    input: () => (typeof command.stdin === 'object' ? command.stdin : Buffer.from(command.stdin ?? '')),
    // Never `false`: simple-git then waits for a promise that it shares and never settles, which keeps everything that ever waited for it.
    completion: { onClose: true, onExit: exitGraceMs[command.network === true ? 'network' : 'local'] },
    errors: (_error, result) => {
      ended(result);
      return undefined;
    },
    allowEnvironment: Object.keys(env),
    // Each of these is one of the constant settings above, or our own argument; none comes from a request.
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafePager: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeTemplateDir: true,
      allowUnsafePack: true,
      allowUnsafeSshCommand: true,
      allowUnsafeConfigEnvCount: true,
      allowUnsafeCredentialHelper: true,
      allowUnsafeUrlRewrite: true,
      ...(usesAmbientCredentials(command) ? asTheirUserSetUp : {}),
    },
    ...(command.network === true ? { timeout: { block: silenceMs } } : {}),
  };
}

/** Runs git through simple-git, one instance per command: an instance that was stopped once refuses everything after. */
export function createRunner({ env: ambient, onCommand, passes = [] }: RunnerOptions): Run {
  return async function run(command) {
    if (!existsSync(command.cwd)) {
      throw new PortError(
        'GitFailed',
        `git ${command.verb} cannot run: the folder ${command.cwd} does not exist.`,
      );
    }
    const time = timeLimit(
      command.verb,
      command.timeoutMs ?? (command.network === true ? undefined : defaultLimitMs(command.verb)),
    );
    const env = { ...environment(command, ambient, passes), ...time.marker };
    const stop = new AbortController();
    // What talks to another machine may take minutes: a try that is cancelled doesn't wait for it.
    const cancelled = command.network === true ? currentSignal() : undefined;
    const cancel = (): void => stop.abort();
    cancelled?.throwIfAborted();
    cancelled?.addEventListener('abort', cancel, { once: true });
    const started = performance.now();
    try {
      const ended = await time.within(start(command, env, stop), stop);
      cancelled?.throwIfAborted();
      onCommand?.(command.verb, performance.now() - started);
      return judge(command, ended, stop.signal.aborted, () => ({
        hide: hiding(env, passes),
        ...(usesAmbientCredentials(command) ? { withheld: withheld(env, ambient) } : {}),
      }));
    } finally {
      cancelled?.removeEventListener('abort', cancel);
    }
  };
}

async function start(
  command: Command,
  env: Readonly<Record<string, string>>,
  stop: AbortController,
): Promise<Ended> {
  let ended: Ended = { exitCode: -1, stdOut: [], stdErr: [] };
  let pipes: Promise<unknown> = Promise.resolve();
  let received = 0;
  const options = optionsFor(command, env, stop.signal, (result) => {
    ended = result;
  });
  await simpleGit(options)
    .env(env)
    .outputHandler((_binary, stdout, stderr) => {
      if (command.network !== true) pipes = Promise.all([closed(stdout), closed(stderr)]);
      const { limit } = command;
      if (limit !== undefined) {
        stdout.on('data', (chunk: Buffer) => {
          received += chunk.length;
          if (received > limit) stop.abort();
        });
      }
      // simple-git waits 50 ms more for a command that printed nothing; an empty chunk tells it that the pipe works.
      queueMicrotask(() => stdout.emit('data', Buffer.alloc(0)));
    })
    .raw([command.verb, ...command.args]);
  await pipes;
  return ended;
}

const closed = (pipe: NodeJS.ReadableStream): Promise<void> =>
  new Promise((resolve) => void pipe.once('close', () => resolve()));

function judge(
  command: Command,
  { exitCode, stdOut, stdErr }: Ended,
  stopped: boolean,
  context: () => FailedContext,
): Output {
  const bytes = Buffer.concat(stdOut);
  const output = {
    code: exitCode,
    bytes,
    text: bytes.toString('utf8'),
    stderr: Buffer.concat(stdErr).toString('utf8'),
  };
  if (exitCode === 0 || stopped || (command.codes ?? []).includes(exitCode)) return output;
  throw gitFailed(command.verb, output, context());
}
