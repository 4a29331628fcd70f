/** What is left when people end things: cancel, terminate, one child by itself, one worker after another. Nothing, or what they were promised. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { landedTasks, leftBehind, pullRequestsOf, settled } from '../support/aftermath.ts';
import { eventually } from '../support/eventually.ts';
import { processesOf } from '../support/processes.ts';
import {
  implementerAfter,
  noApprovals,
  obedient,
  type ProjectStatusView,
  type Rig,
  startRig,
} from '../support/rig.ts';

/** Ends by a kill only, and so does its child, which has a session of its own. Once per file name. */
const lingers = (where: Readonly<Record<string, unknown>>, once: string) => ({
  ...implementerAfter(
    `test -e "$HOME/${once}" || { setsid sleep 611 & echo $$ > "$HOME/${once}"; sleep 610; }`,
  ),
  ...where,
});

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    entries: [lingers({ task: 2 }, 'second'), lingers({ phase: 2, task: 1 }, 'two'), ...obedient],
  });
});
afterAll(() => rig.close());

const settings = { approval: { project: 'none' } } as const;
const onePhase = { phases: [{ name: 'One', tasks: ['First'] }] };
const twoTasks = { phases: [{ name: 'One', tasks: ['First', 'Second'] }] };
const agents = () => processesOf(rig.home).filter((line) => /sleep 61[01]/.test(line));
const branches = () => rig.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/project').split('\n');

/** The lingering agent, seen from outside; what the file of an earlier test said is forgotten. */
async function atWork(once: string): Promise<void> {
  const file = join(rig.home, once);
  await eventually(`the agent '${once}' at work`, () => existsSync(file) && agents().length >= 2);
}
const again = (...names: string[]) => {
  for (const name of names) rmSync(join(rig.home, name), { force: true });
};
const gate = (slug: string, phase = 1, notThis?: string) => rig.gate(rig.phase(slug, phase), notThis);
const failed = (handle: WorkflowHandle) =>
  rig.until<ProjectStatusView>(handle, 'the failed phase', (view) => view.condition === 'failed');
/** A new run of the id: the old one answers queries as well. */
async function running(handle: WorkflowHandle): Promise<void> {
  await eventually('a new run', async () => (await handle.describe()).status.name === 'RUNNING');
}
const ended = (handle: WorkflowHandle) =>
  handle.result().then(
    () => 'completed',
    (error: { cause?: Error }) => error.cause?.name ?? String(error),
  );

describe('cancel', () => {
  it("during an agent's work: the agent is gone, nothing is left, branches stay, the open pull request hears why", async () => {
    again('second');
    const slug = rig.slug('working');
    const handle = await rig.start(slug, { ...settings, ...onePhase });
    const { gate: open } = await gate(slug);
    await rig
      .phase(slug, 1)
      .executeUpdate('reject', { args: [{ by: 'ann', comment: 'Once more.', headSha: open?.headSha }] });
    await atWork('second');
    expect(leftBehind(rig).length).toBeGreaterThan(3);

    await handle.cancel();
    expect(await settled(agents)).toEqual([]);

    expect(await ended(handle)).toBe('CancelledFailure');
    expect(await settled(() => leftBehind(rig))).toEqual([]);
    expect(branches()).toEqual(
      expect.arrayContaining([`project/${slug}/integration`, `project/${slug}/phase/1/one`]),
    );
    const pull = pullRequestsOf(rig.home).find(({ head }) => head.branch.includes(slug));
    expect(pull).toMatchObject({
      state: 'open',
      comments: [{ body: expect.stringContaining('The project was cancelled. Branches stay.') }],
    });
  });

  it('at a gate, with close_pull_requests: the pull request is closed with one comment', async () => {
    const slug = rig.slug('gated');
    const handle = await rig.start(slug, { ...settings, ...onePhase, on_cancel: 'close_pull_requests' });
    await gate(slug);

    await handle.cancel();

    expect(await ended(handle)).toBe('CancelledFailure');
    expect(await settled(() => leftBehind(rig))).toEqual([]);
    const pulls = pullRequestsOf(rig.home).filter(({ head }) => head.branch.includes(slug));
    expect(pulls).toMatchObject([
      { state: 'closed', comments: [{ body: expect.stringContaining('this pull request is closed') }] },
    ]);
    expect(landedTasks(rig, slug)).toEqual([]);
  });
});

describe('terminate', () => {
  it('of a project leaves its files and refs until the next worker start, which sweeps them', async () => {
    again('two');
    const slug = rig.slug('terminated');
    const handle = await rig.start(slug, {
      ...noApprovals,
      phases: [
        { name: 'One', tasks: ['First'] },
        { name: 'Two', tasks: ['Second'] },
      ],
    });
    await atWork('two');

    await handle.terminate('enough');

    expect(await ended(handle)).toBe('TerminatedFailure');
    expect(await settled(agents)).toEqual([]);
    expect(leftBehind(rig).join('\n')).toMatch(/worktree folder.*hidden ref on the remote/s);
    await rig.stopWorker();
    await rig.startWorker();
    expect(await settled(() => leftBehind(rig))).toEqual([]);
    expect(branches()).toContain(`project/${slug}/phase/2/two`);
  });
});

describe('a child that is ended by itself fails its phase, and retry goes on', () => {
  const children = {
    'a task, cancelled': (slug: string) => rig.task(slug, 1, 2).cancel(),
    'a task, terminated': (slug: string) => rig.task(slug, 1, 2).terminate('by itself'),
    'a phase, cancelled': (slug: string) => rig.phase(slug, 1).cancel(),
    'a phase, terminated': (slug: string) => rig.phase(slug, 1).terminate('by itself'),
  };
  it.each(Object.entries(children))('%s', async (what, end) => {
    again('second');
    const slug = rig.slug(what.replaceAll(/[^a-z]+/g, '-'));
    const handle = await rig.start(slug, { ...noApprovals, ...twoTasks });
    await atWork('second');

    await end(slug);
    const view = await failed(handle);

    expect(view.advances).toMatchObject([
      {
        stage: 'complete_phase',
        success: false,
        phaseCompleted: { number: 1, status: 'failed', tasks: [{ status: 'done' }, { status: 'failed' }] },
      },
    ]);
    expect(await settled(agents)).toEqual([]);
    await handle.executeUpdate('retry', { args: [{ by: 'ann' }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(landedTasks(rig, slug)).toEqual(['1.1', '1.2']);
    expect((await rig.status(slug)).advances.map(({ stage }) => stage)).toEqual([
      'complete_phase',
      'workflow_complete',
    ]);
    expect(await settled(() => leftBehind(rig))).toEqual([]);
  });

  it('a phase, terminated at its second gate', async () => {
    const slug = rig.slug('at-gate');
    writeFileSync(join(rig.home, 'second'), 'nobody lingers here');
    const handle = await rig.start(slug, { ...settings, ...onePhase });
    const first = await gate(slug);
    await rig
      .phase(slug, 1)
      .executeUpdate('reject', { args: [{ by: 'ann', comment: 'Once more.', headSha: first.headSha }] });
    const before = await gate(slug, 1, first.gate?.id);

    await rig.phase(slug, 1).terminate('by itself');
    const view = await failed(handle);
    expect(view.advances).toMatchObject([{ stage: 'complete_phase', phaseCompleted: { status: 'failed' } }]);
    await handle.executeUpdate('retry', { args: [{ by: 'ann' }] });
    await running(rig.phase(slug, 1));
    const after = await gate(slug);

    expect(after).toMatchObject({
      headSha: before.headSha,
      pullRequest: { number: before.pullRequest?.number },
    });
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'bob', headSha: after.headSha }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(landedTasks(rig, slug)).toEqual(['1.1', '1.2']);
    expect((await rig.status(slug)).decisions.map(({ action, by }) => [action, by])).toEqual([
      ['reject', 'ann'],
      ['approve', 'bob'],
    ]);
    expect(
      pullRequestsOf(rig.home).filter(({ head }) => head.branch.startsWith(`project/${slug}/phase`)),
    ).toHaveLength(1);
  });
});

describe('one worker after another', () => {
  it("the first is stopped during an agent's work and takes it along; the second does the attempt again", async () => {
    again('second');
    const slug = rig.slug('relay');
    const handle = await rig.start(slug, { ...noApprovals, ...twoTasks });
    await atWork('second');

    await rig.stopWorker();
    expect(agents()).toEqual([]);
    await rig.startWorker();

    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect((await rig.status(slug)).phases[0]?.tasks).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
    expect(landedTasks(rig, slug)).toEqual(['1.1', '1.2']);
    expect(await settled(() => leftBehind(rig))).toEqual([]);
  });
});
