/** What people send: updates answer, signals never throw, and what is refused shows. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  noApprovals,
  obedient,
  type PhaseStatusView,
  type ProjectStatusView,
  type Rig,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';

const phases = [
  { name: 'One', tasks: ['First'] },
  { name: 'Two', tasks: ['Second'] },
];

describe('messages', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      entries: [
        {
          role: 'implementer',
          phase: 8,
          turn: 1,
          result: { outcome: 'blocked', summary: 'stuck', question: 'Blue or green?' },
        },
        ...obedient,
      ],
    });
  });
  afterAll(() => rig.close());

  const gate = (slug: string, phase = 1) => rig.gate(rig.phase(slug, phase));
  const mirrored = (slug: string) =>
    rig.until<ProjectStatusView>(rig.project(slug), 'the project to know the gate', (each) =>
      each.phases.some((phase) => phase.gate !== null),
    );

  it('signals with no input, a string, rubbish, an unknown name or no open gate do no harm and show in status.refused', async () => {
    const slug = rig.slug('rubbish');
    const handle = await rig.start(slug, {
      phases: [{ name: 'One', tasks: ['First'] }],
      approval: { project: 'none' },
    });
    await gate(slug);
    for (const target of [rig.phase(slug, 1), handle]) {
      await target.signal('approve');
      await target.signal('approve', 'yes please');
      await target.signal('reject', { headSha: 7, nonsense: '\u001b[31m' });
      await target.signal('launch', { missiles: true });
    }
    await handle.signal('approve', {});
    await handle.signal('retry', {});
    const view = await rig.until<ProjectStatusView>(
      handle,
      'the refusals',
      (each) => each.refused.length >= 6,
    );
    expect(view.refused.map(({ message, code }) => [message, code])).toEqual([
      ['approve', 'InvalidMessage'],
      ['approve', 'InvalidMessage'],
      ['reject', 'InvalidMessage'],
      ['launch', 'InvalidMessage'],
      ['approve', 'InvalidMessage'],
      ['retry', 'NotWaiting'],
    ]);
    expect(view.refused[4]?.reason).toContain("Name 'gateId' or 'headSha'");
    const phase = await rig.phaseStatus(slug, 1);
    expect(phase.refused).toHaveLength(4);
    expect(phase.gate).not.toBeNull();

    await rig.phase(slug, 1).signal('approve', {});
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('the table of answers: twice, then the other, a stale head, nothing open, a closed project, no comment', async () => {
    const slug = rig.slug('table');
    const handle = await rig.start(slug, { phases, approval: { project: 'none' } });
    const first = await gate(slug);
    const phase = rig.phase(slug, 1);
    await expect(phase.executeUpdate('reject', { args: [{ by: 'ann' }] })).rejects.toMatchObject({
      cause: { type: 'InvalidMessage' },
    });
    await expect(
      phase.executeUpdate('approve', { args: [{ headSha: 'f'.repeat(40) }] }),
    ).rejects.toMatchObject({ cause: { type: 'StaleHead' } });

    await mirrored(slug);
    for (const target of [handle, phase])
      await expect(
        target.executeUpdate('approve', { args: [{ phase: 2, headSha: first.headSha }] }),
      ).rejects.toMatchObject({ cause: { type: 'GateMismatch' } });
    const answers = await Promise.all([
      rig.project(slug).executeUpdate('approve', { args: [{ by: 'ann', headSha: first.headSha }] }),
      rig.project(slug).executeUpdate('approve', { args: [{ by: 'ann', gateId: first.gate?.id }] }),
    ]);
    expect(answers.map((each) => (each as { decision: { by: string } }).decision.by)).toEqual(['ann', 'ann']);
    expect(answers.filter((each) => !(each as { alreadyDecided: boolean }).alreadyDecided)).toHaveLength(1);
    await expect(
      rig.project(slug).executeUpdate('reject', { args: [{ gateId: first.gate?.id, comment: 'late' }] }),
    ).rejects.toMatchObject({
      cause: { type: 'AlreadyDecided', message: expect.stringContaining('approved by ann') },
    });
    const second = await gate(slug, 2);
    await mirrored(slug);
    await expect(
      rig.project(slug).executeUpdate('approve', { args: [{ by: 'ann', headSha: first.headSha }] }),
    ).rejects.toMatchObject({ cause: { type: 'StaleHead' } });
    await rig.phase(slug, 2).executeUpdate('approve', { args: [{ by: 'bob', headSha: second.headSha }] });
    await handle.result();
    await expect(handle.executeUpdate('approve', { args: [{ headSha: second.headSha }] })).rejects.toThrow();
    expect((await rig.status(slug)).decisions.map(({ gateId, by }) => [gateId, by])).toEqual([
      ['phase-1.1', 'ann'],
      ['phase-2.1', 'bob'],
    ]);
  });

  it('a command id counts once, whatever way it comes', async () => {
    const slug = rig.slug('once');
    const handle = await rig.start(slug, {
      phases: [{ name: 'One', tasks: ['First'] }],
      approval: { project: 'none' },
    });
    const open = await gate(slug);
    await rig
      .phase(slug, 1)
      .signal('reject', { commandId: 'c-1', by: 'ann', comment: 'again', headSha: open.headSha });
    const next = await rig.gate(rig.phase(slug, 1), open.gate?.id);
    await rig
      .phase(slug, 1)
      .signal('reject', { commandId: 'c-1', by: 'ann', comment: 'again', headSha: open.headSha });
    const repeated = await rig
      .phase(slug, 1)
      .executeUpdate('reject', { updateId: 'c-1', args: [{ comment: 'again' }] });
    expect(repeated).toMatchObject({ decision: { gateId: open.gate?.id, comment: 'again' } });
    expect(await rig.phaseStatus(slug, 1)).toMatchObject({ gate: { id: next.gate?.id } });
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{}] });
    await handle.result();
  });

  it('pause: nothing new starts, the gate can be answered, resume goes on', async () => {
    const slug = rig.slug('paused');
    const handle = await rig.start(slug, { phases, approval: { project: 'none' } });
    await gate(slug);
    await handle.executeUpdate('pause', { args: [{ by: 'ann', reason: 'lunch' }] });
    await rig.until<PhaseStatusView>(rig.phase(slug, 1), 'the phase to follow', (each) => each.paused);
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann' }] });
    await rig.until<PhaseStatusView>(rig.phase(slug, 1), 'the decision', ({ gate: open }) => open === null);
    expect((await rig.phase(slug, 1).describe()).raw.pendingActivities ?? []).toEqual([]);
    const held = await rig.status(slug);
    expect(held).toMatchObject({ condition: 'paused', advances: [] });
    expect(held.phases[0]?.pullRequest?.state).toBe('open');
    await handle.executeUpdate('resume', { args: [{}] });
    const second = await gate(slug, 2);
    await rig.phase(slug, 2).executeUpdate('approve', { args: [{ headSha: second.headSha }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('amend: changes and skips phases that have not started, all of it or nothing', async () => {
    const slug = rig.slug('amended');
    const handle = await rig.start(slug, {
      phases: [...phases, { name: 'Three', tasks: ['Third'] }],
      approval: { project: 'none' },
    });
    await gate(slug);
    await expect(
      handle.executeUpdate('amend', {
        args: [
          {
            phases: [
              { phase: 1, skip: true },
              { phase: 2, tasks: [''] },
              { phase: 9, skip: true },
              { phase: 3, colour: 'red' },
            ],
          },
        ],
      }),
    ).rejects.toMatchObject({
      cause: {
        type: 'InvalidMessage',
        message: expect.stringMatching(/phase 1 'One' has started.*no phase 9.*'colour'/s),
      },
    });
    await expect(
      handle.executeUpdate('amend', { args: [{ phases: [{ phase: 2, tasks: ['Other', 'Other'] }] }] }),
    ).rejects.toThrow();
    expect(
      await handle.executeUpdate('amend', {
        args: [
          {
            phases: [
              { phase: 2, skip: true },
              { phase: 3, tasks: ['New work', 'More work'] },
            ],
          },
        ],
      }),
    ).toMatchObject({ message: expect.stringContaining('phase 2 skipped') });
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{}] });
    await gate(slug, 3);
    await rig.phase(slug, 3).executeUpdate('approve', { args: [{}] });
    await handle.result();
    const view = await rig.status(slug);
    expect(view.phases.map(({ status, tasks }) => [status, tasks.map((task) => task.title)])).toEqual([
      ['completed', ['First']],
      ['skipped', ['Second']],
      ['completed', ['New work', 'More work']],
    ]);
  });

  it('many large messages that are refused leave a status that can be read', async () => {
    const slug = rig.slug('large');
    await rig.stopWorker();
    const handle = await rig.start(slug, { phases, approval: { project: 'none' } });
    const unknown = Array.from({ length: 3_000 }, (_, index) => ({ phase: index + 100 }));
    for (let times = 0; times < 20; times += 1) await handle.signal('amend', { phases: unknown });
    await rig.startWorker();
    await gate(slug);
    await handle.signal('amend', { phases: unknown });
    const { refused } = await rig.until<ProjectStatusView>(
      handle,
      'the refusals',
      (each) => each.refused.at(-1)?.code === 'InvalidMessage',
    );
    expect(refused).toHaveLength(20);
    expect(refused.at(-1)?.reason).toMatch(/there is no phase 109; … and 2990 more\.$/);
    await handle.terminate();
  });

  it('a question of the agent waits for a person, and the answer is in the next prompt; a message gets a receipt', async () => {
    const slug = rig.slug('asked');
    const eight = Array.from({ length: 8 }, (_, index) => ({
      name: `P${index + 1}`,
      tasks: [`T${index + 1}`],
    }));
    const handle = await rig.start(slug, { phases: eight, ...noApprovals });
    const asked = await rig.until<ProjectStatusView>(
      handle,
      'the question',
      (each) => each.waitingFor?.includes('Blue or green?') === true,
    );
    expect(asked).toMatchObject({ condition: 'waiting' });
    await handle.executeUpdate('message', { args: [{ from: 'bob', text: 'Mind the contrast.' }] });
    await rig.until<TaskStatusView>(
      rig.task(slug, 8, 1),
      'the message',
      (each) => each.messages.length === 1,
    );
    await handle.executeUpdate('answer', { args: [{ by: 'ann', text: 'Green, please.' }] });
    await handle.result();
    const task = await rig.task(slug, 8, 1).query<TaskStatusView>('status');
    expect(task).toMatchObject({
      status: 'done',
      attempts: 1,
      messages: [{ from: 'bob', state: 'prompt', attempt: 1 }],
    });
    // What was asked is evidence like everything else: the second turn of the attempt has files of its own.
    expect(rig.readArtifact(`${slug}/8/1/1/prompt.md`)).not.toContain('Green, please.');
    expect(rig.readArtifact(`${slug}/8/1/1/result.json`)).toContain('Blue or green?');
    const prompt = rig.readArtifact(`${slug}/8/1/1/prompt.2.md`);
    expect(prompt).toContain('Green, please.');
    expect(prompt).toContain('Mind the contrast.');
  });

  it('a budget that is used up stops the phase; extendBudget and retry go on', async () => {
    const slug = rig.slug('budget');
    await rig.stopWorker();
    rig.setEntries([
      {
        role: 'implementer',
        do: [{ run: 'echo $PHASEWRIGHT_TASK_ID >> spent.txt' }],
        result: {
          outcome: 'done',
          summary: 'x',
          usage: { input_tokens: 900, output_tokens: 100, cost_usd: 1 },
        },
      },
      { role: 'gatekeeper', result: { decision: 'accept', comments: [] } },
    ]);
    await rig.startWorker();
    const handle = await rig.start(slug, {
      phases: [{ name: 'One', tasks: ['A', 'B', 'C'] }],
      ...noApprovals,
      limits: { budget_usd: 1.5 },
    });
    const stopped = await rig.until<ProjectStatusView>(
      handle,
      'the stop',
      (each) => each.condition === 'failed',
    );
    expect(stopped.advances[0]?.phaseCompleted).toMatchObject({
      reason: 'budget_used_up',
      tasks: [{ status: 'done' }, { status: 'failed' }, { status: 'failed' }],
    });
    await handle.executeUpdate('extendBudget', { args: [{ usd: 5 }] });
    await handle.executeUpdate('retry', { args: [{}] });
    await handle.result();
    expect((await rig.status(slug)).cost).toMatchObject({ usd: 4, tokens: 4000 });
  });

  it.each([
    ['phaseWorkflow', [undefined], 'UnknownSchema'],
    ['phaseWorkflow', [{ schema: 1 }], 'InvalidProject'],
    ['phaseWorkflow', [{ schema: 2 }], 'UnknownSchema'],
    ['taskWorkflow', [{ kind: 'child' }], 'UnknownSchema'],
    ['taskWorkflow', ['rubbish'], 'InvalidProject'],
    ['projectWorkflow', [null], 'InvalidProject'],
    ['projectWorkflow', [{ carried: null }], 'UnknownSchema'],
    ['inspectWorkflow', [{ kind: 'secrets' }], 'InvalidMessage'],
    ['inspectWorkflow', [], 'InvalidMessage'],
  ] as const)('%s started by hand with %j ends by name', async (type, args, code) => {
    const room = type === 'taskWorkflow' ? 'task' : 'project';
    const handle = await rig.client.workflow.start(type, {
      taskQueue: rig.taskQueue,
      workflowId: `${room}.${rig.slug('byhand')}`,
      args: [...args],
    });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: code } });
  });
});
