/** However many hints of the code host come, a workflow looks once per interval, and its history does not grow with them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from '../support/eventually.ts';
import { activityOf, historyOf } from '../support/histories.ts';
import { type PhaseStatusView, type Rig, startRig, type TaskStatusView } from '../support/rig.ts';

interface FailedTask {
  readonly cause?: number;
  readonly failure?: { readonly message?: string } | null;
}

const MANY = 2_500;
/** A first look, one for all that came meanwhile, and one for what was passed on during the interval. */
const MOST_LOOKS = 3;

describe('hints of the code host', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ codeHost: true });
  });
  afterAll(() => rig.close());

  const hint = { repository: 'acme/shop', number: null };
  async function hintWithNoWorker(handle: WorkflowHandle): Promise<void> {
    await rig.stopWorker();
    for (let sent = 0; sent < MANY; sent += 50)
      await Promise.all(Array.from({ length: 50 }, () => handle.signal('codeHostChanged', hint)));
    await rig.startWorker();
  }

  /** By kind, without the signals themselves and the workflow tasks that took them. */
  async function effects(handle: WorkflowHandle): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const event of await historyOf(handle)) {
      const { kind, attributes } = event;
      const { cause, failure } = attributes as FailedTask;
      const key =
        activityOf(event) ??
        (kind === 'workflowTaskFailed' ? `${kind} ${cause}: ${failure?.message ?? ''}` : kind);
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  /**
   * Temporal itself ends a task when something new came just as the workflow was ending (1), and the SDK one that takes more
   * than its five seconds, as thousands of signals do on a machine with much else to do: both are tried again.
   */
  const failures = (counts: Readonly<Record<string, number>>) =>
    Object.keys(counts).filter(
      (key) =>
        key.startsWith('workflowTaskFailed') && !/^workflowTaskFailed 1:|execution timed out/.test(key),
    );

  /** Once it answers this, it has taken in all that came before. */
  const taken = (handle: WorkflowHandle) => handle.executeUpdate('pause', { args: [{}] });
  const goesOn = (handle: WorkflowHandle) => handle.executeUpdate('resume', { args: [{}] });

  it('thousands to a project, with no worker up, are a few for its phase and a few looks', async () => {
    const slug = rig.slug('many');
    const handle = await rig.start(slug, {
      phases: [{ name: 'One', tasks: ['First'] }],
      approval: { project: 'none' },
    });
    await rig.gate(rig.phase(slug, 1));
    const before = await effects(rig.phase(slug, 1));
    await hintWithNoWorker(handle);
    await taken(handle);
    await goesOn(handle);
    await rig.until<PhaseStatusView>(rig.phase(slug, 1), 'the phase to go on', (each) => !each.paused);
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });

    const project = await effects(handle);
    expect(failures(project)).toEqual([]);
    // Two of them are the pause and its end.
    expect(project['signalExternalWorkflowExecutionInitiated']).toBeLessThanOrEqual(2 + MOST_LOOKS);
    const phase = await effects(rig.phase(slug, 1));
    expect((phase['readPullRequest'] ?? 0) - (before['readPullRequest'] ?? 0)).toBeLessThanOrEqual(
      // The merge looks once more by itself.
      MOST_LOOKS + 1,
    );
  });

  it('thousands to a standalone task, with no worker up, are a few looks', async () => {
    const slug = rig.slug('task');
    const handle = await rig.startTask(slug, {});
    await rig.gate<TaskStatusView>(handle);
    const before = await effects(handle);
    await hintWithNoWorker(handle);
    await taken(handle);
    await goesOn(handle);
    await handle.executeUpdate('approve', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    const after = await effects(handle);
    expect(failures(after)).toEqual([]);
    expect((after['readPullRequest'] ?? 0) - (before['readPullRequest'] ?? 0)).toBeLessThanOrEqual(
      MOST_LOOKS + 1,
    );
  });

  it('that lead to nothing, because nobody may look for now, are tried again while the gate stays open', async () => {
    const slug = rig.slug('barred');
    const handle = await rig.startTask(slug, {});
    const { gate } = await rig.gate<TaskStatusView>(handle);
    rig.codeHost?.fail({
      on: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
      fault: { kind: 'answer', status: 403, body: { message: 'Resource not accessible by this token' } },
      times: 2,
    });
    await handle.signal('codeHostChanged', hint);
    await eventually('the failure of the look', async () => {
      const { pendingActivities } = (await handle.describe()).raw;
      return pendingActivities?.some(({ lastFailure }) => lastFailure?.message?.includes('not accessible'));
    });
    expect((await rig.gate<TaskStatusView>(handle)).gate).toEqual(gate);
    await handle.executeUpdate('approve', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });
});
