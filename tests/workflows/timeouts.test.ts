/** What takes too long ends; what only waits doesn't count. Real agents' processes, a real server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProjectOutcome } from '../../domain/progress/outcomes.ts';
import { noApprovals, type ProjectStatusView, type Rig, type ScriptEntry, startRig } from '../support/rig.ts';

const accept: ScriptEntry = { role: 'gatekeeper', result: { decision: 'accept', comments: [] } };
const write = (seconds: number, more: ScriptEntry = {}): ScriptEntry => ({
  role: 'implementer',
  do: [{ run: `sleep ${seconds}; date +%s%N >> "$(basename "$PWD").txt"` }],
  result: { outcome: 'done', summary: 'wrote a file' },
  ...more,
});

describe('an agent that hangs', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      entries: [write(600, { phase: 1, turn: 1 }), write(600, { phase: 2 }), write(0), accept],
    });
  });
  afterAll(() => rig.close());

  it('ends as timed_out, and the next attempt goes on; when all hang the task and its phase fail as timed_out', async () => {
    const slug = rig.slug('hangs');
    const handle = await rig.start(slug, {
      phases: [
        { name: 'One', tasks: ['Do it'] },
        { name: 'Two', tasks: ['Hang'] },
      ],
      ...noApprovals,
      limits: { agent_timeout: '2s', attempts: 2 },
    });
    const view = await rig.until<ProjectStatusView>(
      handle,
      'the failure',
      (each) => each.condition === 'failed',
      90_000,
    );

    expect(view.phases[0]).toMatchObject({ status: 'completed', tasks: [{ status: 'done', attempts: 2 }] });
    expect(view.phases[1]).toMatchObject({
      status: 'failed',
      reason: 'timed_out',
      tasks: [{ status: 'failed', reason: 'timed_out', attempts: 2 }],
    });
    expect(rig.readArtifact(`${slug}/1/1/2/prompt.md`)).toContain('did not finish within 2s and was ended');
    await handle.terminate();
  });
});

describe("a phase's clock", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ entries: [write(5), accept] });
    await rig.stopWorker();
  });
  afterAll(() => rig.close());

  it('does not run while an agent waits for its slot: two projects share one, both within the time of one', async () => {
    await rig.startWorker();
    const slugs = [rig.slug('first'), rig.slug('second')];
    const handles = await Promise.all(
      slugs.map((slug) =>
        rig.start(slug, {
          phases: [{ name: 'One', tasks: ['Do it'] }],
          ...noApprovals,
          limits: { phase_timeout: '9s' },
        }),
      ),
    );
    const begun = Date.now();
    for (const handle of handles) {
      const view = await rig.until<ProjectStatusView>(
        handle,
        'its end',
        ({ condition }) => condition === 'done' || condition === 'failed',
      );
      expect([view.condition, view.waitingFor]).toEqual(['done', null]);
    }
    const outcomes = (await Promise.all(handles.map((handle) => handle.result()))) as ProjectOutcome[];

    expect(Date.now() - begun).toBeGreaterThan(10_000); // one after the other: the second waited as long as the first worked
    for (const { status, phases } of outcomes) {
      expect(status).toBe('done');
      expect(phases[0]?.workedMs).toBeGreaterThan(5_000);
      expect(phases[0]?.workedMs).toBeLessThan(9_000);
    }
  });

  it('does run while agents work: the phase that takes longer fails as timed_out', async () => {
    const handle = await rig.start(rig.slug('slow'), {
      phases: [{ name: 'One', tasks: ['A', 'B'] }],
      ...noApprovals,
      limits: { phase_timeout: '7s' },
    });
    const view = await rig.until<ProjectStatusView>(
      handle,
      'the failure',
      (each) => each.condition === 'failed',
      60_000,
    );

    expect(view.phases[0]).toMatchObject({
      status: 'failed',
      reason: 'timed_out',
      tasks: [{ status: 'done' }, { status: 'failed' }],
    });
    await handle.terminate();
  });

  it('does not run while an answered gate waits for a worker to come back', async () => {
    const slug = rig.slug('alone');
    const handle = await rig.start(slug, {
      phases: [{ name: 'One', tasks: ['Do it'] }],
      approval: { project: 'none' },
      limits: { phase_timeout: '9s' },
    });
    await rig.until(rig.phase(slug, 1), 'the gate', (view) => 'gate' in view && view.gate !== null);
    await rig.stopWorker();
    await rig.phase(slug, 1).signal('approve', { by: 'ann' });
    await new Promise((resolve) => setTimeout(resolve, 11_000));
    await rig.startWorker();

    const outcome = (await handle.result()) as ProjectOutcome;
    expect(outcome.phases[0]?.workedMs).toBeLessThan(9_000);
  });
});
