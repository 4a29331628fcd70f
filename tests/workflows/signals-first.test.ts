/** Signals that come before a workflow's first task reach their own handlers, in the order of their arrival. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { newLanding } from '../../domain/landing/state.ts';
import type { ProjectPlan } from '../../domain/progress/plan.ts';
import { type CarriedProject, newProjectState, type ProjectState } from '../../workflows/project/state.ts';
import { historyOf, payloadOf, scheduledIn } from '../support/histories.ts';
import {
  noApprovals,
  type PhaseStatusView,
  type ProjectStatusView,
  type Rig,
  startRig,
  type TaskStatusView,
} from '../support/rig.ts';

type Signals = readonly (readonly [name: string, payload?: unknown])[];

const one = { phases: [{ name: 'One', tasks: ['First'] }], ...noApprovals };
const hint = { repository: 'acme/shop', number: null };

/** What comes first, whether it leaves the workflow paused, and what of it is refused. */
const openings: readonly (readonly [string, Signals, boolean, readonly string[]])[] = [
  ['pause', [['pause', {}]], true, []],
  [
    'resume, then pause',
    [
      ['resume', {}],
      ['pause', {}],
    ],
    true,
    [],
  ],
  [
    'pause, then resume',
    [
      ['pause', {}],
      ['resume', {}],
    ],
    false,
    [],
  ],
  [
    'an unknown name, then pause',
    [
      ['launch', {}],
      ['pause', {}],
    ],
    true,
    ['launch'],
  ],
  [
    'a hint, then pause',
    [
      ['codeHostChanged', hint],
      ['pause', {}],
    ],
    true,
    [],
  ],
  [
    'pause, an approval, rubbish, an unknown name and a retry',
    [['pause', {}], ['approve'], ['message', 7], ['launch', 'now'], ['retry', {}]],
    true,
    ['approve', 'message', 'launch', 'retry'],
  ],
];

describe('signals before the first workflow task', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  /** Starts and tells it with no worker up. */
  async function startFirst(start: () => Promise<WorkflowHandle>, signals: Signals): Promise<WorkflowHandle> {
    await rig.stopWorker();
    const handle = await start();
    for (const [name, ...payload] of signals) await handle.signal(name, ...payload);
    await rig.startWorker();
    return handle;
  }

  it.each(openings)('a project heeds %s', async (what, signals, paused, refused) => {
    const slug = rig.slug(`first-${openings.findIndex(([name]) => name === what)}`);
    const handle = await startFirst(() => rig.start(slug, one), signals);
    if (paused) {
      const view = await rig.until<ProjectStatusView>(
        handle,
        'the project to be held before its first phase',
        ({ condition, lifecycle }) => condition === 'paused' && lifecycle === 'implementing',
      );
      expect(view.phases[0]).toMatchObject({ status: 'pending' });
      await handle.signal('resume', {});
    }
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect((await rig.status(slug)).refused.map(({ message }) => message)).toEqual(refused);
  });

  it('a project that has just continued as new heeds a hint and a pause', async () => {
    const slug = rig.slug('continued');
    const before = await rig.start(slug, one);
    await before.result();
    const events = await historyOf(before);
    const planned = events.find(({ kind }) => kind === 'activityTaskCompleted');
    const plan = payloadOf<ProjectPlan>(planned, 'result');
    const { sha } = plan.base;
    const state: ProjectState = {
      ...newProjectState(),
      lifecycle: 'implementing',
      landing: newLanding({ headSha: sha, baseSha: sha, startSha: sha }),
    };
    const gates = { open: null, decisions: [] };
    const input: CarriedProject = { carried: { schema: 1, plan, state, gates, refused: [], answered: [] } };
    const handle = await startFirst(
      () =>
        rig.client.workflow.start('projectWorkflow', {
          taskQueue: rig.taskQueue,
          workflowId: before.workflowId,
          args: [input],
        }),
      [
        ['codeHostChanged', hint],
        ['pause', {}],
      ],
    );
    const view = await rig.until<ProjectStatusView>(
      handle,
      'the pause',
      ({ condition }) => condition === 'paused',
    );
    expect(view.refused).toEqual([]);
    await handle.terminate('the test is over');
  });

  it.each(openings)('a phase heeds %s', async (what, signals, paused, refused) => {
    const slug = rig.slug(`phased-${openings.findIndex(([name]) => name === what)}`);
    const project = await rig.start(slug, one);
    await project.result();
    const started = (await historyOf(project)).find(
      ({ kind }) => kind === 'startChildWorkflowExecutionInitiated',
    );
    const phase = await startFirst(
      () =>
        rig.client.workflow.start('phaseWorkflow', {
          taskQueue: rig.taskQueue,
          workflowId: rig.phase(slug, 1).workflowId,
          args: [payloadOf(started, 'input')],
        }),
      signals,
    );
    const view = await rig.until<PhaseStatusView>(
      phase,
      'the last signal',
      (each) => each.paused === paused && each.refused.length >= refused.length,
    );
    expect(view.refused.map(({ message }) => message)).toEqual(refused);
    await phase.terminate('the test is over').catch(() => undefined);
  });

  it.each(openings)('a standalone task heeds %s', async (what, signals, paused, refused) => {
    const slug = rig.slug(`task-${openings.findIndex(([name]) => name === what)}`);
    const task = await startFirst(() => rig.startTask(slug, { approval: { project: 'none' } }), signals);
    // Once it answers this, it has taken in all that came before.
    await task.executeUpdate('message', { args: [{ text: 'Hello.' }] });
    const view = await task.query<TaskStatusView>('status');
    expect(view.refused.map(({ message }) => message)).toEqual(refused);
    if (paused) {
      expect(view).toMatchObject({ status: 'incoming', attempts: 0 });
      await task.signal('resume', {});
    }
    expect(await task.result()).toMatchObject({ status: 'done' });
    const events = await historyOf(task);
    expect(events.some(({ kind }) => kind === 'workflowTaskFailed')).toBe(false);
    const [work] = scheduledIn(events, 'prepareWorktree');
    const lastSignal = events.findLast(({ kind }) => kind === 'workflowExecutionSignaled');
    expect(work?.id).toBeGreaterThan(lastSignal?.id ?? 0);
  });
});
