/**
 * `npm run bench`: the product beside its own floor, on a Temporal server of its own, in a folder that is removed afterwards.
 *   --reps N      whole projects, each beside its floor (default 5)
 *   --phases N    phases of such a project (3)
 *   --tasks N     tasks of each phase (2)
 *   --projects N  projects that wait at a gate (30)
 *   --files N     files of the repository (200)
 * Prints what it does, tables, and at the end one line of JSON. docs/benchmarks.md explains the numbers.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { loadConfig } from '../config/load.ts';
import { findTemporalCli } from '../temporal/cli.ts';
import { dataConverter } from '../temporal/data-converter.ts';
import { bundleWorkflows } from '../workers/bundle.ts';
import { startEmbeddedServer } from '../temporal/embedded-server.ts';
import { openFloorGit } from './floor-git.ts';
import { type Gates, measureGates } from './gates.ts';
import { partsOf, reactionLegs } from './parts.ts';
import { ratios, text } from './report.ts';
import { gitVersion, makeRepository } from './repository.ts';
import type { Shape } from './shape.ts';
import { type Side, startFloor, startProduct } from './side.ts';
import { round } from './statistics.ts';
import { measureWholeProjects } from './whole-projects.ts';

const began = Date.now();
const say = (line: string): void =>
  console.log(`[${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}`);

const defaults = { reps: 5, phases: 3, tasks: 2, projects: 30, files: 200 };
type Options = typeof defaults;

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      reps: { type: 'string' },
      phases: { type: 'string' },
      tasks: { type: 'string' },
      projects: { type: 'string' },
      files: { type: 'string' },
    },
  });
  const read = (name: keyof Options): number => {
    const given = values[name];
    if (given === undefined) return defaults[name];
    if (!/^[1-9]\d{0,5}$/.test(given))
      throw new Error(`--${name} must be a whole number from 1 on, not '${given}'.`);
    return Number(given);
  };
  return {
    reps: read('reps'),
    phases: read('phases'),
    tasks: read('tasks'),
    projects: read('projects'),
    files: read('files'),
  };
}

async function bench(options: Options, folder: string): Promise<void> {
  const size = { phases: options.phases, tasks: options.tasks };
  const config = loadConfig({ env: { ...process.env, PHASEWRIGHT_HOME: join(folder, 'server') } });
  const { cacheDir, searchPath, temporalCli, download } = config;
  const findCli = async () =>
    (await findTemporalCli({ log: say, cacheDir, searchPath, cliPath: temporalCli, download })).path;
  const server = await startEmbeddedServer({
    dataDir: config.dataDir,
    findCli,
    log: say,
    headless: true,
    port: 17400,
  });
  const connection = await Connection.connect({ address: server.address });
  const open = new Set<Side>();
  // However this ends: the server is a process of its own, and would go on.
  const endServer = (): void => void process.kill(server.pid, 'SIGTERM');
  process.once('exit', endServer);
  try {
    const client = new Client({ connection, dataConverter });
    const { address } = server;
    say('Bundling the workflows of both sides.');
    const bundles = {
      product: keep(folder, 'product', await bundleWorkflows()),
      floor: keep(folder, 'floor', await bundleFloor()),
    };
    const remotes = {
      product: await makeRepository(join(folder, 'product'), options.files),
      floor: await makeRepository(join(folder, 'floor'), options.files),
    };
    const begin = async (starting: Promise<Side>): Promise<Side> => {
      const side = await starting;
      open.add(side);
      return side;
    };
    const product = (gated: boolean) =>
      startProduct({
        client,
        address,
        bundle: bundles.product,
        folder: join(folder, gated ? 'gated-home' : 'home'),
        repository: remotes.product,
        size: gated ? { phases: 1, tasks: 1 } : size,
        gated,
      });
    const floor = (shape: Shape) => startFloor({ client, address, bundle: bundles.floor, folder, shape });

    const plain = await begin(product(false));
    const whole = await measureWholeProjects({
      client,
      product: plain,
      openFloor: (shape) => begin(floor(shape)),
      floorGit: await openFloorGit(join(folder, 'floor'), remotes.floor),
      size,
      reps: options.reps,
      say,
    });
    await plain.worker.stop();

    const gatesOf = async (starting: Promise<Side>): Promise<Gates> => {
      const side = await begin(starting);
      const gates = await measureGates(client, side, options.projects, say);
      await side.worker.stop();
      return gates;
    };
    const productGates = await gatesOf(product(true));
    const gates = { product: productGates, floor: await gatesOf(floor(productGates.shape)) };

    const machine = {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      git: gitVersion(),
      load: loadavg().map((load) => Number(load.toFixed(2))),
    };
    console.log(text(whole, gates));
    console.log(
      `\nMachine: ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Node ${machine.node}, git ${machine.git}, load at the end ${machine.load.join(' ')}.\n`,
    );
    console.log(
      json({
        bench: 'phasewright',
        schema: 1,
        options,
        machine,
        ratios: ratios(whole, gates),
        parts: partsOf(whole),
        reaction: { product: reactionLegs(gates.product), floor: reactionLegs(gates.floor) },
        seconds: Math.round((Date.now() - began) / 1000),
      }),
    );
  } finally {
    await Promise.all([...open].map(({ worker }) => worker.stop()));
    await connection.close();
    process.off('exit', endServer);
    await server.stop();
  }
}

const bundleFloor = () =>
  bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('floor-workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });

function keep(folder: string, name: string, { code }: { readonly code: string }): string {
  const file = join(folder, `${name}.bundle.js`);
  writeFileSync(file, code);
  return file;
}

const json = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'number' ? round(each) : each));

const options = readOptions();
const folder = mkdtempSync(join(tmpdir(), 'phasewright-bench-'));
const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
process.once('exit', remove);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
for (const side of ['product', 'floor']) mkdirSync(join(folder, side));
await bench(options, folder);
