/**
 * A worker process dies by SIGKILL at every activity's fault points, and the next one goes on. The list is made from the
 * activities that workers offer and the fault points in the code. By default the outcomes nobody knows (effect done, answer
 * lost), the moments in the middle of work, and both sides of a landing; `PHASEWRIGHT_TEST_MATRIX=full` runs every point.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type WorkflowHandle } from '@temporalio/client';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { composeActivities } from '../../workers/activities.ts';
import { landedTasks, leftBehind, processesOf, pullRequestsOf, settled } from '../support/aftermath.ts';
import { allFaults, isWorst, type Row, rowsOf } from '../support/crash-matrix.ts';
import { answer, endless, metIn, phaseGate, type Scenario, scenarios } from '../support/crash-scenarios.ts';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';
import { type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { spawnWorker, startStorm, startWorkerProcess } from '../support/worker-process.ts';

const full = process.env['PHASEWRIGHT_TEST_MATRIX'] === 'full';
/** Each project has its own workers, so no more than the machine can start at once. */
const atATime = 5;
const longest = 600_000;

const rows = rowsOf(full ? allFaults : allFaults.filter(isWorst));
const named = ['stopped agent', 'waiting gate', 'zombie'] as const;
const namespaces = [
  ...rows.map((_row, index) => `storm-${index}`),
  ...named.map((_name, index) => `named-${index}`),
];

let server: OwnServer;
let runs: ReadonlyMap<string, Promise<Ended>>;
beforeAll(async () => {
  server = await startOwnServer(namespaces.flatMap((name) => ['--namespace', name]));
  const connection = await Connection.connect({ address: server.address });
  await Promise.all(namespaces.map((name) => ensureSearchAttributes(connection, name)));
  await connection.close();
  runs = inTurns(rows.map((row, index) => [row.title, () => weather(row, `storm-${index}`)]));
}, 120_000);
afterAll(async () => {
  await Promise.allSettled(runs?.values() ?? []);
  await server.stop();
}, longest);

it('meets every activity that a worker offers', async () => {
  const { shared, host, agents } = await composeActivities({
    dataDir: temporaryFolder(),
    hostId: 'host1',
    environment: { PATH: process.env['PATH'] },
  });
  const offered = new Set([shared, host, agents].flatMap((set) => Object.keys(set)));

  expect([...offered].sort()).toEqual(Object.keys(metIn).sort());
  expect(allFaults.length).toBeGreaterThan(2 * offered.size);
});

describe('a worker is killed, and the next one goes on', () => {
  it.each(rows)(
    '$title',
    async (row) => {
      const ended = await runs.get(row.title);
      if (ended === undefined) throw new Error('It was not run.');
      const scenario: Scenario = scenarios[row.scenario];

      expect(ended.armed).toEqual([]);
      expect([...ended.fired].sort()).toEqual([...row.faults].sort());
      expect(ended.status).toBe(row.scenario === 'cancelled' ? 'CANCELLED' : 'COMPLETED');
      expect(ended.landed).toEqual(scenario.landed);
      expect(ended.pullRequests).toEqual(scenario.pullRequests);
      expect(ended.gates).toEqual([...new Set(ended.gates)]);
      expect(ended.left).toEqual([]);
    },
    longest,
  );
});

describe('a worker that ends', () => {
  it(
    'while its agent works leaves nothing of the agent running once the next one is there',
    async () => {
      await withRig('named-0', { entries: endless }, async (rig, order) => {
        const first = spawnWorker({ ...order, faults: 'runAgent:heartbeat@2=kill' });
        const slug = rig.slug('agent');
        const run = scenarios.agent.run(rig, slug);

        expect(await first.ended).toBe('SIGKILL');
        expect(first.output()).toContain('fault point runAgent:heartbeat@2: kill');
        const agent = Number(readFileSync(join(rig.home, 'agent.pid'), 'utf8'));
        expect(existsSync(`/proc/${agent}`) || process.platform !== 'linux').toBe(true);
        expect(processesOf(rig.home).join('\n')).toContain('sleep 601');

        const second = await startWorkerProcess(order);
        expect(second.output()).toContain('Ended 1 leftover processes');
        expect(processesOf(rig.home).join('\n')).not.toContain('sleep 60');
        expect(await (await run).result()).toMatchObject({ status: 'done' });
        expect(landedTasks(rig, slug)).toEqual(['1.1']);
        await second.stop();
      });
    },
    longest,
  );

  it(
    'while a gate waits loses neither the gate nor what people say meanwhile',
    async () => {
      await withRig('named-1', {}, async (rig, order) => {
        const first = await startWorkerProcess(order);
        const slug = rig.slug('gate');
        const handle = await rig.start(slug, {
          phases: [{ name: 'One', tasks: ['First'] }],
          approval: { project: 'none' },
        });
        const gate = await phaseGate(rig, slug, 1);
        await first.kill();
        expect(await first.ended).toBe('SIGKILL');
        await answer(rig, slug, 'approve', gate);

        const second = await startWorkerProcess(order);
        expect(await handle.result()).toMatchObject({ status: 'done' });
        const view = await rig.status(slug);
        expect(view.decisions.map(({ gateId, by }) => [gateId, by])).toEqual([[gate.id, 'ann']]);
        expect(landedTasks(rig, slug)).toEqual(['1.1']);
        await second.stop();
        expect(leftBehind(rig)).toEqual([]);
      });
    },
    longest,
  );

  it(
    'for the others but comes back later does nothing twice',
    async () => {
      await withRig('named-2', {}, async (rig, order) => {
        const zombie = spawnWorker({ ...order, faults: 'land:before=stop' });
        const slug = rig.slug('zombie');
        const handle = await scenarios.onePullRequest.run(rig, slug);
        while (!zombie.output().includes('fault point land:before@1: stop')) await sleep(100);

        const second = await startWorkerProcess(order);
        expect(await handle.result()).toMatchObject({ status: 'done' });
        const before = rig.git('for-each-ref');
        process.kill(zombie.pid, 'SIGCONT');
        await sleep(3_000);

        expect(rig.git('for-each-ref')).toBe(before);
        expect(landedTasks(rig, slug)).toEqual(['1.1']);
        expect(pullRequestsOf(rig.home).map(({ state }) => state)).toEqual(['merged']);
        await zombie.kill();
        await second.stop();
        expect(leftBehind(rig)).toEqual([]);
      });
    },
    longest,
  );
});

interface Ended {
  readonly fired: readonly string[];
  readonly armed: readonly string[];
  readonly status: string;
  readonly landed: readonly string[];
  readonly pullRequests: readonly string[];
  /** Gate of each decision. */
  readonly gates: readonly string[];
  readonly left: readonly string[];
}

/** One project from start to end, through all of a row's faults. */
async function weather(row: Row, namespace: string): Promise<Ended> {
  const scenario: Scenario = scenarios[row.scenario];
  return withRig(namespace, scenario.rig, async (rig, order) => {
    const storm = startStorm(order, row.faults);
    try {
      const slug = rig.slug(row.scenario.toLowerCase());
      const handle = await orTold(scenario.run(rig, slug, storm), storm.output);
      await orTold(
        handle.result().catch(() => undefined),
        storm.output,
      );
      const gates = row.scenario === 'looks' ? [] : await gatesOf(handle);
      const { status } = await handle.describe();
      await storm.stop();
      return {
        fired: storm.fired,
        armed: storm.armed,
        status: status.name,
        landed: landedTasks(rig, slug),
        pullRequests: pullRequestsOf(rig.home).map(({ state }) => state),
        gates,
        left: await settled(() => leftBehind(rig)),
      };
    } finally {
      await storm.stop();
    }
  });
}

async function withRig<T>(
  namespace: string,
  options: Scenario['rig'],
  use: (
    rig: Rig,
    order: { readonly home: string; readonly address: string; readonly namespace: string },
  ) => Promise<T>,
): Promise<T> {
  const rig = await startRig({ ...options, address: server.address, namespace, worker: 'none' });
  try {
    return await use(rig, { home: rig.home, address: server.address, namespace });
  } finally {
    await rig.close();
  }
}

async function gatesOf(handle: WorkflowHandle): Promise<readonly string[]> {
  const { decisions } = await handle.query<ProjectStatusView>('status');
  return decisions.map(({ gateId }) => gateId);
}

/** What the workers said goes with the failure. */
async function orTold<T>(work: Promise<T>, output: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('It did not end in time.')), longest - 30_000);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw new Error(`${String(error)}\nThe workers said:\n${output()}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Starts them in order, a few at a time. */
function inTurns<T>(jobs: readonly (readonly [string, () => Promise<T>])[]): ReadonlyMap<string, Promise<T>> {
  const free: (() => void)[] = [];
  let running = 0;
  const slot = async (): Promise<void> => {
    if (running < atATime) {
      running += 1;
      return;
    }
    await new Promise<void>((resolve) => free.push(resolve));
  };
  const release = (): void => {
    const waiting = free.shift();
    if (waiting === undefined) running -= 1;
    else waiting();
  };
  return new Map(
    jobs.map(([name, job]) => {
      const run = slot().then(job).finally(release);
      run.catch(() => undefined);
      return [name, run];
    }),
  );
}
