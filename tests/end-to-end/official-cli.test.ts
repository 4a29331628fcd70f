/** The official `temporal` command alone: no part of our own client takes part in what a person does here. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import {
  noApprovals,
  type PhaseStatusView,
  type ProjectStatusView,
  type Rig,
  startRig,
} from '../support/rig.ts';
import { type CommandRun, temporal, temporalJson } from '../support/temporal-command.ts';

interface Outcome {
  readonly status: string;
  readonly result?: { readonly status: string };
  readonly closeEvent?: unknown;
}
interface Listed {
  readonly execution: { readonly workflowId: string };
}

const phases = [
  { name: 'One', tasks: ['First'] },
  { name: 'Two', tasks: ['Second'] },
];

describe('the official temporal command', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  const start = (slug: string, input: string, ...more: string[]): Promise<CommandRun> =>
    temporal(
      'workflow',
      'start',
      ...['--type', 'projectWorkflow', '--task-queue', rig.taskQueue, '--workflow-id', `project.${slug}`],
      ...['--input', input, ...more],
    );
  const input = (more: object = {}) =>
    JSON.stringify({
      name: 'By hand',
      repository: rig.repository,
      phases,
      approval: { project: 'none' },
      notify: [],
      ...more,
    });
  const signal = (id: string, name: string, ...more: string[]) =>
    temporal('workflow', 'signal', '--workflow-id', id, '--name', name, ...more);
  const update = (id: string, name: string, ...more: string[]) =>
    temporal('workflow', 'update', 'execute', '--workflow-id', id, '--name', name, ...more);
  const query = async <V>(id: string) =>
    (
      await temporalJson<{ readonly queryResult: readonly [V] }>(
        'workflow',
        'query',
        ...['--workflow-id', id, '--name', 'status'],
      )
    ).queryResult[0];
  const found = async (where: string) =>
    (await temporalJson<readonly Listed[]>('workflow', 'list', '--query', where)).map(
      ({ execution }) => execution.workflowId,
    );
  const phaseId = (slug: string, phase: number) => `project.${slug}.phase.${phase}`;
  const gate = (slug: string, phase: number, other?: string) =>
    eventually(`a gate of phase ${phase}`, async () => {
      const view = await query<PhaseStatusView>(phaseId(slug, phase)).catch(() => undefined);
      return view?.gate != null && view.gate.id !== other ? view : undefined;
    });

  it('starts a project, approves one phase, rejects another and follows it to its end', async () => {
    const slug = rig.slug('hand');
    expect(await start(slug, input())).toMatchObject({ code: 0 });
    const first = await gate(slug, 1);
    const waiting = `PhasewrightProject = '${slug}' AND PhasewrightStatus = 'waiting' AND PhasewrightPhase = 1 AND PhasewrightWaitingFor != ''`;
    await eventually('the list to show it', async () =>
      (await found(waiting)).includes(`project.${slug}`) ? true : undefined,
    );

    const approved = await update(phaseId(slug, 1), 'approve', '--input', '{"by": "ann"}');
    expect(approved).toMatchObject({ code: 0, stdout: expect.stringContaining('approved by ann') });

    const second = await gate(slug, 2);
    const no = JSON.stringify({ by: 'bob', comment: 'Name it better.', headSha: second.headSha });
    expect(await signal(phaseId(slug, 2), 'reject', '--input', no)).toMatchObject({ code: 0 });
    const revised = await gate(slug, 2, second.gate?.id);
    expect(revised.tasks).toHaveLength(2);
    expect(revised.pullRequest?.number).toBe(second.pullRequest?.number);
    expect(await signal(phaseId(slug, 2), 'approve', '--input', '{"by": "bob"}')).toMatchObject({ code: 0 });

    const end = await temporalJson<Outcome>('workflow', 'result', '--workflow-id', `project.${slug}`);
    expect(end).toMatchObject({ status: 'COMPLETED', result: { status: 'done' } });
    const view = await query<ProjectStatusView>(`project.${slug}`);
    expect(view.decisions.map(({ action, by, gateId }) => [gateId, action, by])).toEqual([
      [first.gate?.id, 'approve', 'ann'],
      [second.gate?.id, 'reject', 'bob'],
      [revised.gate?.id, 'approve', 'bob'],
    ]);
    expect(rig.git('merge-base', '--is-ancestor', revised.headSha ?? '', 'main')).toBe('');
    await eventually('the list to follow', async () =>
      (await found(`PhasewrightProject = '${slug}' AND PhasewrightStatus = 'done'`)).length === 1
        ? true
        : undefined,
    );
  });

  it('signals nothing can be made of do no harm and show in status.refused', async () => {
    const slug = rig.slug('odd');
    await start(slug, input({ phases: [phases[0]] }));
    await gate(slug, 1);
    const encoded = (encoding: string, data: string) => [
      '--input',
      data,
      '--input-meta',
      `encoding=${encoding}`,
    ];
    const odd: readonly (readonly [string, string, string, ...string[]])[] = [
      ['approve', 'InvalidMessage', 'came without input'],
      ['approve', 'InvalidMessage', 'not a string', '--input', '"yes"'],
      ['approve', 'InvalidMessage', 'came without input', '--input', 'null'],
      ['approve', 'InvalidMessage', 'not a list', '--input', '[{}]'],
      ['approve', 'InvalidMessage', "'sure' is not a field", '--input', '{"sure": true}'],
      ['approve', 'InvalidMessage', 'not bytes', ...encoded('binary/plain', '{"by": "ann"}')],
      ['approve', 'InvalidMessage', "can't be read (Unknown encoding: made/up)", ...encoded('made/up', '{}')],
      ['approve', 'InvalidMessage', "can't be read", ...encoded('binary/encrypted', '{}')],
      ['reject', 'InvalidMessage', "'comment' is missing", '--input', '{"by": "ann"}'],
      [
        'reject',
        'InvalidMessage',
        "'commandId' must be a string",
        '--input',
        '{"commandId": {}, "comment": "no"}',
      ],
      ['lunch', 'InvalidMessage', "no message 'lunch'", '--input', '{}'],
      ['lunch', 'InvalidMessage', "no message 'lunch'", ...encoded('made/up', 'x')],
      ['__temporal_made_up', 'InvalidMessage', 'no message', '--input', '{}'],
      ['__stack_trace', 'InvalidMessage', 'no message'],
    ];
    const toProject: typeof odd = [
      ['phaseReported', 'InvalidMessage', 'no such report'],
      [
        'phaseReported',
        'InvalidMessage',
        'no such report',
        '--input',
        '{"phase": 1, "sequence": 999, "tasks": [null]}',
      ],
      ['taskReported', 'InvalidMessage', 'no such report', '--input', '"x"'],
      ['retry', 'NotWaiting', 'Nothing has failed', '--input', '{}'],
    ];
    for (const [id, signals] of [
      [phaseId(slug, 1), odd],
      // The last 20 are kept.
      [`project.${slug}`, [...odd.slice(2), ...toProject]],
    ] as const) {
      for (const [name, , , ...more] of signals)
        expect(await signal(id, name, ...more)).toMatchObject({ code: 0 });
      await rawSignal(id, 'approve', '{"by": "ann"', 'json/plain');
      await rawSignal(id, 'approve', '', 'json/plain');
      await rawSignal(id, 'approve', '\u0000\u0001', 'json/protobuf');
      const all = [
        ...signals.map(([name, code, says]) => [name, code, expect.stringContaining(says)]),
        ...Array.from({ length: 3 }, () => [
          'approve',
          'InvalidMessage',
          expect.stringContaining("can't be read"),
        ]),
      ];
      const view = await eventually('the refusals', async () => {
        const seen = await query<ProjectStatusView>(id);
        return seen.refused.length === all.length ? seen : undefined;
      });
      expect(
        view.refused.map(({ message, code, reason }) => [message.replace('reserved: ', ''), code, reason]),
      ).toEqual(all);
    }
    expect((await gate(slug, 1)).gate?.id).toBe('phase-1.1');
    await signal(phaseId(slug, 1), 'approve', '--input', '{"by": "ann"}');
    const end = await temporalJson<Outcome>('workflow', 'result', '--workflow-id', `project.${slug}`);
    expect(end).toMatchObject({ status: 'COMPLETED', result: { status: 'done' } });
  });

  it('a signal with no open gate is refused, and none is stored for a later gate', async () => {
    const slug = rig.slug('early');
    rig.git('branch', `project/${slug}`, 'main');
    await start(slug, input());
    await eventually('it to stop at the conflict', async () =>
      (await query<ProjectStatusView>(`project.${slug}`)).condition === 'failed' ? true : undefined,
    );
    const early = '{"by": "ann", "gateId": "phase-1.1"}';
    await signal(`project.${slug}`, 'approve', '--input', early);
    rig.git('branch', '-D', `project/${slug}`);
    await signal(`project.${slug}`, 'retry', '--input', '{}');
    await gate(slug, 1);
    await signal(phaseId(slug, 1), 'approve', '--input', '{"gateId": "phase-2.1"}');
    await signal(phaseId(slug, 1), 'approve', '--input', '{"by": "bob"}');
    await gate(slug, 2);
    await signal(phaseId(slug, 2), 'approve', '--input', '{"by": "bob"}');
    await temporalJson('workflow', 'result', '--workflow-id', `project.${slug}`);
    const project = await query<ProjectStatusView>(`project.${slug}`);
    expect(project.refused.map(({ message, code }) => [message, code])).toEqual([['approve', 'NoOpenGate']]);
    expect(project.decisions.map(({ gateId, by }) => [gateId, by])).toEqual([
      ['phase-1.1', 'bob'],
      ['phase-2.1', 'bob'],
    ]);
    const phase = await query<PhaseStatusView>(phaseId(slug, 1));
    expect(phase.refused.map(({ code }) => code)).toEqual(['GateMismatch']);
  });

  it('a wrong update gets a clear error, and history nothing', async () => {
    const slug = rig.slug('updates');
    await start(slug, input({ phases: [phases[0]] }));
    await gate(slug, 1);
    const before = await historyLength(phaseId(slug, 1));
    const wrong: readonly (readonly [string, string, ...string[]])[] = [
      ['aprove', 'aprove'],
      ['approve', "'approve' came without input; send at least {}"],
      ['approve', "'approve' takes an object", '--input', '"yes"'],
      ['approve', "'sure' is not a field of 'approve'", '--input', '{"sure": true}'],
      [
        'approve',
        "can't be read (Unknown encoding: made/up)",
        '--input',
        '{}',
        '--input-meta',
        'encoding=made/up',
      ],
      ['reject', "'comment' is missing", '--input', '{"by": "ann"}'],
      ['approve', 'You looked at ffffffff', '--input', `{"headSha": "${'f'.repeat(40)}"}`],
      ['answer', 'No agent has asked anything: ', '--input', '{"text": "green"}'],
    ];
    for (const [name, says, ...more] of wrong) {
      expect(await update(phaseId(slug, 1), name, ...more)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(says),
      });
    }
    expect(await historyLength(phaseId(slug, 1))).toBe(before);

    const atOnce = await update(`project.${slug}`, 'approve', '--input', '{"by": "ann"}');
    expect(atOnce).toMatchObject({ code: 1, stderr: expect.stringContaining("Name 'gateId' or 'headSha'") });
    const named = await update(
      `project.${slug}`,
      'approve',
      '--input',
      '{"by": "ann", "gateId": "phase-1.1"}',
    );
    expect(named).toMatchObject({ code: 0, stdout: expect.stringContaining('approved by ann') });
    await temporalJson('workflow', 'result', '--workflow-id', `project.${slug}`);
    const late = await update(phaseId(slug, 1), 'reject', '--input', '{"comment": "too late"}');
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('completed') });
  });

  it('a start with a bad input ends with InvalidProject, which names every bad field', async () => {
    const slug = rig.slug('bad');
    const bad = JSON.stringify({
      name: '',
      repository: '/nowhere/at/all',
      colour: 'red',
      phases: [{ name: 'One', tasks: [], approvals: 1 }],
      check_timeout: 'soon',
    });
    await start(slug, bad);
    const end = await temporal('workflow', 'result', '--workflow-id', `project.${slug}`, '--output', 'json');
    expect(end.code).toBe(1);
    const { message, applicationFailureInfo } = await failureOf(slug);
    expect(applicationFailureInfo.type).toBe('InvalidProject');
    for (const field of ['name', 'repository', 'colour', 'phases[0].tasks', 'approvals', 'check_timeout'])
      expect(message).toContain(field);
    expect(message).toContain('/nowhere/at/all');
  });

  it.each([
    ['no input at all', []],
    ['a string', ['--input', '"projects/one.yaml"']],
    ['a list', ['--input', '[]']],
    ['an encoding nobody knows', ['--input', '{}', '--input-meta', 'encoding=made/up']],
    ['bytes', ['--input', '{}', '--input-meta', 'encoding=binary/plain']],
  ])('a start with %s ends with InvalidProject', async (name, more) => {
    const slug = rig.slug(name.replaceAll(' ', '-'));
    const id = ['--task-queue', rig.taskQueue, '--workflow-id', `project.${slug}`];
    await temporal('workflow', 'start', '--type', 'projectWorkflow', ...id, ...more);
    await temporal('workflow', 'result', '--workflow-id', `project.${slug}`);
    expect((await failureOf(slug)).applicationFailureInfo.type).toBe('InvalidProject');
  });

  it('cancel stops it and cleans up; terminate stops it at once', async () => {
    const [cancelled, terminated] = [rig.slug('cancelled'), rig.slug('terminated')];
    for (const slug of [cancelled, terminated]) await start(slug, input());
    for (const slug of [cancelled, terminated]) await gate(slug, 1);
    await temporal('workflow', 'cancel', '--workflow-id', `project.${cancelled}`);
    await temporal('workflow', 'terminate', '--workflow-id', `project.${terminated}`, '--reason', 'enough');
    expect(await closedAs(cancelled)).toBe('WORKFLOW_EXECUTION_STATUS_CANCELED');
    expect(await closedAs(terminated)).toBe('WORKFLOW_EXECUTION_STATUS_TERMINATED');
    const view = await query<ProjectStatusView>(`project.${cancelled}`);
    expect(view.condition).toBe('cancelled');
    expect(rig.git('for-each-ref', `refs/phasewright/${cancelled}`)).toBe('');
    expect(rig.git('branch', '--list', view.integrationBranch)).toContain(cancelled);
  });

  it('without any gate it runs through by itself', async () => {
    const slug = rig.slug('through');
    await start(slug, input(noApprovals));
    const end = await temporalJson<Outcome>('workflow', 'result', '--workflow-id', `project.${slug}`);
    expect(end).toMatchObject({ status: 'COMPLETED', result: { status: 'done' } });
  });

  /** What a client of another make may send: the bytes as they are. */
  async function rawSignal(
    workflowId: string,
    signalName: string,
    data: string,
    encoding: string,
  ): Promise<void> {
    await rig.client.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId },
      signalName,
      requestId: randomUUID(),
      input: { payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }] },
    });
  }

  interface Description {
    readonly workflowExecutionInfo: { readonly status: string; readonly historyLength: string };
  }
  const describeWorkflow = (id: string) =>
    temporalJson<Description>('workflow', 'describe', '--workflow-id', id);
  const historyLength = async (id: string) =>
    (await describeWorkflow(id)).workflowExecutionInfo.historyLength;
  const closedAs = (slug: string) =>
    eventually('it to close', async () => {
      const { status } = (await describeWorkflow(`project.${slug}`)).workflowExecutionInfo;
      return status.endsWith('RUNNING') ? undefined : status;
    });

  interface Failure {
    readonly message: string;
    readonly applicationFailureInfo: { readonly type: string };
  }
  interface History {
    readonly events: readonly {
      readonly workflowExecutionFailedEventAttributes?: { readonly failure: Failure };
    }[];
  }
  /** The workflow's own failure, as its last event has it. */
  async function failureOf(slug: string): Promise<Failure> {
    const { events } = await temporalJson<History>('workflow', 'show', '--workflow-id', `project.${slug}`);
    const failure = events.at(-1)?.workflowExecutionFailedEventAttributes?.failure;
    if (failure === undefined) throw new Error(`project.${slug} has not failed.`);
    return failure;
  }
});
