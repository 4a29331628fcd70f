/** What takes too long ends; what only waits doesn't count. Real agents' processes, a real server. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { ProjectOutcome } from '../../domain/progress/outcomes.ts';
import { eventually } from '../support/eventually.ts';
import { noApprovals, type ProjectStatusView, type Rig, type ScriptEntry, startRig } from '../support/rig.ts';

const accept: ScriptEntry = { role: 'gatekeeper', result: { decision: 'accept', comments: [] } };
const write = (seconds: number, more: ScriptEntry = {}): ScriptEntry => ({
  role: 'implementer',
  do: [{ run: `sleep ${seconds}; date +%s%N >> "$PHASEWRIGHT_TASK_ID.txt"` }],
  result: { outcome: 'done', summary: 'wrote a file' },
  ...more,
});

describe('an agent that hangs', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      entries: [write(600, { phase: 1, turn: 1 }), write(600, { phase: 2 }), write(0), accept],
    });
  });
  afterAll(() => rig.close());

  it('ends as timed_out, and the next attempt goes on; when all hang the task and its phase fail as timed_out', async () => {
    const slug = rig.slug('hangs');
    const handle = await rig.start(slug, {
      phases: [
        { name: 'One', tasks: ['Do it'] },
        { name: 'Two', tasks: ['Hang'] },
      ],
      ...noApprovals,
      limits: { agent_timeout: '6s', attempts: 2 },
    });
    const view = await rig.until<ProjectStatusView>(
      handle,
      'the failure',
      (each) => each.condition === 'failed',
    );

    expect(view.phases[0]).toMatchObject({ status: 'completed', tasks: [{ status: 'done', attempts: 2 }] });
    expect(view.phases[1]).toMatchObject({
      status: 'failed',
      reason: 'timed_out',
      tasks: [{ status: 'failed', reason: 'timed_out', attempts: 2 }],
    });
    expect(rig.readArtifact(`${slug}/1/1/2/prompt.md`)).toContain('did not finish within 6s and was ended');
    await handle.terminate();
  });
});

describe("a phase's clock", () => {
  let rig: Rig;
  /** Agents of first phases work until this file is there. */
  const finish = (): string => join(rig.home, 'finish');
  beforeAll(async () => {
    rig = await startRig({
      entries: [
        {
          ...write(0),
          phase: 1,
          do: [
            {
              run: 'while ! [ -e "$HOME/finish" ]; do sleep 0.1; done; date +%s%N >> "$PHASEWRIGHT_TASK_ID.txt"',
            },
          ],
        },
        write(600, { phase: 3 }),
        write(0),
        accept,
      ],
    });
  });
  afterEach(() => rmSync(finish(), { force: true }));
  afterAll(() => rig.close());

  /** How long the first phase took by the server's clock, without what its own clock counted. */
  async function uncountedMs(slug: string): Promise<number> {
    const outcome = (await rig.project(slug).result()) as ProjectOutcome;
    expect(outcome.status).toBe('done');
    const { startTime, closeTime } = await rig.phase(slug, 1).describe();
    return (closeTime?.getTime() ?? 0) - startTime.getTime() - (outcome.phases[0]?.workedMs ?? 0);
  }

  it('does not run while an agent waits for the slot that another project holds', async () => {
    const [first, second] = [rig.slug('first'), rig.slug('second')];
    const project = { phases: [{ name: 'One', tasks: ['Do it'] }], ...noApprovals };
    await rig.start(first, project);
    await eventually('the first agent', async () => (await doingOf(first)) !== undefined);
    await rig.start(second, project);
    await eventually('the wait for a slot', async () =>
      (await doingOf(second))?.startsWith('waiting for a slot'),
    );
    const waits = Date.now();
    await sleep(3_000);
    const waitedMs = Date.now() - waits;
    writeFileSync(finish(), '');

    expect(await uncountedMs(second)).toBeGreaterThanOrEqual(waitedMs);
  });

  /** What the agent of the first task says that it does. */
  async function doingOf(slug: string): Promise<string | undefined> {
    const described = await rig
      .task(slug, 1, 1)
      .describe()
      .catch(() => undefined);
    return described?.raw.pendingActivities
      ?.filter(({ activityType }) => activityType?.name === 'runAgent')
      .map(({ heartbeatDetails }) => {
        const beat: unknown = heartbeatDetails?.payloads?.[0] && fromPayload(heartbeatDetails.payloads[0]);
        return (beat as { readonly doing?: string } | undefined)?.doing;
      })[0];
  }

  it('does run while agents work: the phase that takes longer fails as timed_out', async () => {
    writeFileSync(finish(), '');
    const handle = await rig.start(rig.slug('slow'), {
      phases: [
        { name: 'One', tasks: ['A'] },
        { name: 'Two', tasks: ['B'] },
        { name: 'Three', tasks: ['C'] },
      ],
      ...noApprovals,
      limits: { phase_timeout: '30s' },
    });
    const view = await rig.until<ProjectStatusView>(
      handle,
      'the failure',
      (each) => each.condition === 'failed',
    );

    expect(view.phases).toMatchObject([
      { status: 'completed' },
      { status: 'completed' },
      { status: 'failed', reason: 'timed_out', tasks: [{ status: 'failed' }] },
    ]);
    await handle.terminate();
  });

  it('does not run while an answered gate waits for a worker to come back', async () => {
    writeFileSync(finish(), '');
    const slug = rig.slug('alone');
    await rig.start(slug, { phases: [{ name: 'One', tasks: ['Do it'] }], approval: { project: 'none' } });
    const { gate } = await rig.gate(rig.phase(slug, 1));
    await rig.stopWorker();
    await rig.phase(slug, 1).signal('approve', { by: 'ann' });
    await sleep(3_000);
    const back = Date.now();
    await rig.startWorker();

    expect(await uncountedMs(slug)).toBeGreaterThanOrEqual(back - gate.openedAt);
  });
});

const fromPayload = (payload: Payload): unknown => defaultPayloadConverter.fromPayload(payload);
