/**
 * `npm run bench`: the product beside its floors, on a Temporal server of its own, in a folder that is removed afterwards.
 *   --reps N        whole projects, each beside its floors (default 5)
 *   --phases N      phases of such a project (3)
 *   --tasks N       tasks of each phase (2)
 *   --waiting N     projects that wait at a gate (30)
 *   --decisions N   of these, how many are decided (30)
 *   --files N       files of the repository (200)
 *   --against PATH  the same of another checkout's product, in turn, on the same server
 *   --cli           also how soon the installed command starts; packs and installs it first
 *   --repository R  instead: the product beside bare git on a large repository: heavy, wide, deep, or large for all three
 * Prints what it does, tables, and at the end one line of JSON. docs/benchmarks.md explains the numbers.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { packageRoot } from '../temporal/package-root.ts';
import { bundleFloor, bundleProduct } from './bundles.ts';
import { type CommandStart, measureCommand } from './command-start.ts';
import { type Gates, measureGates } from './gates.ts';
import { openGitFloor } from './git-floor.ts';
import { measureLarge } from './large.ts';
import { type Options, readOptions } from './options.ts';
import { report } from './report.ts';
import { makeRepository } from './repository.ts';
import { withServer } from './server.ts';
import {
  type Side,
  type SideName,
  type SideOptions,
  startProduct,
  startProgramFloor,
  startShapeFloor,
} from './side.ts';
import { measureWholeProjects } from './whole-projects.ts';

const began = Date.now();
const say = (line: string): void =>
  console.log(`[${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}`);

interface Ground {
  readonly client: Client;
  readonly address: string;
  readonly folder: string;
  readonly options: Options;
  readonly bundles: Readonly<Record<SideName, string>>;
}

/** Each side has repositories and data folders of its own; gated projects are as small as can be. */
async function startSide(
  { client, address, folder, options, bundles }: Ground,
  name: Exclude<SideName, 'shape'>,
  gated: boolean,
): Promise<Side> {
  const home = join(folder, `${name}-${gated ? 'gated' : 'plain'}`);
  mkdirSync(home);
  const repository = await makeRepository(home, options.files);
  const size = gated ? { phases: 1, tasks: 1 } : { phases: options.phases, tasks: options.tasks };
  const common = {
    client,
    address,
    bundle: bundles[name],
    folder: join(home, 'data'),
    repository,
    size,
    gated,
  };
  if (name === 'program') return startProgramFloor({ ...common, checkout: packageRoot() });
  const checkout = name === 'before' ? (options.against ?? '') : packageRoot();
  return startProduct(name, { ...common, checkout });
}

async function measure(ground: Ground, opened: Set<Side>): Promise<void> {
  const { client, address, folder, options, bundles } = ground;
  const keep = async (starting: Promise<Side>): Promise<Side> => {
    const side = await starting;
    opened.add(side);
    return side;
  };
  const names = [
    'product',
    ...(options.against === undefined ? [] : ['before' as const]),
    'program',
  ] as const;
  const size = { phases: options.phases, tasks: options.tasks };
  const shapeOptions: SideOptions = {
    ...{ client, address, folder, size, bundle: bundles.shape, checkout: packageRoot(), gated: false },
  };
  const shapeFolder = join(folder, 'shape');
  mkdirSync(shapeFolder);
  const sides: Side[] = [];
  for (const name of names) sides.push(await keep(startSide(ground, name, false)));
  const whole = await measureWholeProjects({
    client,
    sides,
    openShapeFloor: (shape) => keep(startShapeFloor({ ...shapeOptions, shape })),
    gitFloor: await openGitFloor(shapeFolder, await makeRepository(shapeFolder, options.files)),
    size,
    reps: options.reps,
    say,
  });
  await Promise.all(sides.map(({ worker }) => worker.stop()));

  const gates: Partial<Record<SideName, Gates>> = {};
  const commands: Partial<Record<SideName, readonly CommandStart[]>> = {};
  for (const name of names) {
    const side = await keep(startSide(ground, name, true));
    const measured = await measureGates(side, { ...options, client, say });
    gates[name] = measured;
    if (options.cli && name !== 'program') {
      const checkout = name === 'before' ? (options.against ?? '') : packageRoot();
      const slug = side.gatekeeper('gate-warm').workflowId.split('.')[1] ?? '';
      const install = join(folder, `${name}-installed`);
      commands[name] = await measureCommand({ checkout, folder: install, address, slug, say });
    }
    await side.worker.stop();
    if (name !== 'product') continue;
    const floor = await keep(startShapeFloor({ ...shapeOptions, shape: measured.shape }));
    gates.shape = await measureGates(floor, { ...options, client, say });
    await floor.worker.stop();
  }
  console.log(report({ options, whole, gates, commands, seconds: (Date.now() - began) / 1000 }));
}

async function measureRepositories(ground: Ground, opened: Set<Side>): Promise<void> {
  const { client, address, folder, options, bundles } = ground;
  const size = { phases: options.phases, tasks: options.tasks };
  for (const repository of options.repositories) {
    const home = join(folder, repository);
    mkdirSync(home);
    console.log(
      await measureLarge({
        ...{ client, address, repository, size, say, opened },
        ...{ folder: home, bundle: bundles.product, reps: options.reps },
      }),
    );
    // The disk needn't hold all of them at once.
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

const options = readOptions();
await withServer(say, async ({ client, address, folder }) => {
  say('Bundling the workflows of all sides.');
  const bundles = {
    product: await bundleProduct(folder, 'product', packageRoot()),
    before: options.against === undefined ? '' : await bundleProduct(folder, 'before', options.against),
    shape: await bundleFloor(folder, 'shape'),
    program: await bundleFloor(folder, 'program'),
  };
  const opened = new Set<Side>();
  const ground = { client, address, folder, options, bundles };
  try {
    await (options.repositories.length > 0 ? measureRepositories : measure)(ground, opened);
  } finally {
    await Promise.all([...opened].map(({ worker }) => worker.stop()));
  }
});
