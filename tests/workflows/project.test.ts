import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProjectOutcome } from '../../domain/progress/outcomes.ts';
import { noApprovals, obedient, type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';

const phases = [
  { name: 'Data model', tasks: ['Add the table', 'Add the index'] },
  { name: 'API', tasks: ['Add the endpoint'] },
];

describe('a project', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  it('runs from plan to merged base: one commit per task, one pull request per phase, one advance per phase', async () => {
    const slug = rig.slug('whole');
    const handle = await rig.start(slug, { phases, ...noApprovals, checks: ['test -f README.md'] });
    const outcome = (await handle.result()) as ProjectOutcome;

    expect(outcome.status).toBe('done');
    const view = await rig.status(slug);
    expect(view).toMatchObject({ lifecycle: 'verified', condition: 'done', waitingFor: null });
    expect(
      view.advances.map(({ stage, success, phaseCompleted }) => [stage, success, phaseCompleted.number]),
    ).toEqual([
      ['next_phase_started', true, 1],
      ['workflow_complete', true, 2],
    ]);
    expect(view.phases.map((phase) => phase.pullRequest)).toMatchObject([
      { number: 1, state: 'merged' },
      { number: 2, state: 'merged' },
    ]);
    expect(view.pullRequest).toMatchObject({ number: 3, state: 'merged' });
    const log = rig
      .git(
        'log',
        '--format=%(trailers:key=Phasewright-Task,valueonly,separator=%x2C)|%(trailers:key=Phasewright-Phase,valueonly,separator=%x2C)',
        '--no-merges',
        'main',
      )
      .split('\n');
    expect(log.filter((line) => line !== '|')).toEqual(['1|2', '2|1', '1|1']);
    expect(rig.git('for-each-ref', 'refs/phasewright')).toBe('');
  });

  it('asks at each gate, and goes on when approved by the head that was seen', async () => {
    const slug = rig.slug('gated');
    const handle = await rig.start(slug, { phases });
    for (const number of [1, 2]) {
      const view = await rig.gate(rig.phase(slug, number));
      expect(view.status).toBe('awaiting_approval');
      const answer = await rig
        .phase(slug, number)
        .executeUpdate('approve', { args: [{ by: 'ann', headSha: view.headSha }] });
      expect(answer).toMatchObject({ alreadyDecided: false, decision: { by: 'ann', action: 'approve' } });
    }
    const waiting = await rig.gate<ProjectStatusView>(rig.project(slug));
    expect(waiting).toMatchObject({ condition: 'waiting', lifecycle: 'verifying' });
    await rig.project(slug).executeUpdate('approve', { args: [{ by: 'ann', gateId: waiting.gate?.id }] });
    expect(await handle.result()).toMatchObject({ status: 'done', baseBranch: 'main' });
  });

  it('says that a phase waits for an earlier run of it to end, and starts it then', async () => {
    const slug = rig.slug('earlier');
    const earlier = `project.${slug}.phase.1`;
    const queue = `nobody-${slug}`;
    const blocker = await rig.client.workflow.start('phaseWorkflow', {
      workflowId: earlier,
      taskQueue: queue,
    });
    const handle = await rig.start(slug, { phases: [{ name: 'One', tasks: ['Do it'] }], ...noApprovals });
    await rig.until<ProjectStatusView>(
      rig.project(slug),
      'what it waits for',
      ({ detail }) => detail === `waits for the earlier run of ${earlier} to end`,
    );
    await blocker.terminate();
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(await rig.status(slug)).toMatchObject({ detail: "merged into 'main'" });
  });

  it('a gatekeeper rejects: back to incoming, and its reason is in the next prompt', async () => {
    const slug = rig.slug('rejected');
    rig.setEntries([
      { role: 'gatekeeper', turn: 1, result: { decision: 'reject', comments: ['Mind the plural.'] } },
      ...obedient,
    ]);
    await rig.stopWorker();
    await rig.startWorker();
    await (await rig.start(slug, { phases: [{ name: 'One', tasks: ['Do it'] }], ...noApprovals })).result();
    const view = await rig.status(slug);
    expect(view.phases[0]?.tasks[0]).toMatchObject({ status: 'done', attempts: 2 });
    expect(rig.readArtifact(`${slug}/1/1/2/prompt.md`)).toContain('Mind the plural.');
  });
});
