/** A worker as people run it: a process of its own, with faults armed or none, ended by its own process id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../temporal/package-root.ts';
import { testBundle } from './servers.ts';

export interface WorkerOrder {
  readonly home: string;
  readonly address: string;
  readonly namespace?: string;
  /** As in `PHASEWRIGHT_FAULTS`. */
  readonly faults?: string;
  /** More of the environment. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface WorkerProcess {
  readonly pid: number;
  /** Everything it said. */
  output(): string;
  /** How it ended: the signal's name, or `exit <code>`. */
  readonly ended: Promise<string>;
  kill(): Promise<void>;
  /** SIGTERM, as a person stops it. */
  stop(): Promise<void>;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Running, but perhaps not polling yet: a fault may end it before it says READY. */
export function spawnWorker({
  home,
  address,
  namespace = 'default',
  faults,
  variables = {},
}: WorkerOrder): WorkerProcess {
  const args = ['--home', home, '--address', address, '--namespace', namespace];
  const child = spawn(process.execPath, [join(packageRoot(), 'workers', 'main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      NODE_NO_WARNINGS: '1',
      // Made once per run: each worker would take a second or two for it.
      PHASEWRIGHT_WORKFLOW_BUNDLE: testBundle().codePath,
      ...variables,
      ...(faults === undefined ? {} : { PHASEWRIGHT_FAULTS: faults }),
    },
  });
  alive.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  // 'close' comes after the last output, 'exit' may not; a child that inherited the pipes holds it up.
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => {
      alive.delete(child);
      setTimeout(() => resolve(signal ?? `exit ${String(code)}`), 50);
    }),
  );
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return {
    pid: child.pid ?? 0,
    output: () => said,
    ended,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

/** Polling when this returns. */
export async function startWorkerProcess(order: WorkerOrder): Promise<WorkerProcess> {
  const worker = spawnWorker(order);
  let over: string | undefined;
  void worker.ended.then((how) => {
    over = how;
  });
  while (!worker.output().includes('READY {')) {
    if (over !== undefined)
      throw new Error(`The worker ended (${over}) before it was ready:\n${worker.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return worker;
}

export interface CrashingWorkers {
  /** Faults that fired, in order, e.g. `land:effect`. */
  readonly fired: readonly string[];
  /** Those that have not fired yet. */
  readonly armed: readonly string[];
  /** What all its workers said. */
  output(): string;
  /** Rejects if a worker ended by anything else than a fault; never resolves before `stop`. */
  readonly running: Promise<void>;
  /** The last worker, by SIGTERM. */
  stop(): Promise<void>;
}

/**
 * Workers one after another on the same data folder: each is armed with the faults that have not fired yet and dies at the
 * first it comes to; the last has none left and goes on.
 */
export function startCrashingWorkers(
  order: Omit<WorkerOrder, 'faults'>,
  faults: readonly string[],
): CrashingWorkers {
  const fired: string[] = [];
  let armed = [...faults];
  let said = '';
  let worker: WorkerProcess | undefined;
  let stopping = false;
  const running = (async () => {
    while (!stopping) {
      worker = spawnWorker({ ...order, faults: armed.map((fault) => `${fault}=kill`).join(';') });
      const how = await worker.ended;
      said += `${worker.output()}── ended by ${how}\n`;
      const hit = /fault point (\w+:\w+)@1: kill/.exec(worker.output())?.[1];
      if (hit === undefined) {
        if (stopping) return;
        throw new Error(`A worker ended by itself (${how}):\n${worker.output()}`);
      }
      fired.push(hit);
      armed = armed.filter((fault) => fault !== hit);
    }
  })();
  running.catch(() => undefined);
  return {
    fired,
    get armed() {
      return armed;
    },
    output: () => said + (worker === undefined ? '' : worker.output()),
    running,
    async stop() {
      stopping = true;
      await worker?.stop();
      await running;
    },
  };
}
