/** A revision of the whole project: one more task on the integration branch, and what comes of the project when it is gone. */
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
    await eventually('the revision', async () => {
      const running = await revision.describe().catch(() => undefined);
      return running?.status.name === 'RUNNING' && (running.raw.pendingActivities ?? []).length > 0;
    });

    await end(revision);

    const failed = await rig.until<ProjectStatusView>(
      handle,
      'the failure',
      (each) => each.condition === 'failed',
    );
    expect(failed.waitingFor).toContain('a retry: The revision failed:');
    rig.setEntries([implementer, gatekeeper]);
    await handle.executeUpdate('retry', { args: [{ feedback: 'Say more.' }] });
    const again = await rig.gate<ProjectStatusView>(handle, gate.id);
    await handle.executeUpdate('approve', { args: [{ gateId: again.gate.id }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });
});
