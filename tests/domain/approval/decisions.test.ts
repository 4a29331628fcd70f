import { describe, expect, it } from '@jest/globals';
import { carryOver, mergeDecisions } from '../../../domain/approval/decisions.ts';
import { decide, type Answer, type Decision } from '../../../domain/approval/gate.ts';

const decision = (gateId: string, headSha: string, change: Partial<Decision> = {}): Decision => ({
  gateId,
  action: 'approve',
  by: 'ann',
  at: 1,
  from: 'cli',
  comment: '',
  headSha,
  commandId: null,
  ...change,
});
const [a, b, c, base] = ['a', 'b', 'c', 'f'].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
  string,
];

describe('an approval that carries over', () => {
  it('counts for each head that base made of the approved one, and for no other', () => {
    const first = carryOver([decision('task.1', a)], a, { headSha: b, baseSha: base });
    expect(first).toEqual(decision('task.1', a, { carried: { headSha: b, baseSha: base } }));
    const known = first === undefined ? [] : [first];
    expect(carryOver(known, b, { headSha: c, baseSha: base })?.carried?.headSha).toBe(c);
    expect(carryOver(known, a, { headSha: c, baseSha: base })).toBeUndefined();
    expect(
      carryOver([decision('task.1', a, { action: 'reject' })], a, { headSha: b, baseSha: base }),
    ).toBeUndefined();
  });

  it('is a repeat when somebody approves what it counts for', () => {
    const carried = decision('task.1', a, { carried: { headSha: b, baseSha: base } });
    const ruling = (headSha: string) => {
      const answer: Answer = {
        action: 'approve',
        commandId: null,
        gateId: null,
        phase: null,
        headSha,
        by: 'bo',
        provenLogin: null,
        from: 'cli',
        comment: '',
      };
      return decide({ open: null, decisions: [carried] }, answer, 2, 'it merges').kind;
    };
    expect([a, b, c].map(ruling)).toEqual(['repeated', 'repeated', 'refused']);
  });
});

describe('decisions that are told more than once', () => {
  it('are kept once for each gate, with what they count for now, whatever comes late', () => {
    const early = decision('phase-1.1', a);
    const later = { ...early, carried: { headSha: b, baseSha: base } };
    const other = decision('phase-2.1', c);
    expect(mergeDecisions([early], [early, other])).toEqual([early, other]);
    expect(mergeDecisions([early, other], [later])).toEqual([later, other]);
    expect(mergeDecisions([later], [early])).toEqual([later]);
  });
});
