/**
 * `npm run bench:busy-base`: other people move base all the time, and whoever reviews takes longer than it stands still.
 *   --every S       seconds between two moves of base (default 4)
 *   --review S      seconds from a gate to its answer (5)
 *   --limit S       seconds for the first gate to open, and for the merge after it; then base comes to rest (120)
 *   --against PATH  another checkout's product first, in the same way
 * Prints what it does and a table. docs/benchmarks.md explains it.
 */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { projectWorkflowId } from '../domain/names/workflow-ids.ts';
import type { ProjectStatusView } from '../domain/views/status.ts';
import { packageRoot } from '../temporal/package-root.ts';
import { writeAgents } from './agents.ts';
import { bundleProduct } from './bundles.ts';
import { readTree } from './histories.ts';
import { git, makeRepository } from './repository.ts';
import { type BenchServer, withServer } from './server.ts';
import { round, table } from './statistics.ts';
import { startWorkerProcess } from './worker-process.ts';

const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '4' },
    review: { type: 'string', default: '5' },
    limit: { type: 'string', default: '120' },
    against: { type: 'string' },
  },
});
const seconds = (name: 'every' | 'review' | 'limit'): number => {
  const given = Number(values[name]);
  if (!(given > 0)) throw new Error(`--${name} must be a number of seconds above 0, not '${values[name]}'.`);
  return given * 1_000;
};
const [everyMs, reviewMs, limitMs] = [seconds('every'), seconds('review'), seconds('limit')];

const began = performance.now();
const say = (line: string): void =>
  console.log(`[${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}`);

interface Scenario {
  readonly title: string;
  /** Of the project file, beside what is approved. */
  readonly approval: Readonly<Record<string, string>>;
  readonly checkSeconds: number;
}
const scenarios: readonly Scenario[] = [
  { title: 'checks of 0 s', approval: {}, checkSeconds: 0 },
  { title: 'checks of 2 s', approval: {}, checkSeconds: 2 },
  { title: 'checks of 6 s', approval: {}, checkSeconds: 6 },
];
const asking: Scenario = { title: 'carry: never', approval: { carry: 'never' }, checkSeconds: 0 };

interface Place {
  readonly server: BenchServer;
  readonly taskQueue: string;
  readonly repository: string;
  /** A person's clone of it. */
  readonly clone: string;
}

interface Outcome {
  readonly gates: number;
  readonly moves: number;
  readonly updates: number;
  /** From the first approval; null: not before base came to rest. */
  readonly mergedMs: number | null;
  /** From when base came to rest. */
  readonly restedMs: number | null;
}

/** Moves base until it is stopped. */
function move({ clone }: Place, base: string) {
  const stopped = new AbortController();
  let moves = 0;
  const moving = (async () => {
    for (;;) {
      await sleep(everyMs, undefined, { signal: stopped.signal });
      await git(clone, ['fetch', '-q', 'origin', base]);
      await git(clone, ['switch', '-q', '--detach', 'FETCH_HEAD']);
      writeFileSync(join(clone, `${base}.txt`), `${moves}\n`);
      await git(clone, ['add', '-A']);
      await git(clone, ['commit', '-q', '-m', 'Move']);
      const pushed = await git(clone, ['push', '-q', 'origin', `HEAD:refs/heads/${base}`]).catch(() => null);
      // The merge may have been faster.
      if (pushed !== null) moves += 1;
    }
  })().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });
  return {
    moves: () => moves,
    async stop() {
      stopped.abort();
      await moving;
    },
  };
}

/** Approves at each gate, and says at each what it is. */
async function review(handle: WorkflowHandle, over: AbortSignal, onGate: (nth: number) => void) {
  for (let gates = 0, last = ''; ; await sleep(100)) {
    if (over.aborted) return;
    const { gate } = await handle
      .query<ProjectStatusView>('status')
      .catch(() => ({ gate: null as ProjectStatusView['gate'] }));
    if (gate === null || gate.id === last) continue;
    last = gate.id;
    gates += 1;
    onGate(gates);
    await sleep(reviewMs);
    const { id: gateId, headSha } = gate;
    // A gate may have been taken back meanwhile: then the next one is answered.
    await handle
      .executeUpdate('approve', { args: [{ by: 'bench', gateId, headSha }] })
      .catch(() => undefined);
  }
}

async function play(
  place: Place,
  name: string,
  { title, approval, checkSeconds }: Scenario,
): Promise<Outcome> {
  const { server, taskQueue, repository, clone } = place;
  const base = `base-${name}`;
  await git(clone, ['switch', '-q', '--detach', 'origin/main']);
  await git(clone, ['push', '-q', 'origin', `HEAD:refs/heads/${base}`]);
  const workflowId = projectWorkflowId(name);
  const handle = await server.client.workflow.start('projectWorkflow', {
    taskQueue,
    workflowId,
    args: [
      {
        ...{ name, slug: name, repository, base, notify: [] },
        phases: [{ name: 'Phase 1', tasks: ['Write file 1 of phase 1'] }],
        checks: [`sleep ${checkSeconds}`],
        approval: { phases: 'none', ...approval },
      },
    ],
  });
  const over = new AbortController();
  const mover = move(place, base);
  let gates = 0;
  const asked = new EventTarget();
  const firstGate = once(asked, 'gate').then(() => performance.now());
  const reviewing = review(handle, over.signal, (nth) => {
    gates = nth;
    asked.dispatchEvent(new Event('gate'));
    say(`${title}: gate ${nth} opened after ${mover.moves()} moves of base.`);
  });
  const merged = handle.result().then(() => performance.now());
  const late = () => sleep(limitMs, null, { signal: over.signal });
  const first = await Promise.race([firstGate, late()]);
  const inTime = first === null ? null : await Promise.race([merged, late()]);
  const moves = mover.moves();
  const rest = performance.now();
  await mover.stop();
  say(`${title}: ${inTime === null ? 'not merged; base rests now' : 'merged'}.`);
  const end = await merged;
  over.abort();
  await reviewing;
  const { activities } = await readTree(server.client, workflowId);
  return {
    gates,
    moves,
    updates: activities.filter((each) => each.name === 'bringUpToDate').length,
    mergedMs: first === null || inTime === null ? null : inTime - first - reviewMs,
    restedMs: inTime === null ? end - rest : null,
  };
}

async function measure(
  server: BenchServer,
  side: string,
  checkout: string,
): Promise<readonly (string | number)[][]> {
  const home = join(server.folder, side);
  mkdirSync(home, { mode: 0o700 });
  const repository = await makeRepository(home, 200);
  const clone = join(home, 'person');
  await git(home, ['clone', '-q', repository, clone]);
  const hostId = `bench-${process.pid}-${side}`;
  const worker = await startWorkerProcess({
    ...{ kind: 'product', hostId, taskQueue: hostId, address: server.address, checkout },
    bundle: await bundleProduct(server.folder, side, checkout),
    folder: join(home, 'data'),
    agentsFile: writeAgents(home, { phases: 1, tasks: 1 }),
  });
  const place = { server, taskQueue: hostId, repository, clone };
  const rows: (string | number)[][] = [];
  try {
    // An earlier product may not know the setting.
    for (const [index, scenario] of [...scenarios, ...(side === 'before' ? [] : [asking])].entries()) {
      const { gates, moves, updates, mergedMs, restedMs } = await play(place, `${side}-${index}`, scenario);
      const when =
        mergedMs === null
          ? `${round((restedMs ?? 0) / 1_000)} s after base rested`
          : `${round(mergedMs / 1_000)} s`;
      rows.push([side, scenario.title, gates, when, moves, updates]);
    }
  } finally {
    await worker.stop();
  }
  return rows;
}

await withServer(say, async (server) => {
  const sides = [
    ...(values.against === undefined ? [] : ([['before', resolve(values.against)]] as const)),
    ['product', packageRoot()] as const,
  ];
  const rows: (string | number)[][] = [];
  for (const [side, checkout] of sides) rows.push(...(await measure(server, side, checkout)));
  const columns = ['which', 'project', 'gates', 'first approval → merged', 'moves of base', 'updates'];
  console.log(`\nBase moves every ${everyMs / 1_000} s, a review takes ${reviewMs / 1_000} s.\n`);
  console.log(table(columns, rows));
});
