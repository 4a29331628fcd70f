/**
 * Recording a phase's end and starting the next one are one step: both belong to the first workflow task after the phase
 * child's completion, whatever else arrives in that very task.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import type { PhaseOutcome } from '../../domain/progress/outcomes.ts';
import { phaseWorkflowId, projectWorkflowId } from '../../domain/names/workflow-ids.ts';
import { eventually } from '../support/eventually.ts';
import { firstTaskAfter, type HistoryEvent, historyOf } from '../support/histories.ts';
import { noApprovals, type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';

const phases = [
  { name: 'One', tasks: ['First'] },
  { name: 'Two', tasks: ['Second'] },
  { name: 'Three', tasks: ['Third'] },
];

const completions = (events: readonly HistoryEvent[]) =>
  events.filter(({ kind }) => kind === 'childWorkflowExecutionCompleted');
const starts = (events: readonly HistoryEvent[], id: string) =>
  events.filter(
    ({ kind, attributes }) =>
      kind === 'startChildWorkflowExecutionInitiated' && attributes['workflowId'] === id,
  );

describe('advance is atomic', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  it('the next child is started by the first workflow task after the completion', async () => {
    const slug = rig.slug('plain');
    const handle = await rig.start(slug, { phases, ...noApprovals });
    await handle.result();
    const events = await historyOf(handle);
    const [one, two] = completions(events);
    for (const [completion, next] of [
      [one, 2],
      [two, 3],
    ] as const) {
      const [start, ...more] = starts(events, phaseWorkflowId(slug, next));
      expect(more).toEqual([]);
      expect(Number(start?.attributes['workflowTaskCompletedEventId'])).toBe(
        firstTaskAfter(events, completion?.id ?? 0),
      );
    }
  });

  /** With no worker up, completes the phase's workflow task by hand, so that what follows waits in the project's very next task. */
  async function endPhaseByHand(slug: string): Promise<void> {
    const { connection } = rig.client;
    const { workflowService } = connection;
    const view = await rig.phaseStatus(slug, 1);
    const project = await rig.status(slug);
    await rig.stopWorker();
    await rig.phase(slug, 1).signal('resume', {});
    const outcome: PhaseOutcome = {
      schema: 1,
      number: 1,
      name: 'One',
      status: 'completed',
      reason: null,
      message: 'merged',
      branch: view.branch,
      headSha: view.headSha,
      integrationSha: project.phases[0]?.headSha ?? '',
      tested: null,
      pullRequest: view.pullRequest,
      tasks: view.tasks.map(({ number, title, commit }) => ({
        number,
        title,
        status: 'done',
        reason: null,
        message: '',
        attempts: 1,
        commit,
        noop: false,
      })),
      files: [],
      landing: null,
      decisions: [],
      added: [],
      words: [],
      merge: null,
      fence: { epoch: 1, sha: rig.git('rev-parse', `refs/phasewright/${slug}/epoch`) },
      cost: { usd: 0, tokens: 0, unknown: false },
      workedMs: 0,
    };
    for (let polls = 0; polls < 10; polls += 1) {
      const poll = { namespace: 'default', taskQueue: { name: rig.taskQueue }, identity: 'by hand' };
      const task = await connection.withDeadline(Date.now() + 30_000, () =>
        workflowService.pollWorkflowTaskQueue(poll),
      );
      if (task.workflowExecution?.workflowId !== phaseWorkflowId(slug, 1)) continue;
      await workflowService.respondWorkflowTaskCompleted({
        namespace: 'default',
        taskToken: task.taskToken,
        identity: 'by hand',
        commands: [
          {
            commandType: 4,
            completeWorkflowExecutionCommandAttributes: {
              result: { payloads: [defaultPayloadConverter.toPayload(outcome)] },
            },
          },
        ],
      });
      return;
    }
    throw new Error('The phase had no workflow task to complete.');
  }

  async function gatedProject(name: string): Promise<string> {
    const slug = rig.slug(name);
    await rig.start(slug, { phases, approval: { project: 'none' } });
    await rig.gate(rig.phase(slug, 1));
    await rig.until<ProjectStatusView>(
      rig.project(slug),
      'the project to know it',
      (each) => each.phases[0]?.gate != null,
    );
    return slug;
  }

  const isAdmitted = (slug: string, updateId: string): Promise<boolean> =>
    rig.client.workflowService
      .pollWorkflowExecutionUpdate({
        namespace: 'default',
        identity: 'by hand',
        updateRef: { workflowExecution: { workflowId: projectWorkflowId(slug) }, updateId },
        waitPolicy: { lifecycleStage: 1 },
      })
      .then(
        () => true,
        () => false,
      );

  it('also with an update waiting in that task', async () => {
    const slug = await gatedProject('update');
    await endPhaseByHand(slug);
    const updateId = 'in-that-task';
    const update = rig.project(slug).executeUpdate('extendBudget', { updateId, args: [{ usd: 1 }] });
    await eventually('that the server has the update', () => isAdmitted(slug, updateId));
    await rig.startWorker();
    await expect(update).resolves.toMatchObject({ message: expect.stringContaining('unlimited') });
    const events = await historyOf(rig.project(slug));
    const completion = completions(events)[0];
    const task = firstTaskAfter(events, completion?.id ?? 0);
    expect(
      Number(starts(events, phaseWorkflowId(slug, 2))[0]?.attributes['workflowTaskCompletedEventId']),
    ).toBe(task);
    const accepted = events.find(({ kind }) => kind === 'workflowExecutionUpdateAccepted');
    expect(accepted?.id).toBeGreaterThan(completion?.id ?? 0);
    await rig.project(slug).terminate();
  });

  it('a pause that arrives in that very task holds the next phase; resume starts it', async () => {
    const slug = await gatedProject('pause');
    await endPhaseByHand(slug);
    await rig.project(slug).signal('pause', { by: 'ann' });
    await rig.startWorker();
    const held = await rig.until<ProjectStatusView>(
      rig.project(slug),
      'the hold',
      (each) => each.advances.length > 0,
    );
    expect(held).toMatchObject({
      condition: 'paused',
      advances: [{ stage: 'next_phase_held', success: true, nextPhase: { number: 2 } }],
    });
    const events = await historyOf(rig.project(slug));
    const completion = completions(events)[0]?.id ?? 0;
    const pause =
      events.find(
        ({ kind, attributes }) =>
          kind === 'workflowExecutionSignaled' && attributes['signalName'] === 'pause',
      )?.id ?? 0;
    expect(firstTaskAfter(events, completion)).toBe(firstTaskAfter(events, pause));
    expect(starts(events, phaseWorkflowId(slug, 2))).toEqual([]);

    await rig.project(slug).executeUpdate('resume', { args: [{}] });
    await rig.until<ProjectStatusView>(
      rig.project(slug),
      'phase 2',
      (each) => each.phases[1]?.status === 'running',
    );
    await rig.project(slug).terminate();
  });
});

describe('over continue-as-new', () => {
  let server: OwnServer;
  let rig: Rig;
  beforeAll(async () => {
    // The server suggests it after 30 events, so that every advance of this small project is carried over.
    server = await startOwnServer(['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30']);
    rig = await startRig({ address: server.address });
  });
  afterAll(async () => {
    await rig.close();
    await server.stop();
  });

  it('the new run starts the next phase in its first workflow task, and nothing is advanced twice', async () => {
    const slug = rig.slug('carried');
    const handle = await rig.start(slug, { phases, ...noApprovals });
    await handle.result();
    const runs: HistoryEvent[][] = [];
    for await (const run of rig.client.workflow.list({ query: `WorkflowId = 'project.${slug}'` })) {
      runs.push([...(await historyOf(rig.client.workflow.getHandle(`project.${slug}`, run.runId)))]);
    }
    expect(runs.length).toBeGreaterThan(1);
    for (const number of [1, 2, 3])
      expect(runs.flatMap((events) => starts(events, phaseWorkflowId(slug, number)))).toHaveLength(1);
    for (const events of runs.filter((each) =>
      each.some(({ attributes }) => attributes['continuedExecutionRunId']),
    )) {
      const first = events.find(({ kind }) => kind === 'startChildWorkflowExecutionInitiated');
      expect(Number(first?.attributes['workflowTaskCompletedEventId'])).toBe(firstTaskAfter(events, 0));
    }
    const view = await rig.status(slug);
    expect(view.advances.map(({ stage, phaseCompleted }) => [phaseCompleted.number, stage])).toEqual([
      [1, 'next_phase_started'],
      [2, 'next_phase_started'],
      [3, 'workflow_complete'],
    ]);
  });

  it('a phase goes on between two of its tasks, and its project hears of each task once', async () => {
    const slug = rig.slug('long');
    const tasks = Array.from({ length: 9 }, (_each, index) => `Task ${index + 1}`);
    const handle = await rig.start(slug, { phases: [{ name: 'Long', tasks }], ...noApprovals });
    expect(await handle.result()).toMatchObject({ status: 'done', phases: [{ status: 'completed' }] });
    const workflowId = phaseWorkflowId(slug, 1);
    let runs = 0;
    for await (const _run of rig.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs += 1;
    expect(runs).toBeGreaterThan(1);
    const [phase] = (await rig.status(slug)).phases;
    expect(phase?.tasks.map(({ title, status }) => [title, status])).toEqual(
      tasks.map((title) => [title, 'done']),
    );
    const commits = rig.git(
      'log',
      '--no-merges',
      '--format=%H',
      `--grep=Phasewright-Project: ${slug}`,
      'main',
    );
    expect(commits.split('\n')).toHaveLength(tasks.length);
  });
});
