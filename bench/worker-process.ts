/** Starts bench/worker.ts, asks it things, and stops it by its own process id. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, GitUse, Memory, Question, WorkerOrder } from './worker.ts';

export interface WorkerProcess {
  readonly pid: number;
  /** Since the last call. */
  git(): Promise<readonly GitUse[]>;
  memory(): Promise<Memory>;
  stop(): Promise<void>;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export async function startWorkerProcess(order: WorkerOrder): Promise<WorkerProcess> {
  const child = fork(file('worker.ts'), {
    execArgv: ['--expose-gc', '--no-warnings', '--import', file('thread-memory.ts')],
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
    if (answer.kind === 'error') throw new Error(`The ${order.kind} worker failed: ${answer.error}`);
    return answer;
  };
  await ask(order);
  return {
    pid: child.pid ?? 0,
    async git() {
      const answer = await ask('git');
      return answer.kind === 'git' ? answer.git : [];
    },
    async memory() {
      const answer = await ask('memory');
      if (answer.kind !== 'memory') throw new Error(`The ${order.kind} worker does not say what it holds.`);
      return answer.memory;
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
