/** A real Gitea server for tests, with its own folder, on a port of this machine: made in a moment, killed, started again, and gone without a trace. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { anyFreePort } from '../../../temporal/ports.ts';
import { eventually } from '../eventually.ts';
import { endProcessesOf, processesOf } from '../processes.ts';
import { giteaSettings } from './settings.ts';
import { testGitea } from './test-gitea.ts';

export interface GiteaServer {
  /** `http://127.0.0.1:PORT`, without a slash; the same after a restart. */
  readonly url: string;
  /** Runs the program's own commands (`admin user create …`); what it said. */
  command(...args: readonly string[]): Promise<string>;
  /** Where a repository's bare one lies. To look at, not to write to: Gitea must hear of every change. */
  path(repository: string): string;
  /** Every request that is in its log, oldest first; a moment after its answer. */
  requests(): readonly GiteaRequest[];
  /** SIGKILL, whatever it is doing; its git commands go with it. */
  kill(): Promise<void>;
  /** On the same port and data. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export interface GiteaRequest {
  /** `-`: nobody. */
  readonly login: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
}

const run = promisify(execFile);

export async function startGiteaServer(): Promise<GiteaServer> {
  const program = testGitea();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'phasewright-gitea-')));
  const port = await anyFreePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = join(folder, 'app.ini');
  const output = join(folder, 'output.log');
  writeFileSync(settings, giteaSettings({ program, folder, port }), { mode: 0o600 });
  // Not the configuration of whoever runs the tests; temporary files go with the folder.
  const environment = {
    PATH: process.env['PATH'],
    HOME: folder,
    TMPDIR: join(folder, 'tmp'),
    USER: process.env['USER'],
  };
  mkdirSync(environment.TMPDIR);
  let child: ChildProcess | undefined;

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    child = undefined;
    if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await gone;
  }
  const server: GiteaServer = {
    url,
    async command(...args) {
      const { stdout } = await run(join(program, 'gitea'), ['--config', settings, ...args], {
        env: environment,
      });
      return stdout.trim();
    },
    path: (repository) => join(folder, 'data', 'gitea-repositories', `${repository.toLowerCase()}.git`),
    requests: () =>
      readFileSync(join(folder, 'requests.log'), 'utf8').split('\n').filter(Boolean).map(requestOf),
    async kill() {
      await end('SIGKILL');
      endProcessesOf(folder);
      await eventually('the end of what Gitea started', () => processesOf(folder).length === 0);
    },
    async start() {
      const log = openSync(output, 'a');
      const started = spawn(join(program, 'gitea'), ['web', '--config', settings], {
        env: environment,
        cwd: folder,
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      child = started;
      await eventually(`Gitea at ${url}`, async () => {
        if (started.exitCode !== null)
          throw new Error(`Gitea ended: ${readFileSync(output, 'utf8').slice(-2_000)}`);
        const answer = await fetch(`${url}/api/healthz`).catch(() => undefined);
        await answer?.arrayBuffer();
        return answer?.ok;
      });
    },
    async stop() {
      await end('SIGTERM');
      endProcessesOf(folder);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await server.start();
  return server;
}

/** Written as settings.ts says. */
function requestOf(line: string): GiteaRequest {
  const [login = '', method = '', path = '', status = ''] = line.split(' ');
  return { login, method, path, status: Number(status) };
}
