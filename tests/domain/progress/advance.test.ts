import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { advance, type Standing } from '../../../domain/progress/advance.ts';
import type { PhaseOutcome } from '../../../domain/progress/outcomes.ts';
import type { PhaseSpec } from '../../../domain/model/project.ts';

const phase = (number: number): PhaseSpec => ({
  number,
  name: `P${number}`,
  slug: `p${number}`,
  branch: `b/${number}`,
  breakdown: false,
  tasks: [],
});
const outcome = (
  number: number,
  status: PhaseOutcome['status'],
  extra: Partial<PhaseOutcome> = {},
): PhaseOutcome => ({
  schema: 1,
  number,
  name: `P${number}`,
  status,
  reason: null,
  message: 'A check failed.',
  branch: `b/${number}`,
  headSha: null,
  integrationSha: 'a',
  tested: null,
  pullRequest: { number: 7, url: 'u', state: 'merged' },
  tasks: [
    {
      number: 1,
      title: 'One',
      status: 'done',
      reason: null,
      message: '',
      attempts: 1,
      commit: 'c',
      noop: false,
    },
    {
      number: 2,
      title: 'Two',
      status: status === 'failed' ? 'failed' : 'done',
      reason: null,
      message: '',
      attempts: 1,
      commit: null,
      noop: false,
    },
  ],
  files: [],
  landing: null,
  decisions: [],
  added: [],
  words: [],
  merge: null,
  fence: { epoch: 1, sha: null },
  cost: { usd: 0, tokens: 0, unknown: false },
  workedMs: 0,
  ...extra,
});
const project = (count: number, extra: Partial<Standing> = {}): Standing => ({
  phases: Array.from({ length: count }, (_, i) => phase(i + 1)),
  skipped: [],
  paused: false,
  ...extra,
});

describe('advance', () => {
  it('starts the next phase after a completed one', () => {
    const step = advance(project(3), outcome(1, 'completed'));
    expect(step).toMatchObject({
      stage: 'next_phase_started',
      success: true,
      nextPhase: { number: 2, name: 'P2' },
      phaseCompleted: { number: 1, pullRequest: 7 },
    });
  });

  it('ends the workflow after the last phase', () => {
    expect(advance(project(3), outcome(3, 'completed'))).toMatchObject({
      stage: 'workflow_complete',
      success: true,
      nextPhase: null,
    });
  });

  it('holds while the project is paused', () => {
    expect(advance(project(2, { paused: true }), outcome(1, 'completed'))).toMatchObject({
      stage: 'next_phase_held',
      success: true,
      nextPhase: { number: 2 },
    });
  });

  it('never steps over a failed phase, and keeps what was done', () => {
    const step = advance(project(3), outcome(1, 'failed', { reason: 'timed_out' }));
    expect(step).toMatchObject({
      stage: 'complete_phase',
      success: false,
      nextPhase: null,
      phaseCompleted: { reason: 'timed_out' },
    });
    expect(step.phaseCompleted.tasks).toEqual([
      { number: 1, title: 'One', status: 'done' },
      { number: 2, title: 'Two', status: 'failed' },
    ]);
    expect(step.message).toContain("'retry' goes on from here");
  });

  it('goes over skipped phases, and only over those', () => {
    expect(advance(project(3, { skipped: [2] }), outcome(1, 'completed')).nextPhase).toEqual({
      number: 3,
      name: 'P3',
    });
    expect(advance(project(3, { skipped: [2, 3] }), outcome(1, 'completed')).stage).toBe('workflow_complete');
  });

  it('does exactly one thing for any project: succeeds only after a completed phase, goes on only forward', () => {
    const any = fc.record({
      count: fc.integer({ min: 1, max: 8 }),
      at: fc.nat(7),
      paused: fc.boolean(),
      skipped: fc.array(fc.integer({ min: 1, max: 8 })),
      status: fc.constantFrom<PhaseOutcome['status']>('completed', 'failed', 'cancelled', 'skipped'),
    });
    fc.assert(
      fc.property(any, ({ count, at, paused, skipped, status }) => {
        const number = (at % count) + 1;
        const step = advance(project(count, { paused, skipped }), outcome(number, status));
        const completed = status === 'completed' || status === 'skipped';
        expect(step.success).toBe(completed);
        expect(step.stage === 'complete_phase').toBe(!completed);
        if (step.nextPhase === null) return;
        expect(step.nextPhase.number).toBeGreaterThan(number);
        expect(skipped).not.toContain(step.nextPhase.number);
        expect(step.stage).toBe(paused ? 'next_phase_held' : 'next_phase_started');
      }),
    );
  });
});
