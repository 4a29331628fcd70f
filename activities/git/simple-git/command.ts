/**
 * One git process: constant verb, explicit environment, nothing inherited. What must stay true: no hook, filter, pager,
 * editor, fsmonitor or external diff that a repository or an agent configured ever runs in this process, and no git
 * finds its repository by looking around: GIT_DIR is always given.
 */
import { existsSync } from 'node:fs';
import { type SimpleGitOptions, simpleGit } from 'simple-git';
import { currentSignal } from '../../support/current-run.ts';
import { PortError } from '../../support/errors.ts';
import { gitFailed } from './errors.ts';
import { hiding } from './secrets.ts';

export interface Command {
  readonly verb: string;
  readonly args: readonly string[];
  /** Where it runs; must exist. */
  readonly cwd: string;
  readonly gitDir: string | null;
  readonly workTree?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
  /** Talks to another machine: the person's own credentials, proxies and configuration apply. */
  readonly network?: boolean;
  /** Ours instead of the person's: sent to this URL and below, as this `Authorization` header. */
  readonly credential?: { readonly url: string; readonly authorization: string };
  /** Exit codes that are answers, not failures; 0 always is. */
  readonly codes?: readonly number[];
  /** Bytes of output after which the process is stopped; what was read is kept. */
  readonly limit?: number;
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
  'credential.interactive=false',
];

/** What a person's own git needs to reach a remote: nothing here can name a program that a repository chose. */
const networkVariables = [
  'HOME',
  'XDG_CONFIG_HOME',
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'USER',
  'LOGNAME',
  'USERPROFILE',
  'APPDATA',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_SSH_COMMAND',
];
const always = ['PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot'];

/** A remote that says nothing for this long is given up. */
const silenceMs = 5 * 60_000;

function environment(command: Command, ambient: RunnerOptions['env']): Record<string, string> {
  const env: Record<string, string> = {
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
  };
  const take = (names: readonly string[]) => {
    for (const name of names) {
      const value = ambient[name];
      if (value !== undefined) env[name] = value;
    }
  };
  take(always);
  if (command.network === true) take(networkVariables);
  if (command.credential !== undefined) Object.assign(env, ownCredential(command.credential));
  if (command.network !== true)
    Object.assign(env, { HOME: '/nonexistent', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });
  if (command.gitDir !== null) env['GIT_DIR'] = command.gitDir;
  if (command.workTree !== undefined) env['GIT_WORK_TREE'] = command.workTree;
  return Object.assign(env, command.env);
}

/**
 * In the environment, so neither in the arguments that every user can list nor in a file. No helper of the person is asked: it
 * could answer with somebody else's rights, or keep ours.
 */
function ownCredential({ url, authorization }: NonNullable<Command['credential']>): Record<string, string> {
  return {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'credential.helper',
    GIT_CONFIG_VALUE_0: '',
    GIT_CONFIG_KEY_1: `http.${url}/.extraHeader`,
    GIT_CONFIG_VALUE_1: `Authorization: ${authorization}`,
  };
}

/** Output is complete when the pipes close, and that is waited for below; only ssh may leave a helper that keeps them open. */
const exitGraceMs = { local: 50, network: 3_000 };

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
    config: [...settings],
    abort: stop,
    // Left open, standard input would make a command that reads it wait for ever.
    input: () => (typeof command.stdin === 'object' ? command.stdin : Buffer.from(command.stdin ?? '')),
    // Never `false`: simple-git then waits for a promise that it shares and never settles, which keeps everything that ever waited for it.
    completion: { onClose: true, onExit: exitGraceMs[command.network === true ? 'network' : 'local'] },
    errors: (_error, result) => {
      ended(result);
      return undefined;
    },
    allowEnvironment: Object.keys(env).filter((name) => name.startsWith('GIT_')),
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
    },
    ...(command.network === true ? { timeout: { block: silenceMs } } : {}),
  };
}

/** Runs git through simple-git, one instance per command: an instance that was stopped once refuses everything after. */
export function createRunner({ env: ambient, onCommand }: RunnerOptions): Run {
  return async function run(command) {
    if (!existsSync(command.cwd)) {
      throw new PortError(
        'GitFailed',
        `git ${command.verb} cannot run: the folder ${command.cwd} does not exist.`,
      );
    }
    const env = environment(command, ambient);
    const stop = new AbortController();
    // What talks to another machine may take minutes: a try that is cancelled doesn't wait for it.
    const cancelled = command.network === true ? currentSignal() : undefined;
    const cancel = (): void => stop.abort();
    cancelled?.throwIfAborted();
    cancelled?.addEventListener('abort', cancel, { once: true });
    const started = performance.now();
    try {
      const ended = await start(command, env, stop);
      cancelled?.throwIfAborted();
      onCommand?.(command.verb, performance.now() - started);
      return judge(command, ended, stop.signal.aborted);
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

function judge(command: Command, { exitCode, stdOut, stdErr }: Ended, stopped: boolean): Output {
  const bytes = Buffer.concat(stdOut);
  const output = {
    code: exitCode,
    bytes,
    text: bytes.toString('utf8'),
    stderr: Buffer.concat(stdErr).toString('utf8'),
  };
  if (exitCode === 0 || stopped || (command.codes ?? []).includes(exitCode)) return output;
  throw gitFailed(command.verb, output, hiding(command.credential?.authorization));
}
