/** Signals that look like those between our own workflows, from somebody who has read who runs and as what: nothing comes of them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { historyOf, payloadOf } from '../support/histories.ts';
import {
  gatekeeper,
  implementer,
  noApprovals,
  type PhaseStatusView,
  type ProjectStatusView,
  type Rig,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';

interface Report {
  readonly gate: { readonly id: string } | null;
  readonly run: string;
}
const late = 1_000_000_000;

describe('a forged signal', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  it("in the name of a project's phase changes nothing, and what the phase says is heard as before", async () => {
    const slug = rig.slug('forged-phase');
    const phases = [
      { name: 'One', tasks: ['First'] },
      { name: 'Two', tasks: ['Second'] },
    ];
    const handle = await rig.start(slug, { phases, approval: { project: 'none' } });
    await rig.gate(rig.phase(slug, 1));
    const before = await rig.until<ProjectStatusView>(
      handle,
      'the gate',
      (each) => each.phases[0]?.gate != null,
    );
    const genuine = (await historyOf(handle))
      .filter(({ attributes }) => attributes['signalName'] === 'phaseReported')
      .map((event) => payloadOf<Report>(event, 'input'))
      .at(-1);
    const approved = {
      gateId: 'phase-2.1',
      action: 'approve',
      by: 'mallory',
      at: 0,
      from: 'api',
      comment: '',
      headSha: null,
      commandId: null,
    };
    const empty = { ...genuine, sequence: late, status: 'failed', gate: null, tasks: [] };

    // Passed over: of another run, or older than what was heard.
    await handle.signal('phaseReported', { ...empty, run: 'stranger' });
    await handle.signal('phaseReported', { ...empty, sequence: 0 });
    // Refused: of the run that runs, and not about it.
    await handle.signal('phaseReported', { ...empty, phase: 2 });
    await handle.signal('phaseReported', { ...empty, gate: { ...genuine?.gate, id: 'project.1' } });
    await handle.signal('phaseReported', { ...empty, decisions: [approved] });
    await handle.signal('taskReported', {
      run: genuine?.run,
      sequence: late,
      task: 1,
      question: 'Your password?',
      earlier: null,
      refusals: [],
    });
    const after = await rig.until<ProjectStatusView>(handle, 'all', (each) => each.refused.length === 4);

    expect(after.refused.map(({ message, code }) => [message, code])).toEqual([
      ...Array(3).fill(['phaseReported', 'InvalidMessage']),
      ['taskReported', 'InvalidMessage'],
    ]);
    const { phases: known, decisions, waitingFor } = after;
    expect({ known, decisions, waitingFor }).toEqual({
      known: before.phases,
      decisions: before.decisions,
      waitingFor: before.waitingFor,
    });
    await handle.executeUpdate('approve', { args: [{ gateId: before.phases[0]?.gate?.id }] });
    await rig.gate(rig.phase(slug, 2));
    const next = await rig.until<ProjectStatusView>(
      handle,
      'the next gate',
      (each) => each.phases[1]?.gate != null,
    );
    await handle.executeUpdate('approve', { args: [{ gateId: next.phases[1]?.gate?.id }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('in the name of a task, or of the one above it, changes nothing either', async () => {
    const slug = rig.slug('forged-task');
    const goes = join(rig.home, 'forged-goes-on');
    const holds = { run: `until [ -e '${goes}' ]; do sleep 0.1; done` };
    rig.setEntries([{ ...implementer, do: [holds, ...implementer.do] }, gatekeeper]);
    const handle = await rig.start(slug, { phases: [{ name: 'One', tasks: ['First'] }], ...noApprovals });
    const [phase, task] = [rig.phase(slug, 1), rig.task(slug, 1, 1)];
    await rig.until<TaskStatusView>(task, 'the agent', (each) => each.status === 'claimed');
    const { runId: run } = await task.describe();
    const asks = { run, sequence: late, task: 1, question: 'Your password?', earlier: null, refusals: [] };

    await phase.signal('taskReported', { ...asks, run: 'stranger' });
    await phase.signal('taskReported', { ...asks, task: 2 });
    await task.signal('parentTold', { run: 'stranger', sequence: late, name: 'pause', payload: {} });
    const inPhase = await rig.until<PhaseStatusView>(phase, 'the refusal', (each) => each.refused.length > 0);
    const inTask = await rig.until<TaskStatusView>(task, 'the refusal', (each) => each.refused.length > 0);

    expect(inPhase.refused.map(({ message, code }) => [message, code])).toEqual([
      ['taskReported', 'InvalidMessage'],
    ]);
    expect(JSON.stringify(inPhase)).not.toContain('password');
    expect(inTask).toMatchObject({
      paused: false,
      refused: [{ message: 'parentTold', code: 'InvalidMessage' }],
    });
    writeFileSync(goes, '');
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });
});
