/** Many projects that wait at their first gate: what each holds of the worker's memory, and how soon a decision moves one on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { reactionIn, readTree, shapeOf } from './histories.ts';
import type { Shape } from './shape.ts';
import { type Side, untilGate } from './side.ts';
import { numbers } from './statistics.ts';
import type { Memory } from './worker.ts';

export interface Gates {
  readonly waiting: number;
  /** Of the worker: with one project at its gate, and with all. */
  readonly memoryOfOne: Memory;
  readonly memoryOfAll: Memory;
  readonly updates: readonly Reaction[];
  readonly signals: readonly Reaction[];
  /** Of a project that was approved at its first gate and waits at the next. */
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

export interface GatesOptions {
  readonly client: Client;
  /** Projects that wait beside the first. */
  readonly waiting: number;
  /** How many of them are decided. */
  readonly decisions: number;
  readonly say: (line: string) => void;
}

const atOnce = 4;
const settleMs = 2_000;

/** What one more waiting project holds. */
export const perProject = ({ waiting, memoryOfOne, memoryOfAll }: Gates, what: keyof Memory): number =>
  (memoryOfAll[what] - memoryOfOne[what]) / waiting;

export async function measureGates(side: Side, options: GatesOptions): Promise<Gates> {
  const { client, waiting, say } = options;
  const rootOf = new Map<string, string>();
  const open = async (name: string) => {
    rootOf.set(name, (await side.start(name)).workflowId);
    await untilGate(side.gatekeeper(name));
    return name;
  };
  const warm = await open('gate-warm');
  await sleep(settleMs);
  const memoryOfOne = await side.worker.memory();
  const names = numbers(waiting).map((number) => `gate-${number}`);
  const left = [...names];
  await withProgress(
    () => say(`Opening gates (${side.name}): ${waiting - left.length} of ${waiting} projects started.`),
    Promise.all(
      numbers(atOnce).map(async () => {
        for (let name = left.shift(); name !== undefined; name = left.shift()) await open(name);
      }),
    ),
  );
  await sleep(settleMs);
  const memoryOfAll = await side.worker.memory();

  const decided = names.slice(0, options.decisions);
  say(`Deciding at ${decided.length} gates (${side.name}), one after another, updates and signals in turn.`);
  const updates: Reaction[] = [];
  const signals: Reaction[] = [];
  // Each project settles before the next decision, which so has the machine to itself. The first one is not counted.
  for (const [index, name] of [warm, ...decided].entries()) {
    const how = index % 2 === 0 ? 'update' : 'signal';
    const took = await decide(client, side.gatekeeper(name), how, () => side.settled(name));
    if (index > 0) (how === 'update' ? updates : signals).push(took);
  }
  const shape = shapeOf(await readTree(client, rootOf.get(warm) ?? ''));
  return { waiting, memoryOfOne, memoryOfAll, updates, signals, shape };
}

async function decide(
  client: Client,
  gatekeeper: WorkflowHandle,
  how: 'update' | 'signal',
  settled: () => Promise<void>,
): Promise<Reaction> {
  const sent = performance.timeOrigin + performance.now();
  if (how === 'update') await gatekeeper.executeUpdate('approve', { args: [{ by: 'bench' }] });
  else await gatekeeper.signal('approve', { by: 'bench' });
  await settled();
  const next = reactionIn(await readTree(client, gatekeeper.workflowId));
  if (next === undefined) throw new Error(`${gatekeeper.workflowId} was approved, and no activity followed.`);
  return { ms: next.started - sent, arrivedMs: next.decided - sent, scheduledMs: next.scheduled - sent };
}

async function withProgress<T>(tell: () => void, work: Promise<T>): Promise<T> {
  const timer = setInterval(tell, 5_000);
  return work.finally(() => clearInterval(timer));
}
