/** What people tell a project that only a task can hear: acknowledged if the task will take it, otherwise refused where they look. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  gatekeeper,
  implementer,
  noApprovals,
  obedient,
  type PhaseStatusView,
  type ProjectStatusView,
  type Rig,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';

const asks = {
  role: 'implementer',
  turn: 1,
  result: { outcome: 'blocked', summary: 'stuck', question: 'Blue or green?' },
};
const one = [{ name: 'Only', tasks: ['Do it'] }];

describe('what is told to a project for its agents', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  /** A script that goes on once the file is there. */
  const until = (file: string) => ({ run: `until [ -e "$HOME/${file}" ]; do sleep 0.1; done` });
  const goOn = (file: string) => writeFileSync(join(rig.home, file), '');
  const refusals = async (slug: string) =>
    (await rig.status(slug)).refused.map(({ message, code }) => [message, code]);

  it('is refused while the phase waits at its gate, where no agent works', async () => {
    const slug = rig.slug('at-gate');
    rig.setEntries(obedient);
    const handle = await rig.start(slug, { phases: one, approval: { project: 'none' } });
    await rig.until<ProjectStatusView>(handle, 'the gate', (each) => each.phases[0]?.gate != null);
    await expect(
      handle.executeUpdate('message', { args: [{ text: 'Mind the gap.' }] }),
    ).rejects.toMatchObject({
      cause: { type: 'NotWaiting', message: expect.stringContaining('gate phase-1.1') },
    });
    await handle.terminate();
  });

  it('and was refused by the phase is in what the project refused', async () => {
    const slug = rig.slug('between');
    rig.setEntries([{ ...implementer, do: [until('first-done'), ...implementer.do] }, gatekeeper]);
    const handle = await rig.start(slug, { phases: [{ name: 'Only', tasks: ['A', 'B'] }], ...noApprovals });
    await rig.until<TaskStatusView>(rig.task(slug, 1, 1), 'the agent', (each) => each.status === 'claimed');
    await handle.executeUpdate('pause', { args: [{}] });
    await rig.until<TaskStatusView>(rig.task(slug, 1, 1), 'the pause', (each) => each.paused);
    goOn('first-done');
    await rig.task(slug, 1, 1).executeUpdate('resume', { args: [{}] });
    await rig.until<ProjectStatusView>(
      handle,
      'the first task',
      (each) => each.phases[0]?.tasks[0]?.status === 'done',
    );
    await handle.executeUpdate('message', { args: [{ text: 'Mind the gap.' }] });
    const { refused } = await rig.until<ProjectStatusView>(
      handle,
      'the refusal',
      (each) => each.refused.length > 0,
    );
    expect(refused).toMatchObject([
      { message: 'message', code: 'NotWaiting', reason: expect.stringContaining('No agent') },
    ]);
    await handle.executeUpdate('resume', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('and no agent read before the task ended is in what the project refused', async () => {
    const slug = rig.slug('unread');
    rig.setEntries([implementer, { ...gatekeeper, do: [until('judged')] }]);
    const handle = await rig.start(slug, { phases: one, ...noApprovals });
    const task = rig.task(slug, 1, 1);
    await rig.until<TaskStatusView>(task, 'the judge', (each) => each.status === 'provisional');
    await handle.executeUpdate('message', { args: [{ text: 'Mind the gap.' }] });
    await rig.until<TaskStatusView>(task, 'the message', (each) => each.messages.length === 1);
    goOn('judged');
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect((await rig.status(slug)).refused).toMatchObject([
      { message: 'message', reason: expect.stringContaining('Mind the gap.') },
    ]);
  });

  it('and no agent read before the task failed is in the next prompt, once', async () => {
    const slug = rig.slug('kept');
    const rejects = { role: 'gatekeeper', result: { decision: 'reject', comments: ['Again.'] } };
    rig.setEntries([implementer, { ...rejects, do: [until('rejected')] }]);
    const handle = await rig.start(slug, { phases: one, ...noApprovals, limits: { attempts: 1 } });
    const task = rig.task(slug, 1, 1);
    await rig.until<TaskStatusView>(task, 'the judge', (each) => each.status === 'provisional');
    await handle.executeUpdate('message', { args: [{ text: 'Mind the gap.' }] });
    await rig.until<TaskStatusView>(task, 'the message', (each) => each.messages.length === 1);
    goOn('rejected');
    await rig.until<ProjectStatusView>(handle, 'the failure', (each) => each.condition === 'failed');
    rig.setEntries(obedient);
    await handle.executeUpdate('retry', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(rig.readArtifact(`${slug}/1/1/2/prompt.md`).split('Mind the gap.')).toHaveLength(2);
    expect(await refusals(slug)).toEqual([]);
  });

  it('as an answer goes to the task that asked, once', async () => {
    const slug = rig.slug('asked');
    rig.setEntries([asks, ...obedient]);
    const handle = await rig.start(slug, { phases: one, ...noApprovals });
    await rig.until<ProjectStatusView>(
      handle,
      'the question',
      (each) => each.waitingFor?.includes('Blue or green?') === true,
    );
    const answer = (args: Readonly<Record<string, unknown>>) =>
      handle.executeUpdate('answer', { args: [args] });
    await expect(answer({ task: 7, text: 'Red.' })).rejects.toMatchObject({
      cause: { type: 'NotWaiting', message: expect.stringContaining('Task 7 has asked nothing') },
    });
    const answers = await Promise.allSettled([answer({ text: 'Blue.' }), answer({ text: 'Green.' })]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(await refusals(slug)).toEqual([]);
    const taken = answers[0]?.status === 'fulfilled' ? 'Blue.' : 'Green.';
    expect(rig.readArtifact(`${slug}/1/1/1/prompt.2.md`)).toContain(taken);
  });

  it('and comes to the phase itself is refused there for the wrong task', async () => {
    const slug = rig.slug('wrong-task');
    rig.setEntries([asks, ...obedient]);
    const handle = await rig.start(slug, { phases: one, ...noApprovals });
    const phase = rig.phase(slug, 1);
    await rig.until<PhaseStatusView>(phase, 'the question', (each) => each.waitingFor !== null);
    for (const target of [phase, rig.task(slug, 1, 1)])
      await expect(
        target.executeUpdate('answer', { args: [{ task: 7, text: 'Red.' }] }),
      ).rejects.toMatchObject({ cause: { type: 'NotWaiting' } });
    await phase.executeUpdate('answer', { args: [{ task: 1, text: 'Green.' }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });
});
