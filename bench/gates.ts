/** Many projects that wait at a phase's gate: what each holds of the worker's memory, and how soon a decision moves one on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { nextActivityAt, readTree, shapeOf } from './histories.ts';
import type { Shape } from './shape.ts';
import { numbers, type Side } from './side.ts';

export interface Gates {
  /** Resident memory of the worker: with one project at its gate, and with all. */
  readonly rssBefore: number;
  readonly rssAll: number;
  readonly bytesPerProject: number;
  /** Milliseconds from sending the decision to the start of the next activity. */
  readonly updates: readonly number[];
  readonly signals: readonly number[];
  /** Of a project that was approved at its phase's gate. */
  readonly shape: Shape;
}

const atOnce = 4;
const settleMs = 2_000;

export async function measureGates(
  client: Client,
  side: Side,
  projects: number,
  say: (line: string) => void,
): Promise<Gates> {
  const open = async (name: string) => {
    await side.start(name);
    await untilGate(side.phase(name));
    return name;
  };
  const warm = await open('gate-warm');
  await sleep(settleMs);
  const rssBefore = await side.worker.memory();
  const names = numbers(projects).map((number) => `gate-${number}`);
  const waiting = [...names];
  const began = Date.now();
  const timer = setInterval(
    () =>
      say(
        `Opening gates (${side.name}): ${projects - waiting.length} of ${projects} projects started, ${Math.round((Date.now() - began) / 1000)} s.`,
      ),
    5_000,
  );
  await Promise.all(
    numbers(atOnce).map(async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await open(name);
    }),
  ).finally(() => clearInterval(timer));
  await sleep(settleMs);
  const rssAll = await side.worker.memory();

  say(`Deciding at ${projects} gates (${side.name}), one after another, updates and signals in turn.`);
  const updates: number[] = [];
  const signals: number[] = [];
  for (const [index, name] of [warm, ...names].entries()) {
    const took = await decide(client, side.phase(name), index % 2 === 0 ? 'update' : 'signal');
    if (index > 0) (index % 2 === 0 ? updates : signals).push(took);
  }
  const { workflowId } = side.phase(warm);
  const root = workflowId.replace(side.name === 'product' ? /\.phase\.1$/ : /\.1$/, '');
  return {
    rssBefore,
    rssAll,
    bytesPerProject: (rssAll - rssBefore) / projects,
    updates,
    signals,
    shape: shapeOf(await readTree(client, root)),
  };
}

/** Send, then wait until the phase has ended, so that the next decision has the machine to itself. */
async function decide(client: Client, phase: WorkflowHandle, how: 'update' | 'signal'): Promise<number> {
  const sent = performance.timeOrigin + performance.now();
  if (how === 'update') await phase.executeUpdate('approve', { args: [{ by: 'bench' }] });
  else await phase.signal('approve', { by: 'bench' });
  await phase.result();
  const next = nextActivityAt(await readTree(client, phase.workflowId));
  if (next === undefined) throw new Error(`${phase.workflowId} was approved, and no activity followed.`);
  return next - sent;
}

async function untilGate(phase: WorkflowHandle): Promise<void> {
  for (let last: unknown, deadline = Date.now() + 120_000; ; await sleep(50)) {
    try {
      const view = await phase.query<{ readonly gate: unknown }>('status');
      if (view.gate !== null) return;
      last = view;
    } catch (error) {
      last = error; // not started yet
    }
    if (Date.now() > deadline)
      throw new Error(
        `${phase.workflowId} did not reach its gate within two minutes: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
      );
  }
}
