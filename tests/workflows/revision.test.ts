/** A revision of the whole project: one more task on the integration branch, and what comes of the project when it is gone. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from '../support/eventually.ts';
import {
  gatekeeper,
  implementer,
  implementerAfter,
  obedient,
  type ProjectStatusView,
  type Rig,
  startRig,
} from '../support/rig.ts';

describe('the task that revises a project', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  it.each([
    ['is terminated', (task: WorkflowHandle) => task.terminate('by hand')],
    ['is cancelled', (task: WorkflowHandle) => task.cancel()],
  ])('%s: the project has failed like any other step, and a retry goes on', async (what, end) => {
    const slug = rig.slug(what.slice(3));
    rig.setEntries(obedient);
    const handle = await rig.start(slug, {
      approval: { phases: 'none' },
      phases: [{ name: 'Only', tasks: ['Do it'] }],
    });
    const { gate } = await rig.gate<ProjectStatusView>(handle);
    rig.setEntries([implementerAfter('sleep 60'), gatekeeper]);
    await handle.executeUpdate('reject', { args: [{ gateId: gate.id, comment: 'Say more.' }] });
    const revision = rig.task(slug, 1, 2);
    await eventually('the revision', () => existsSync(join(rig.home, 'artifacts', slug, '1/2/1/prompt.md')));

    await end(revision);

    const failed = await rig.until<ProjectStatusView>(
      handle,
      'the failure',
      (each) => each.condition === 'failed',
    );
    expect(failed.waitingFor).toContain('a retry: The revision failed:');
    rig.setEntries([implementer, gatekeeper]);
    await handle.executeUpdate('retry', { args: [{}] });
    const again = await rig.gate<ProjectStatusView>(handle, gate.id);
    expect(again.gate.headSha).not.toBe(gate.headSha);
    expect(again.phases[0]?.tasks).toMatchObject([{ number: 1 }, { number: 2, attempts: 2 }]);
    expect(rig.readArtifact(`${slug}/1/2/2/prompt.md`)).toContain('Say more.');
    await handle.executeUpdate('approve', { args: [{ gateId: again.gate.id }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('and fails is the same one in a retry: what was rejected, and what is said since, is in its prompts', async () => {
    const slug = rig.slug('fails');
    rig.setEntries(obedient);
    const handle = await rig.start(slug, {
      approval: { phases: 'none' },
      phases: [{ name: 'Only', tasks: ['Do it'] }],
      limits: { attempts: 1 },
    });
    const failures = (attempts: number) =>
      rig.until<ProjectStatusView>(
        handle,
        `failure ${attempts}`,
        ({ condition, phases }) => condition === 'failed' && phases[0]?.tasks[1]?.attempts === attempts,
      );
    const { gate } = await rig.gate<ProjectStatusView>(handle);
    rig.setEntries([{ role: 'implementer', result: { outcome: 'failed', summary: 'No.' } }, gatekeeper]);
    await handle.executeUpdate('reject', { args: [{ gateId: gate.id, comment: 'Say more.' }] });
    expect((await failures(1)).phases[0]?.tasks[1]).toMatchObject({ status: 'failed' });
    await handle.executeUpdate('retry', { args: [{ feedback: 'In English.' }] });
    await failures(2);
    rig.setEntries(obedient);
    await handle.executeUpdate('retry', { args: [{}] });

    const again = await rig.gate<ProjectStatusView>(handle, gate.id);
    expect(again.gate.headSha).not.toBe(gate.headSha);
    expect(again.phases[0]?.tasks).toMatchObject([
      { number: 1 },
      { number: 2, status: 'done', attempts: 3, detail: 'Say more.' },
    ]);
    expect(rig.readArtifact(`${slug}/1/2/1/prompt.md`)).toContain('Say more.');
    for (const attempt of [2, 3])
      for (const words of ['Say more.', 'In English.'])
        expect(rig.readArtifact(`${slug}/1/2/${attempt}/prompt.md`)).toContain(words);
    await handle.terminate();
  });
});
