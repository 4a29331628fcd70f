/** Many projects that wait at a phase's gate: what each holds of the worker's memory, and how soon a decision moves one on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { reactionIn, readTree, shapeOf } from './histories.ts';
import type { Shape } from './shape.ts';
import { numbers, type Side, untilGate } from './side.ts';

export interface Gates {
  /** Resident memory of the worker: with one project at its gate, and with all. */
  readonly rssBefore: number;
  readonly rssAll: number;
  readonly bytesPerProject: number;
  readonly updates: readonly Reaction[];
  readonly signals: readonly Reaction[];
  /** Of a project that was approved at its phase's gate. */
  readonly shape: Shape;
}

/** From sending a decision to the start of the next activity, and the stations on the way; milliseconds. */
export interface Reaction {
  readonly ms: number;
  /** The server has the decision. */
  readonly arrivedMs: number;
  /** A workflow task has asked for the activity. */
  readonly scheduledMs: number;
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
  await withProgress(
    () => say(`Opening gates (${side.name}): ${projects - waiting.length} of ${projects} projects started.`),
    Promise.all(
      numbers(atOnce).map(async () => {
        for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await open(name);
      }),
    ),
  );
  await sleep(settleMs);
  const rssAll = await side.worker.memory();

  say(`Deciding at ${projects} gates (${side.name}), one after another, updates and signals in turn.`);
  const updates: Reaction[] = [];
  const signals: Reaction[] = [];
  const decideAll = async () => {
    // Each project settles before the next decision, which so has the machine to itself.
    for (const [index, name] of [warm, ...names].entries()) {
      const took = await decide(client, side.phase(name), index % 2 === 0 ? 'update' : 'signal');
      await side.settled(name);
      if (index > 0) (index % 2 === 0 ? updates : signals).push(took);
    }
  };
  await withProgress(
    () => say(`Deciding (${side.name}): ${updates.length + signals.length} of ${projects}.`),
    decideAll(),
  );
  return {
    rssBefore,
    rssAll,
    bytesPerProject: (rssAll - rssBefore) / projects,
    updates,
    signals,
    shape: shapeOf(await readTree(client, side.project(warm).workflowId)),
  };
}

async function decide(client: Client, phase: WorkflowHandle, how: 'update' | 'signal'): Promise<Reaction> {
  const sent = performance.timeOrigin + performance.now();
  if (how === 'update') await phase.executeUpdate('approve', { args: [{ by: 'bench' }] });
  else await phase.signal('approve', { by: 'bench' });
  await phase.result();
  const next = reactionIn(await readTree(client, phase.workflowId));
  if (next === undefined) throw new Error(`${phase.workflowId} was approved, and no activity followed.`);
  return { ms: next.started - sent, arrivedMs: next.decided - sent, scheduledMs: next.scheduled - sent };
}

async function withProgress<T>(tell: () => void, work: Promise<T>): Promise<T> {
  const timer = setInterval(tell, 2_000);
  return work.finally(() => clearInterval(timer));
}
