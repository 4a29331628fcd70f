import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amended, amendProblem } from '../../../domain/messages/amend.ts';

const known = [
  { number: 1, name: 'Data', closed: 'has started' },
  { number: 2, name: 'API', closed: null },
  { number: 3, name: 'UI', closed: null },
];

describe('an amendment', () => {
  it('of phases that have not started is fine', () => {
    expect(
      amendProblem(
        {
          phases: [
            { phase: 2, tasks: ['New'], branch: 'other' },
            { phase: 3, skip: true },
          ],
        },
        known,
      ),
    ).toBeNull();
    expect(amendProblem({ carry: 'never' }, known)).toBeNull();
  });

  it.each([
    [[], "neither 'phases' nor 'carry' says what to change"],
    [[null], "each of 'phases' must be an object { phase, tasks?, skip?, branch? }"],
    [[{ phase: 1, skip: true }], "phase 1 'Data' has started"],
    [[{ phase: 9, skip: true }], 'there is no phase 9'],
    [[{ phase: 2 }], "phase 2 'API': name 'tasks', 'branch' or 'skip'"],
    [[{ phase: 2, skip: 'yes' }], "phase 2 'API': 'skip' must be true or false"],
    [
      [
        { phase: 2, tasks: ['first'] },
        { phase: 2, skip: true },
      ],
      'phase 2 is named more than once',
    ],
    [[{ phase: { toString: 1, valueOf: 1 }, skip: true }], "'phase' must be a number, that of a phase"],
    [[{ phase: 2, tasks: 'x' }], "phase 2 'API': 'tasks' must be a list"],
  ])('%j is refused with the reason', (phases, reason) => {
    expect(amendProblem({ phases }, known)).toBe(`Nothing was changed: ${reason}.`);
  });

  it('names every problem at once, and of many the first ones', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => ({ phase: index + 100 }));
    const problem = amendProblem({ phases: [{ phase: 1 }, ...many] }, known) ?? '';
    expect(problem).toContain("phase 1 'Data' has started; there is no phase 100;");
    expect(problem).toMatch(/; … and 2991 more\.$/);
    expect(problem.length).toBeLessThan(1_000);
  });

  it('says what it came to, and when that is nothing', () => {
    const before = { skipped: [], carry: 'patches' } as const;
    const phases = [
      { phase: 2, skip: true },
      { phase: 3, tasks: ['New'] },
    ];
    expect(amended({ phases }, before)).toBe('Amended: phase 2 skipped, phase 3.');
    const skip = (skipped: boolean) => ({ phases: [{ phase: 2, skip: skipped }] });
    const isSkipped = { ...before, skipped: [2] };
    expect(amended(skip(true), isSkipped)).toBe('Nothing changed: phase 2 was skipped already.');
    expect(amended(skip(false), isSkipped)).toBe('Amended: phase 2 not skipped.');
    expect(amended(skip(false), before)).toBe('Nothing changed: phase 2 was not skipped.');
    expect(amended({ ...skip(false), carry: 'never' }, before)).toBe(
      'Amended: phase 2 was not skipped, approvals never carry over.',
    );
    expect(amended({ carry: 'patches' }, before)).toBe(
      'Nothing changed: approvals carry over equal patches.',
    );
  });

  it('of anything at all is judged, in a sentence', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), (phases) => {
        expect(amendProblem({ phases }, known) ?? '').not.toContain('[object');
      }),
    );
  });
});
