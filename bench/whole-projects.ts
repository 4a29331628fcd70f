/** One project at a time from start to end: the product, the floor's workflows and the floor's git, in turn. */
import type { Client } from '@temporalio/client';
import type { FloorGit } from './floor-git.ts';
import { readTree, shapeOf, type WorkflowTree } from './histories.ts';
import type { GitRun } from './repository.ts';
import type { Shape } from './shape.ts';
import { numbers, type Side, type Size } from './side.ts';
import type { GitUse } from './worker.ts';

export interface ProductRun {
  readonly ms: number;
  readonly tree: WorkflowTree;
  readonly git: readonly GitUse[];
}
export interface WholeProjects {
  readonly shape: Shape;
  readonly product: readonly ProductRun[];
  readonly floor: readonly { readonly ms: number; readonly tree: WorkflowTree }[];
  readonly floorGit: readonly (readonly GitRun[])[];
}

export interface WholeOptions {
  readonly client: Client;
  readonly product: Side;
  /** Told the product's shape, then starts. */
  readonly openFloor: (shape: Shape) => Promise<Side>;
  readonly floorGit: FloorGit;
  readonly size: Size;
  readonly reps: number;
  readonly say: (line: string) => void;
}

export async function measureWholeProjects({
  client,
  product,
  openFloor,
  floorGit,
  size,
  reps,
  say,
}: WholeOptions): Promise<WholeProjects> {
  async function time(side: Side, name: string) {
    const began = performance.now();
    const handle = await side.start(name);
    await handle.result();
    const ms = performance.now() - began;
    return { ms, tree: await readTree(client, handle.workflowId) };
  }
  const timeProduct = async (name: string): Promise<ProductRun> => {
    await product.worker.git();
    const run = await time(product, name);
    return { ...run, git: await product.worker.git() };
  };

  say('Warming up: one project of each kind, not counted.');
  const shape = shapeOf((await timeProduct('warm')).tree);
  const floor = await openFloor(shape);
  await time(floor, 'warm');
  await floorGit.run('warm', size);

  const done = {
    product: [] as ProductRun[],
    floor: [] as { ms: number; tree: WorkflowTree }[],
    floorGit: [] as (readonly GitRun[])[],
  };
  for (const rep of numbers(reps)) {
    // In turn, and each second time the other way round, so that what happens beside us hits all alike.
    const turns = [
      async () => void done.product.push(await timeProduct(`whole-${rep}`)),
      async () => void done.floor.push(await time(floor, `whole-${rep}`)),
      async () => void done.floorGit.push(await floorGit.run(`whole-${rep}`, size)),
    ];
    for (const turn of rep % 2 === 0 ? turns.toReversed() : turns) await turn();
    const seconds = (ms: number | undefined) => `${((ms ?? 0) / 1000).toFixed(2)} s`;
    say(
      `Project ${rep} of ${reps}: product ${seconds(done.product.at(-1)?.ms)}, floor ${seconds(done.floor.at(-1)?.ms)} + git ${seconds(done.floorGit.at(-1)?.reduce((total, { ms }) => total + ms, 0))}.`,
    );
  }
  await floor.worker.stop();
  return { shape, ...done };
}
