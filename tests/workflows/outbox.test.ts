/** What a project tells its running children, and what they report: in order, once, and only what is new. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import {
  firstTaskAfter,
  type HistoryEvent,
  historyOf,
  payloadOf,
  scheduledIn,
} from '../support/histories.ts';
import {
  noApprovals,
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
const onlyPhases = { approval: { project: 'none' } } as const;

interface Report {
  readonly tasks: readonly { readonly number: number; readonly status: string }[];
  readonly decisions: readonly { readonly gateId: string }[];
}

/** A signal arrived, or its receiver had ended before. */
const settled = new Set(['externalWorkflowExecutionSignaled', 'signalExternalWorkflowExecutionFailed']);

/** After each event: signals to children that are still under way. Two at once may arrive in either order. */
const underWay = (events: readonly HistoryEvent[]): readonly number[] => {
  let count = 0;
  return events.map(({ kind }) => {
    if (kind === 'signalExternalWorkflowExecutionInitiated') count += 1;
    if (settled.has(kind)) count -= 1;
    return count;
  });
};
const mostUnderWay = (events: readonly HistoryEvent[]): number => Math.max(...underWay(events));

describe('a project and its children', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  const gate = (slug: string, phase = 1) => rig.gate(rig.phase(slug, phase));
  const known = (slug: string) =>
    rig.until<ProjectStatusView>(rig.project(slug), 'the project to know the gate', (each) =>
      each.phases.some((phase) => phase.gate !== null),
    );
  const failed = (slug: string) =>
    rig.until<ProjectStatusView>(rig.project(slug), 'the failure', (each) => each.condition === 'failed');
  const signalled = (events: readonly HistoryEvent[], name: string): readonly Report[] =>
    events
      .filter(
        ({ kind, attributes }) => kind === 'workflowExecutionSignaled' && attributes['signalName'] === name,
      )
      .map((event) => payloadOf<Report>(event, 'input'));

  /** All that was signalled is taken up, told on to the children, and settled. */
  const allHeard = (slug: string) =>
    eventually('that the project has told all it was told', async () => {
      const events = await historyOf(rig.project(slug));
      const last = events.findLast(({ kind }) => kind === 'workflowExecutionSignaled')?.id ?? Infinity;
      return firstTaskAfter(events, last) !== undefined && underWay(events).at(-1) === 0;
    });

  it('a project that is paused and resumed ten times in one workflow task leaves its phase as it is itself', async () => {
    const slug = rig.slug('toggled');
    const handle = await rig.start(slug, { phases, ...onlyPhases });
    await gate(slug);
    await rig.stopWorker();
    for (let round = 0; round < 10; round += 1) {
      await handle.signal('pause', {});
      await handle.signal('resume', {});
    }
    await rig.startWorker();
    await allHeard(slug);
    expect(await rig.phase(slug, 1).query<PhaseStatusView>('status')).toMatchObject({ paused: false });
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{}] });
    await gate(slug, 2);
    await rig.stopWorker();
    for (let round = 0; round < 10; round += 1) {
      await handle.signal('resume', {});
      await handle.signal('pause', {});
    }
    await rig.startWorker();
    await rig.until<PhaseStatusView>(rig.phase(slug, 2), 'the pause', (each) => each.paused);
    await handle.signal('resume', {});
    await rig.phase(slug, 2).executeUpdate('approve', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(mostUnderWay(await historyOf(handle))).toBe(1);
  });

  it('a pause that comes while a phase is being started holds that phase', async () => {
    const slug = rig.slug('starting');
    // Something else has the phase's id: the project waits to start it.
    const other = await rig.client.workflow.start('otherWorkflow', {
      taskQueue: 'nobody',
      workflowId: rig.phase(slug, 1).workflowId,
    });
    const handle = await rig.start(slug, { phases, ...noApprovals });
    await rig.until<ProjectStatusView>(handle, 'the start', (each) => each.phases[0]?.status === 'running');
    await handle.signal('pause', {});
    await rig.until<ProjectStatusView>(handle, 'the pause', (each) => each.condition === 'paused');
    await other.terminate('makes room');
    await rig.until<PhaseStatusView>(
      rig.phase(slug, 1),
      'the phase to be paused',
      (each) => each.paused && each.status === 'running',
    );
    await handle.executeUpdate('resume', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    const events = await historyOf(rig.phase(slug, 1));
    const [first] = scheduledIn(events);
    const heard = events.filter(({ kind }) => kind === 'workflowExecutionSignaled');
    expect(heard).toHaveLength(2);
    expect(first?.id).toBeGreaterThan(heard.at(-1)?.id ?? 0);
  });

  it('a pause that comes while a task is being started holds that task', async () => {
    const slug = rig.slug('starting-task');
    const other = await rig.client.workflow.start('otherWorkflow', {
      taskQueue: 'nobody',
      workflowId: rig.task(slug, 1, 1).workflowId,
    });
    const handle = await rig.start(slug, { phases, ...noApprovals });
    await rig.until<PhaseStatusView>(rig.phase(slug, 1), 'the start', (each) => each.currentTask === 1);
    await handle.executeUpdate('pause', { args: [{}] });
    await rig.until<PhaseStatusView>(rig.phase(slug, 1), 'the pause', (each) => each.paused);
    await other.terminate('makes room');
    await rig.until<TaskStatusView>(rig.task(slug, 1, 1), 'the task to be paused', (each) => each.paused);
    await handle.executeUpdate('resume', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    const events = await historyOf(rig.task(slug, 1, 1));
    const [first] = scheduledIn(events);
    const heard = events.filter(({ kind }) => kind === 'workflowExecutionSignaled');
    expect(heard).toHaveLength(2);
    expect(first?.id).toBeGreaterThan(heard.at(-1)?.id ?? 0);
  });

  it.each([
    ['approve', (open: { id: string }) => ({ gateId: open.id })],
    ['reject', (open: { id: string }) => ({ gateId: open.id, comment: 'again' })],
    ['message', () => ({ text: 'hello' })],
  ] as const)('%s to a phase that was terminated is refused with a sentence', async (name, payload) => {
    const slug = rig.slug(`vanished-${name}`);
    const handle = await rig.start(slug, { phases, ...onlyPhases });
    await gate(slug);
    const view = await known(slug);
    await rig.stopWorker();
    await rig.phase(slug, 1).terminate('by a person');
    await handle.signal(name, payload({ id: view.phases[0]?.gate?.id ?? '' }));
    await rig.startWorker();
    const { refused } = await rig.until<ProjectStatusView>(
      handle,
      'the failure and the refusal',
      (each) => each.condition === 'failed' && each.refused.length > 0,
    );
    expect(refused).toMatchObject([{ message: name, reason: expect.stringMatching(/ended|No agent/) }]);
    await handle.executeUpdate('retry', { args: [{}] });
    await known(slug);
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{}] });
    await gate(slug, 2);
    await rig.phase(slug, 2).executeUpdate('approve', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('a project that is cancelled while an approval is on its way cleans up all the same', async () => {
    const slug = rig.slug('cancelled');
    const handle = await rig.start(slug, { phases, ...onlyPhases });
    await gate(slug);
    const view = await known(slug);
    await rig.stopWorker();
    await handle.signal('approve', { gateId: view.phases[0]?.gate?.id });
    await handle.cancel();
    await rig.startWorker();
    await expect(handle.result()).rejects.toThrow();
    expect(scheduledIn(await historyOf(handle), 'closeWorkspace')).toHaveLength(1);
  });

  it('a late report of an earlier run of the phase changes nothing', async () => {
    const slug = rig.slug('late');
    const handle = await rig.start(slug, { phases, ...onlyPhases });
    await gate(slug);
    await known(slug);
    const reports = signalled(await historyOf(handle), 'phaseReported');
    await rig.phase(slug, 1).terminate('by a person');
    await failed(slug);
    await handle.executeUpdate('retry', { args: [{}] });
    const before = await known(slug);
    const late = { ...reports.at(-1), sequence: 1_000, status: 'failed', gate: null, tasks: [] };
    await handle.signal('phaseReported', late);
    // Refused in the order of arrival: once this shows, the report was heard.
    await handle.signal('launch', {});
    const after = await rig.until<ProjectStatusView>(handle, 'both', (each) => each.refused.length > 0);
    expect(after.phases).toEqual(before.phases);
    await handle.executeUpdate('approve', { args: [{ gateId: before.phases[0]?.gate?.id }] });
    await gate(slug, 2);
    await handle.terminate('the test is over');
  });

  it('a phase heeds only the project that started it', async () => {
    const slug = rig.slug('stranger');
    const handle = await rig.start(slug, { phases: [{ name: 'One', tasks: ['First'] }], ...onlyPhases });
    await gate(slug);
    const phase = rig.phase(slug, 1);
    await phase.signal('parentTold', { run: 'stranger', sequence: 1, name: 'pause', payload: {} });
    const { paused, refused } = await rig.until<PhaseStatusView>(
      phase,
      'the refusal',
      (each) => each.refused.length > 0,
    );
    expect({ paused, refused }).toMatchObject({ paused: false, refused: [{ message: 'parentTold' }] });
    await phase.executeUpdate('approve', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('a phase reports each task that is done once, and of those at work only what is new', async () => {
    const slug = rig.slug('deltas');
    const tasks = Array.from({ length: 6 }, (_, index) => `Task ${index + 1}`);
    const handle = await rig.start(slug, { phases: [{ name: 'One', tasks }], ...onlyPhases });
    const open = await gate(slug);
    expect((await known(slug)).phases[0]?.tasks.map(({ status }) => status)).toEqual(tasks.map(() => 'done'));
    await rig.phase(slug, 1).executeUpdate('reject', { args: [{ headSha: open.headSha, comment: 'more' }] });
    await rig.gate(rig.phase(slug, 1), open.gate.id);
    await rig.phase(slug, 1).executeUpdate('approve', { args: [{}] });
    await handle.result();
    const reports = signalled(await historyOf(handle), 'phaseReported');
    const told = (wanted: (status: string) => boolean) =>
      reports
        .flatMap(({ tasks: news }) => news.filter((task) => wanted(task.status)))
        .map(({ number }) => number);
    expect(told((status) => status === 'done')).toEqual([1, 2, 3, 4, 5, 6, 7]);
    // That it has heard what people said is news as well: the next run must know, should this one vanish.
    expect(told((status) => status !== 'done')).toEqual([7]);
    const decided = reports.flatMap((report) => report.decisions.map(({ gateId }) => gateId));
    expect(decided).toEqual([...new Set(decided)]);
    expect(decided).toContain('phase-1.1');
  });
});

describe('commands', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  const held = (slug: string) =>
    rig.until<ProjectStatusView>(
      rig.project(slug),
      'the project to be held',
      ({ condition, lifecycle }) => condition === 'paused' && lifecycle === 'implementing',
    );

  it('a phase that is skipped while a pause holds it does not run', async () => {
    const slug = rig.slug('skipped');
    await rig.stopWorker();
    const handle = await rig.start(slug, { phases, ...noApprovals });
    await handle.signal('pause', {});
    await rig.startWorker();
    await held(slug);
    await handle.executeUpdate('amend', { args: [{ phases: [{ phase: 1, skip: true }] }] });
    await handle.executeUpdate('resume', { args: [{}] });
    await handle.result();
    expect((await rig.status(slug)).phases.map(({ status }) => status)).toEqual(['skipped', 'completed']);
    await expect(rig.phase(slug, 1).describe()).rejects.toThrow('not found');
    const grep = `--grep=Phasewright-Project: ${slug}`;
    const landed = rig.git(
      'log',
      '--no-merges',
      '--format=%(trailers:key=Phasewright-Phase,valueonly)',
      grep,
      'main',
    );
    expect(landed.trim()).toBe('2');
  });

  it('a skip cannot be taken back once the project is past the phase', async () => {
    const slug = rig.slug('past');
    await rig.stopWorker();
    const handle = await rig.start(slug, { phases, ...onlyPhases });
    await handle.signal('pause', {});
    await rig.startWorker();
    await held(slug);
    const skip = (value: boolean) =>
      handle.executeUpdate('amend', { args: [{ phases: [{ phase: 1, skip: value }] }] });
    await skip(true);
    await skip(false);
    await skip(true);
    await handle.executeUpdate('resume', { args: [{}] });
    await rig.gate(rig.phase(slug, 2));
    await expect(skip(false)).rejects.toMatchObject({
      cause: { type: 'InvalidMessage', message: expect.stringContaining('the project is past it') },
    });
    await rig.phase(slug, 2).executeUpdate('approve', { args: [{}] });
    await handle.result();
  });

  it('a command id that comes three times while the first is at work counts once, and all get its answer', async () => {
    const slug = rig.slug('thrice');
    await rig.stopWorker();
    const handle = await rig.start(slug, { phases, ...noApprovals });
    await handle.signal('pause', {});
    await rig.startWorker();
    await held(slug);
    const change = { commandId: 'c-1', phases: [{ phase: 2, tasks: ['Other'] }] };
    await rig.stopWorker();
    const answers = [1, 2, 3].map(() => handle.executeUpdate('amend', { args: [change] }));
    await handle.signal('amend', change);
    await rig.startWorker();
    const [first, ...others] = await Promise.all(answers);
    expect(others).toEqual([first, first]);
    await handle.executeUpdate('resume', { args: [{}] });
    await handle.result();
    expect(scheduledIn(await historyOf(handle), 'planTasks')).toHaveLength(1);
  });

  it('a message that comes three times under one command id is in the prompt once', async () => {
    const slug = rig.slug('said-once');
    await rig.stopWorker();
    const task = await rig.startTask(slug, { approval: { project: 'none' } });
    await task.signal('pause', {});
    for (let times = 0; times < 3; times += 1)
      await task.signal('message', { commandId: 'm-1', text: 'Mind the gap.' });
    await rig.startWorker();
    await task.executeUpdate('resume', { args: [{}] });
    await task.result();
    expect((await task.query<TaskStatusView>('status')).messages).toHaveLength(1);
  });

  it('a command id of one command does not answer another', async () => {
    const slug = rig.slug('same-id');
    await rig.stopWorker();
    const handle = await rig.start(slug, { phases, ...noApprovals });
    await handle.signal('pause', { commandId: 'c-1' });
    await rig.startWorker();
    await held(slug);
    expect(await handle.executeUpdate('resume', { args: [{ commandId: 'c-1' }] })).toMatchObject({
      message: 'Resumed.',
    });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });
});
