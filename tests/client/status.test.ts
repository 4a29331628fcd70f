import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { statusJsonSchema, statusSchema } from '../../client/status.schema.ts';
import { fromServer } from '../../client/status-from-server.ts';
import { fromProjectView, fromTaskView } from '../../client/status-view.ts';
import { gate, phase, phaseStatus, project, projectView, record, task, taskStatus } from './views.ts';

describe('a status', () => {
  it("holds the running phase's and task's live detail", () => {
    const view = projectView({ phases: [phase(1, { status: 'running' }), phase(2)] });
    const live = fromProjectView(record(), view, phaseStatus(1), taskStatus({ question: 'Which database?' }));
    expect(live.phases[0]?.tasks).toMatchObject([
      { status: 'claimed', attempts: 2, detail: 'attempt 2: the implementer works' },
    ]);
    expect(live.phases[1]?.status).toBe('pending');
    expect(live.question).toEqual({ phase: 1, task: 1, text: 'Which database?' });
    expect(statusSchema.parse(live)).toEqual(live);
  });

  it('holds each refusal and decision once, oldest first', () => {
    const refusal = { message: 'approve', code: 'NoOpenGate', reason: 'nothing waits', at: 5 };
    const live = fromProjectView(
      record(),
      projectView({ refused: [refusal] }),
      phaseStatus(1, { refused: [refusal, { ...refusal, at: 3 }] }),
    );
    expect(live.refused.map(({ at }) => at)).toEqual([3, 5]);
  });

  it('of a project that was stopped from outside waits for nothing', () => {
    const view = projectView({
      condition: 'waiting',
      waitingFor: 'approval',
      phases: [phase(1, { status: 'awaiting_approval', gate: gate() })],
    });
    const ended = fromProjectView(
      record({ open: false, execution: 'TERMINATED', condition: 'cancelled', endedAt: new Date(0) }),
      view,
    );
    expect(ended).toMatchObject({
      condition: 'cancelled',
      waitingFor: null,
      phases: [{ status: 'cancelled', gate: null, tasks: [{ status: 'cancelled' }] }],
    });
    expect(statusSchema.parse(ended)).toEqual(ended);
  });

  it('of a standalone task has its own shape', () => {
    const live = fromTaskView(
      record({ kind: 'task', slug: 'fix', workflowId: 'task.fix' }),
      taskStatus({ branch: 'task/fix' }),
    );
    expect(live).toMatchObject({ kind: 'task', slug: 'fix', branch: 'task/fix', attempts: 2 });
    expect(statusSchema.parse(live)).toEqual(live);
  });

  it('without a worker is what the server knows', () => {
    const status = fromServer(record({ condition: 'waiting', waitingFor: 'approval of phase 1' }));
    expect(status).toMatchObject({
      source: 'server',
      condition: 'waiting',
      waitingFor: 'approval of phase 1',
      lifecycle: null,
      phases: [],
      name: 'Shop',
    });
    expect(statusSchema.parse(status)).toEqual(status);
    const ofTask = fromServer(record({ kind: 'task', workflowId: 'task.shop' }));
    expect(statusSchema.parse(ofTask)).toEqual(ofTask);
  });

  it('of a project that ended is known by its outcome', () => {
    const status = fromServer(
      record({ open: false, execution: 'COMPLETED', condition: 'done', endedAt: new Date(0) }),
      {
        status: 'done',
        integrationBranch: 'project/shop/integration',
        baseBranch: 'main',
        mergedSha: 'abc',
        pullRequest: null,
        phases: [],
        cost: { usd: 1, tokens: 2, unknown: false },
      },
    );
    expect(status).toMatchObject({
      condition: 'done',
      mergedSha: 'abc',
      baseBranch: 'main',
      cost: { usd: 1 },
    });
    expect(statusSchema.parse(status)).toEqual(status);
  });
});

const byText = (a: string | undefined, b: string | undefined): number => ((a ?? '') < (b ?? '') ? -1 : 1);

describe('the published schema', () => {
  it('is up to date (else: node tests/support/write-schemas.ts)', () => {
    const published: unknown = JSON.parse(
      readFileSync(new URL('../../schemas/status.schema.json', import.meta.url), 'utf8'),
    );
    expect(statusJsonSchema()).toEqual(published);
  });

  it('is explained key by key', () => {
    const page = readFileSync(new URL('../../docs/status.md', import.meta.url), 'utf8');
    const explained = (kind: string) =>
      [...page.matchAll(/^\| `(\w+)`\s*\| (both|project|task)\s*\|/gm)]
        .filter(([, , of]) => of === 'both' || of === kind)
        .map(([, key]) => key);
    for (const [kind, status] of [
      ['project', project()],
      ['task', task()],
    ] as const) {
      const keys = Object.keys(status).filter(
        (key) => key !== 'schema' && key !== 'kind' && key !== 'source' && key !== 'reason',
      );
      expect([kind, explained(kind).sort(byText)]).toEqual([kind, keys.sort(byText)]);
    }
  });

  it('turns away what is no status', () => {
    expect(statusSchema.safeParse({ ...project(), condition: 'great' }).success).toBe(false);
  });
});
