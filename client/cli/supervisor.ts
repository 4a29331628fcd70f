/**
 * Keeps a worker running: started anew when it dies, with growing pauses, and given up when it dies again and again. What
 * must stay true: one worker at a time, and `stop` returns when it is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SupervisedProgram {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface SupervisorOptions {
  /** Each line the program prints, apart from `READY`. */
  readonly onLine: (line: string) => void;
  /** It polls; the JSON after `READY`. */
  readonly onReady: (facts: string) => void;
  readonly say: (line: string) => void;
  /** Deaths within `withinMs` after which it is given up. Default 5 in a minute. */
  readonly maxDeaths?: number;
  readonly withinMs?: number;
  /** First pause before a new start, doubled each time. Default 500 ms. */
  readonly pauseMs?: number;
  /** From SIGTERM to SIGKILL. Default 20 s. */
  readonly graceMs?: number;
}

export interface Supervisor {
  /** 0 after `stop`; 1 when it was given up. */
  readonly ended: Promise<number>;
  /** The running process; undefined between two. */
  pid(): number | undefined;
  /** Drains the running one; a new one follows. */
  restart(): void;
  stop(): Promise<void>;
}

export function supervise({ path, args, env }: SupervisedProgram, options: SupervisorOptions): Supervisor {
  const { say, maxDeaths = 5, withinMs = 60_000, pauseMs = 500, graceMs = 20_000 } = options;
  let child: ChildProcess | undefined;
  const halt = new AbortController();

  async function runOnce(): Promise<string> {
    const running = spawn(process.execPath, [path, ...args], {
      env: env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = running;
    hearLines(running, options);
    return new Promise((resolve) => {
      running.once('error', (error) => resolve(error.message));
      running.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
    });
  }

  async function keepRunning(): Promise<number> {
    let deaths: number[] = [];
    for (;;) {
      const how = await runOnce();
      child = undefined;
      if (halt.signal.aborted) return 0;
      const now = Date.now();
      deaths = [...deaths.filter((at) => now - at < withinMs), now];
      if (deaths.length >= maxDeaths) {
        say(
          `The worker ended ${deaths.length} times within ${withinMs / 1_000} s (last: ${how}); giving up. What it printed above says why.`,
        );
        return 1;
      }
      const pause = pauseMs * 2 ** (deaths.length - 1);
      say(`The worker ended (${how}); a new one starts in ${pause / 1_000} s. Nothing is lost.`);
      await sleep(pause, undefined, { signal: halt.signal }).catch(() => undefined);
      if (halt.signal.aborted) return 0;
    }
  }

  const ended = keepRunning();
  return {
    ended,
    pid: () => child?.pid,
    restart: () => void child?.kill('SIGTERM'),
    async stop() {
      halt.abort();
      const running = child;
      running?.kill('SIGTERM');
      const killer = setTimeout(() => running?.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(killer);
    },
  };
}

function hearLines(child: ChildProcess, { onLine, onReady }: SupervisorOptions): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('READY ')) onReady(line.slice('READY '.length));
        else onLine(line);
      }
    });
    stream?.on('end', () => {
      if (rest !== '') onLine(rest);
    });
  }
}
