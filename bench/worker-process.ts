/** Starts bench/worker.ts, asks it things, and stops it by its own process id. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, GitUse, Question, WorkerOrder } from './worker.ts';

export interface WorkerProcess {
  readonly pid: number;
  /** Since the last call. */
  git(): Promise<readonly GitUse[]>;
  /** Resident bytes. */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export async function startWorkerProcess(order: WorkerOrder): Promise<WorkerProcess> {
  const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), {
    execArgv: ['--expose-gc', '--no-warnings'],
  });
  alive.add(child);
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      alive.delete(child);
      resolve();
    }),
  );
  const answered = () =>
    new Promise<Answer>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Answer));
      void gone.then(() => reject(new Error(`The ${order.kind} worker ended before it answered.`)));
    });
  const ask = async (question: Question | WorkerOrder): Promise<Answer> => {
    const coming = answered();
    child.send(question);
    const answer = await coming;
    if ('error' in answer) throw new Error(`The ${order.kind} worker failed: ${answer.error}`);
    return answer;
  };
  await ask(order);
  return {
    pid: child.pid ?? 0,
    async git() {
      const answer = await ask('git');
      return 'git' in answer ? answer.git : [];
    },
    async memory() {
      const answer = await ask('memory');
      return 'rss' in answer ? answer.rss : Number.NaN;
    },
    async stop() {
      if (!alive.has(child)) return;
      child.send('stop' satisfies Question);
      const force = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await gone;
      clearTimeout(force);
    },
  };
}
