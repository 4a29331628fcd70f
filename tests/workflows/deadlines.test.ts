/** Days of waiting in seconds, on the time-skipping server: reminders, expiry and pauses of gates, and what a phase's clock counts. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { defaultPayloadConverter, fromPayloadsAtIndex } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { searchAttributes } from '../../domain/names/search-attributes.ts';
import type { NotifyActivities } from '../../activities/notify/contract.ts';
import {
  obedient,
  type PhaseStatusView,
  type ProjectStatusView,
  quietRuntime,
  type Rig,
  startRig,
} from '../support/rig.ts';
import { timeSkippingEnvironment } from '../support/servers.ts';

const hour = 3_600_000;
/** So that a notice that falls due is sent, in real time, before the clock skips on. */
const moment = 2_000;
const one = [{ name: 'One', tasks: ['Do it'] }];
const waiting = { project: 'none', remind_after: '4h', expire_after: '10h' } as const;

describe('over days', () => {
  let environment: TestWorkflowEnvironment;
  let rig: Rig;
  const printed: string[] = [];
  beforeAll(async () => {
    // The channel waits until its text is written; Jest's own standard output never says so.
    jest.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
      printed.push(String(text));
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    });
    quietRuntime();
    environment = await timeSkippingEnvironment();
    // This server can add attributes, but not list them.
    await environment.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: Object.fromEntries(
        Object.entries(searchAttributes).map(([name, type]) => [name, type === 'INT' ? 3 : 2]),
      ),
    });
    rig = await startRig({
      address: environment.address,
      entries: [
        {
          role: 'implementer',
          phase: 1,
          task: 3,
          turn: 1,
          result: { outcome: 'blocked', summary: 'stuck', question: 'Blue or green?' },
        },
        ...obedient,
      ],
    });
  });
  afterAll(async () => {
    await rig?.close();
    await environment?.teardown();
    jest.restoreAllMocks();
  });

  const gate = (slug: string, id: string): Promise<PhaseStatusView> =>
    rig.until<PhaseStatusView>(rig.phase(slug, 1), `gate ${id}`, (view) => view.gate?.id === id);

  /** The notices a workflow sent: kind and hours since `from`, in order. All of them have got through. */
  async function notices(
    handle: WorkflowHandle,
    from: number,
  ): Promise<readonly (readonly [string, number])[]> {
    for (;;) {
      const events = (await handle.fetchHistory()).events ?? [];
      const done = events.flatMap(
        (event) => event.activityTaskCompletedEventAttributes?.scheduledEventId?.toString() ?? [],
      );
      const sent = events.filter(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'notify',
      );
      if (sent.every(({ eventId }) => done.includes(String(eventId)))) {
        return sent.map((event) => {
          const payloads = event.activityTaskScheduledEventAttributes?.input?.payloads;
          const { notice } = fromPayloadsAtIndex<Parameters<NotifyActivities['notify']>[0]>(
            defaultPayloadConverter,
            0,
            payloads,
          );
          return [
            notice.kind,
            Math.round(Math.max(0, Number(event.eventTime?.seconds) * 1_000 - from) / (hour / 10)) / 10,
          ] as const;
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Skips from one deadline to the next: `hours` in all, in steps of `step`. */
  async function wait(handle: WorkflowHandle, hours: number, step = 2): Promise<void> {
    const until = (await environment.currentTimeMs()) + hours * hour + moment;
    await notices(handle, 0);
    for (let now = await environment.currentTimeMs(); now < until; now = await environment.currentTimeMs()) {
      await environment.sleep(Math.min(step * hour, until - now));
      await notices(handle, 0);
    }
  }

  /** What people saw of a project, by its headings. */
  const seen = (slug: string): readonly string[] =>
    printed.flatMap((text) => new RegExp(`┌ ${slug}: (.*)`).exec(text)?.[1] ?? []);

  it('reminds again and again, expires once, and holds: still open, still reminding, never approved', async () => {
    const slug = rig.slug('hold');
    const handle = await rig.start(slug, {
      phases: one,
      notify: ['stdout'],
      approval: { ...waiting, on_expiry: 'hold' },
    });
    const { gate: open } = await gate(slug, 'phase-1.1');
    const phase = rig.phase(slug, 1);
    await wait(phase, 24, 1);

    expect(await notices(phase, open?.openedAt ?? 0)).toEqual([
      ['gate_opened', 0],
      ['gate_reminder', 4],
      ['gate_reminder', 8],
      ['gate_expired', 10],
      ['gate_reminder', 14],
      ['gate_reminder', 18],
      ['gate_reminder', 22],
    ]);
    const still = 'still waits for a decision';
    expect(seen(slug)).toEqual([
      'waits for a decision',
      still,
      still,
      'was not decided in time',
      still,
      still,
      still,
    ]);
    expect(await rig.phaseStatus(slug, 1)).toMatchObject({
      status: 'awaiting_approval',
      gate: { id: 'phase-1.1' },
      decisions: [],
    });

    await phase.executeUpdate('approve', { args: [{ by: 'ann' }] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
  });

  it('an expiry that rejects is a rejection by policy: a revision, a new gate, and no approval', async () => {
    const slug = rig.slug('reject');
    const handle = await rig.start(slug, {
      phases: one,
      notify: ['stdout'],
      approval: { ...waiting, on_expiry: 'reject' },
    });
    const first = await gate(slug, 'phase-1.1');
    const phase = rig.phase(slug, 1);
    await wait(phase, 10, 1);
    const second = await gate(slug, 'phase-1.2');

    expect(second.decisions).toMatchObject([
      {
        gateId: 'phase-1.1',
        action: 'reject',
        by: 'expiry',
        from: 'policy',
        headSha: first.headSha,
        comment: expect.stringContaining('Nobody answered by'),
      },
    ]);
    expect(second.headSha).not.toBe(first.headSha);
    expect(second.tasks.map(({ title, status }) => [title, status])).toEqual([
      ['Do it', 'done'],
      ['Address the requested changes (round 1)', 'done'],
    ]);
    expect((await notices(phase, first.gate?.openedAt ?? 0)).map(([kind]) => kind)).toEqual([
      'gate_opened',
      'gate_reminder',
      'gate_reminder',
      'gate_expired',
      'gate_opened',
    ]);
    await phase.executeUpdate('approve', { args: [{ by: 'ann', headSha: second.headSha }] });
    await handle.result();
  });

  it('a pause stops the deadlines and moves them by as long as it lasted', async () => {
    const slug = rig.slug('paused');
    const handle = await rig.start(slug, {
      phases: one,
      notify: ['stdout'],
      approval: { ...waiting, on_expiry: 'reject' },
    });
    const { gate: open } = await gate(slug, 'phase-1.1');
    const phase = rig.phase(slug, 1);
    await wait(phase, 1);
    await handle.executeUpdate('pause', { args: [{ by: 'ann' }] });
    await rig.until<PhaseStatusView>(phase, 'the phase to follow', (view) => view.paused);
    await wait(phase, 100, 50);
    expect((await notices(phase, 0)).map(([kind]) => kind)).toEqual(['gate_opened']);
    await handle.executeUpdate('resume', { args: [{ by: 'ann' }] });
    const moved = await rig.until<PhaseStatusView>(
      phase,
      'the gate to move',
      (view) => (view.gate?.expireAt ?? 0) > (open?.expireAt ?? 0),
    );
    expect(Math.round(((moved.gate?.expireAt ?? 0) - (open?.expireAt ?? 0)) / hour)).toBe(100);
    const mirrored = await rig.until<ProjectStatusView>(
      handle,
      'the project to know',
      (view) => view.phases[0]?.gate?.expireAt === moved.gate?.expireAt,
    );
    expect(mirrored.condition).toBe('waiting');
    await wait(phase, 4, 1);

    expect(await notices(phase, open?.openedAt ?? 0)).toEqual([
      ['gate_opened', 0],
      ['gate_reminder', 104],
    ]);
    await phase.executeUpdate('approve', { args: [{ by: 'ann' }] });
    await handle.result();
  });

  it("days at a gate, at a question and in a pause don't count on the phase's clock", async () => {
    const slug = rig.slug('clock');
    const handle = await rig.start(slug, {
      phases: [{ name: 'One', tasks: ['Do it', 'Then this', 'Ask first'] }],
      approval: { project: 'none' },
      limits: { phase_timeout: '2m' },
    });
    const phase = rig.phase(slug, 1);
    await rig.until<PhaseStatusView>(
      phase,
      'the question',
      (view) => view.waitingFor?.includes('Blue or green?') === true,
    );
    await environment.sleep('3 days');
    await handle.executeUpdate('pause', { args: [{}] });
    await handle.executeUpdate('answer', { args: [{ by: 'ann', text: 'Green.' }] });
    await rig.until<PhaseStatusView>(phase, 'the pause', (view) => view.paused);
    await environment.sleep('3 days');
    await handle.executeUpdate('resume', { args: [{}] });
    await gate(slug, 'phase-1.1');
    await environment.sleep('3 days');
    await phase.executeUpdate('reject', { args: [{ by: 'ann', comment: 'Once more.' }] });
    await gate(slug, 'phase-1.2');
    await phase.executeUpdate('approve', { args: [{ by: 'ann' }] });

    const outcome = await handle.result();
    expect(outcome).toMatchObject({
      status: 'done',
      phases: [{ reason: expect.not.stringContaining('timed_out') }],
    });
    expect(outcome.phases[0].workedMs).toBeLessThan(120_000);
  });
});
