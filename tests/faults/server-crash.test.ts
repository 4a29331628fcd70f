/** The server dies by SIGKILL, in the middle of a project and in the middle of people's answers, and comes back on the same state. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { landedTasks, leftBehind, pullRequestsOf, settled } from '../support/aftermath.ts';
import { answer, phaseGate } from '../support/crash-scenarios.ts';
import { eventually } from '../support/eventually.ts';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';
import {
  implementerAfter,
  noApprovals,
  obedient,
  type ProjectStatusView,
  type Rig,
  startRig,
} from '../support/rig.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

let server: OwnServer;
let rig: Rig;
let worker: WorkerProcess;
beforeAll(async () => {
  server = await startOwnServer();
  rig = await startRig({
    address: server.address,
    worker: 'none',
    entries: [{ ...implementerAfter('touch "$HOME/at-work"; sleep 4'), phase: 2 }, ...obedient],
  });
  worker = await startWorkerProcess({ home: rig.home, address: server.address });
});
afterAll(async () => {
  await worker?.stop();
  await rig?.close();
  await server?.stop();
});

it("in the middle of an agent's work: the project goes on from where it was, with the same worker", async () => {
  const slug = rig.slug('dark');
  const handle = await rig.start(slug, {
    ...noApprovals,
    phases: [
      { name: 'One', tasks: ['First'] },
      { name: 'Two', tasks: ['Second'] },
      { name: 'Three', tasks: ['Third'] },
    ],
  });
  await eventually('an agent at work', () => existsSync(join(rig.home, 'at-work')));
  await server.kill();
  await expect(rig.client.withDeadline(Date.now() + 1_000, () => handle.describe())).rejects.toThrow();
  await sleep(1_500);
  await server.start();

  expect(await handle.result()).toMatchObject({ status: 'done' });
  const view = await rig.until<ProjectStatusView>(handle, 'its last status', () => true);
  expect(view.advances.map(({ stage }) => stage)).toEqual([
    'next_phase_started',
    'next_phase_started',
    'workflow_complete',
  ]);
  expect(landedTasks(rig, slug)).toEqual(['1.1', '2.1', '3.1']);
  expect(pullRequestsOf(rig.home).map(({ state }) => state)).toEqual([
    'merged',
    'merged',
    'merged',
    'merged',
  ]);
  expect(await settled(() => leftBehind(rig, [worker.pid]))).toEqual([]);
});

it('in a burst of approvals: every one that was acknowledged counts, once, and the rest can be sent again', async () => {
  const slugs = Array.from({ length: 8 }, (_each, index) => rig.slug(`burst-${index}`));
  await Promise.all(
    slugs.map((slug) =>
      rig.start(slug, { phases: [{ name: 'One', tasks: ['First'] }], approval: { project: 'none' } }),
    ),
  );
  const gates = await Promise.all(slugs.map((slug) => phaseGate(rig, slug, 1)));
  const acknowledged = new Set<string>();
  const send = async (index: number): Promise<void> => {
    const gate = gates[index];
    if (gate === undefined) throw new Error('There is no such gate.');
    await answer(rig, slugs[index] ?? '', 'approve', gate);
    acknowledged.add(slugs[index] ?? '');
  };

  await Promise.all([0, 1, 2].map(send));
  const underway = [3, 4, 5, 6, 7].map(send);
  const settledSends = Promise.allSettled(underway);
  await server.kill();
  const before = [...acknowledged];
  await server.start();
  await settledSends;
  expect(before.length).toBeGreaterThanOrEqual(3);
  // Acknowledged before the crash: decided without another word. The others are told again, as a person would.
  for (const [index, slug] of slugs.entries()) if (!acknowledged.has(slug)) await send(index);

  for (const slug of slugs) {
    expect(await rig.project(slug).result()).toMatchObject({ status: 'done' });
    const view = await rig.until<ProjectStatusView>(rig.project(slug), 'its last status', () => true);
    expect(view.decisions.map(({ action, by }) => [action, by])).toEqual([['approve', 'ann']]);
    expect(landedTasks(rig, slug)).toEqual(['1.1']);
  }
  expect(await settled(() => leftBehind(rig, [worker.pid]))).toEqual([]);
});
