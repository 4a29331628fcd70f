/** One project at a time from start to end: each product, each floor, and the bare git commands, in turn. */
import type { Client } from '@temporalio/client';
import type { GitFloor } from './git-floor.ts';
import { readTree, shapeOf, type WorkflowTree } from './histories.ts';
import type { Shape } from './shape.ts';
import type { Side, SideName, Size } from './side.ts';
import { numbers, sum } from './statistics.ts';
import type { GitUse } from './worker.ts';

export interface Run {
  readonly ms: number;
  readonly tree: WorkflowTree;
  readonly git: readonly GitUse[];
}
export interface WholeProjects {
  /** Of the product of this checkout. */
  readonly shape: Shape;
  /** The shape floor's runs have the bare git commands of one project, and their time. */
  readonly runs: Readonly<Partial<Record<SideName, readonly Run[]>>>;
}

export interface WholeOptions {
  readonly client: Client;
  readonly sides: readonly Side[];
  /** Told the product's shape, then starts. */
  readonly openShapeFloor: (shape: Shape) => Promise<Side>;
  readonly gitFloor: GitFloor;
  readonly size: Size;
  readonly reps: number;
  readonly say: (line: string) => void;
}

export async function measureWholeProjects(options: WholeOptions): Promise<WholeProjects> {
  const { client, gitFloor, size, reps, say } = options;
  const carryOut = async (side: Side, name: string): Promise<Run> => {
    await side.worker.git();
    const began = performance.now();
    const handle = await side.start(name);
    await handle.result();
    const ms = performance.now() - began;
    const bare = side.name === 'shape' ? await gitFloor(name, size) : [];
    return {
      ms: ms + sum(bare.map((each) => each.ms)),
      tree: await readTree(client, handle.workflowId),
      git: [...(await side.worker.git()), ...bare],
    };
  };

  say('Warming up: one project of each kind, not counted.');
  let shape: Shape | undefined;
  for (const side of options.sides) {
    const { tree } = await carryOut(side, 'warm');
    if (side.name === 'product') shape = shapeOf(tree);
  }
  if (shape === undefined) throw new Error('The product of this checkout is not among the sides.');
  const shapeFloor = await options.openShapeFloor(shape);
  await carryOut(shapeFloor, 'warm');

  const sides = [...options.sides, shapeFloor];
  const runs = new Map<SideName, Run[]>(sides.map(({ name }) => [name, []]));
  for (const rep of numbers(reps)) {
    // In turn, and each second time the other way round, so that what happens beside us hits all alike.
    for (const side of rep % 2 === 0 ? sides.toReversed() : sides)
      runs.get(side.name)?.push(await carryOut(side, `whole-${rep}`));
    const took = [...runs].map(([name, done]) => `${name} ${((done.at(-1)?.ms ?? 0) / 1000).toFixed(2)} s`);
    say(`Project ${rep} of ${reps}: ${took.join(', ')}.`);
  }
  await shapeFloor.worker.stop();
  return { shape, runs: Object.fromEntries(runs) };
}
