/**
 * A worker process dies by SIGKILL at every activity's fault points, and the next one goes on. The list is made from the
 * activities that workers offer and the fault points in the code. By default the outcomes nobody knows (effect done, answer
 * lost), the moments in the middle of work, and both sides of a landing; `CRASH_MATRIX=full` runs every point.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type WorkflowHandle } from '@temporalio/client';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { composeActivities } from '../../workers/activities.ts';
import { landedTasks, leftBehind, pullRequestsOf, pullRequestStates, settled } from '../support/aftermath.ts';
import { eventually } from '../support/eventually.ts';
import { processesOf } from '../support/processes.ts';
import { type Deeds, deedsOn } from '../support/code-host-effects.ts';
import { allFaults, codeHostFaults, isWorst, type Row, rowsOf } from '../support/crash-matrix.ts';
import {
  answer,
  endless,
  metIn,
  metOnCodeHost,
  phaseGate,
  type Scenario,
  scenarios,
} from '../support/crash-scenarios.ts';
import { limitConcurrency } from '../support/limit-concurrency.ts';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';
import { hostedName, type ProjectStatusView, type Rig, type RigOptions, startRig } from '../support/rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  type CrashingWorkers,
  spawnWorker,
  startCrashingWorkers,
  startWorkerProcess,
} from '../support/worker-process.ts';

const full = process.env['CRASH_MATRIX'] === 'full';
/** Each project has its own workers, so no more than the machine can start at once. */
const atATime = 5;
/** All of them together, on any machine. */
const longest = 3_600_000;

const rows = [
  ...rowsOf(full ? allFaults : allFaults.filter(isWorst)),
  ...rowsOf(codeHostFaults, metOnCodeHost),
];
type Order = Parameters<typeof startWorkerProcess>[0];
/** Started with the rows, since they wait most of the time. */
const stories: Readonly<
  Record<string, { readonly options: RigOptions; tell(rig: Rig, order: Order): Promise<void> }>
> = {
  'while its agent works leaves nothing of the agent running once the next one is there': {
    options: { entries: endless },
    tell: agentIsLeft,
  },
  'while a gate waits loses neither the gate nor what people say meanwhile': {
    options: {},
    tell: gateIsLeft,
  },
  'for the others but comes back later does nothing twice': { options: {}, tell: zombieComesBack },
};
const namespaces = [...rows, ...Object.keys(stories)].map((_each, index) => `crash-${index}`);

let server: OwnServer;
let crashRuns: ReadonlyMap<string, Promise<Ended>>;
let told: ReadonlyMap<string, Promise<void>>;
beforeAll(async () => {
  server = await startOwnServer(namespaces.flatMap((name) => ['--namespace', name]));
  const connection = await Connection.connect({ address: server.address });
  await Promise.all(namespaces.map((name) => ensureSearchAttributes(connection, name)));
  await connection.close();
  const limited = limitConcurrency(atATime);
  const free = [...namespaces];
  told = new Map(
    Object.entries(stories).map(([title, { options, tell }]) => {
      const namespace = free.pop() ?? '';
      return [title, limited(() => withRig(namespace, options, tell))];
    }),
  );
  crashRuns = new Map(rows.map((row) => [row.title, limited(() => crashRun(row, free.pop() ?? ''))]));
});
afterAll(async () => {
  await Promise.allSettled([...(crashRuns?.values() ?? []), ...(told?.values() ?? [])]);
  await server?.stop();
}, longest);

it('meets every activity that a worker offers', async () => {
  const { shared, host, agents } = await composeActivities({
    dataDir: temporaryFolder(),
    hostId: 'host1',
    namespace: { id: 'none', name: 'default' },
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
      const ended = await crashRuns.get(row.title);
      if (ended === undefined) throw new Error('It was not run.');
      const scenario: Scenario = scenarios[row.scenario];

      expect(ended.armed).toEqual([]);
      expect([...ended.fired].sort()).toEqual([...row.faults].sort());
      expect(ended.status).toBe(/cancelled/i.test(row.scenario) ? 'CANCELLED' : 'COMPLETED');
      expect(ended.landed).toEqual(scenario.landed);
      expect(ended.pullRequests).toEqual(scenario.pullRequests);
      expect(ended.gates).toEqual([...new Set(ended.gates)]);
      expect(ended.left).toEqual([]);
      expect(ended.deeds).toEqual({ counts: scenario.effects ?? {}, twice: [] });
      expect(ended.notAsGitHub).toEqual([]);
    },
    longest,
  );
});

describe('a worker that ends', () => {
  it.each(Object.keys(stories))('%s', async (title) => told.get(title), longest);
});

async function agentIsLeft(rig: Rig, order: Order): Promise<void> {
  const first = spawnWorker({ ...order, faults: 'runAgent:heartbeat@3=kill' });
  const slug = rig.slug('agent');
  const run = scenarios.agent.run(rig, slug);

  expect(await first.ended).toBe('SIGKILL');
  expect(first.output()).toContain('fault point runAgent:heartbeat@3: kill');
  expect(processesOf(rig.home).join('\n')).toContain('sleep 601');

  const second = await startWorkerProcess(order);
  expect(second.output()).toContain('Ended 1 leftover processes');
  expect(processesOf(rig.home).join('\n')).not.toContain('sleep 60');
  expect(await (await run).result()).toMatchObject({ status: 'done' });
  expect(landedTasks(rig, slug)).toEqual(['1.1']);
  await second.stop();
  expect(await settled(() => leftBehind(rig))).toEqual([]);
}

async function gateIsLeft(rig: Rig, order: Order): Promise<void> {
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
  expect(pullRequestsOf(rig.home).map(({ state }) => state)).toEqual(['merged', 'merged']);
  await second.stop();
  expect(await settled(() => leftBehind(rig))).toEqual([]);
}

/** SIGSTOP before a push, longer than its heartbeats are waited for; then it wakes up and pushes what others landed long ago. */
async function zombieComesBack(rig: Rig, order: Order): Promise<void> {
  const zombie = spawnWorker({ ...order, faults: 'land:before=stop' });
  const slug = rig.slug('zombie');
  const handle = await scenarios.onePullRequest.run(rig, slug);
  await eventually('that it stopped', () => zombie.output().includes('fault point land:before@1: stop'));

  const second = await startWorkerProcess(order);
  expect(await handle.result()).toMatchObject({ status: 'done' });
  const before = rig.git('for-each-ref');
  process.kill(zombie.pid, 'SIGCONT');
  // What it must not do can only be given time.
  await sleep(3_000);

  expect(rig.git('for-each-ref')).toBe(before);
  expect(landedTasks(rig, slug)).toEqual(['1.1']);
  expect(pullRequestsOf(rig.home).map(({ state }) => state)).toEqual(['merged']);
  await zombie.kill();
  await second.stop();
  expect(await settled(() => leftBehind(rig))).toEqual([]);
}

interface Ended {
  readonly fired: readonly string[];
  readonly armed: readonly string[];
  readonly status: string;
  readonly landed: readonly string[];
  readonly pullRequests: readonly string[];
  /** Gate of each decision. */
  readonly gates: readonly string[];
  readonly left: readonly string[];
  /** On a code host. */
  readonly deeds: Deeds;
  /** Requests that it would not understand. */
  readonly notAsGitHub: readonly unknown[];
}

/** One project from start to end, through all of a row's faults. */
async function crashRun(row: Row, namespace: string): Promise<Ended> {
  const scenario: Scenario = scenarios[row.scenario];
  return withRig(namespace, scenario.rig, async (rig, order) => {
    const workers = startCrashingWorkers(order, row.faults);
    try {
      const slug = rig.slug(row.scenario.toLowerCase());
      const handle = await orTold(scenario.run(rig, slug, workers), workers);
      await orTold(
        handle.result().catch(() => undefined),
        workers,
      );
      const gates = row.scenario === 'looks' ? [] : await gatesOf(handle);
      const { status } = await handle.describe();
      await workers.stop();
      return {
        fired: workers.fired,
        armed: workers.armed,
        status: status.name,
        landed: landedTasks(rig, slug),
        pullRequests: pullRequestStates(rig),
        gates,
        deeds: rig.codeHost === undefined ? { counts: {}, twice: [] } : deedsOn(rig.codeHost, hostedName),
        notAsGitHub: rig.codeHost?.nonConforming() ?? [],
        left: await settled(() => leftBehind(rig)),
      };
    } finally {
      await workers.stop();
    }
  });
}

async function withRig<T>(
  namespace: string,
  options: RigOptions,
  use: (rig: Rig, order: Order) => Promise<T>,
): Promise<T> {
  const rig = await startRig({ ...options, address: server.address, namespace, worker: 'none' });
  try {
    return await use(rig, { home: rig.home, address: server.address, namespace, variables: rig.variables });
  } finally {
    await rig.close();
  }
}

async function gatesOf(handle: WorkflowHandle): Promise<readonly string[]> {
  const { decisions } = await handle.query<ProjectStatusView>('status');
  return decisions.map(({ gateId }) => gateId);
}

/** What the workers said goes with the failure. */
async function orTold<T>(work: Promise<T>, workers: CrashingWorkers): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('It did not end in time.')), longest - 30_000);
  });
  try {
    return await Promise.race([work, late, workers.running.then(() => work)]);
  } catch (error) {
    throw new Error(`${String(error)}\nThe workers said:\n${workers.output()}`);
  } finally {
    clearTimeout(timer);
  }
}
