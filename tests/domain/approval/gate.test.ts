import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Answer,
  describeDecision,
  type GateState,
  nextDeadline,
  openGate,
  decide,
  sameCommit,
} from '../../../domain/approval/gate.ts';
import type { ApprovalPolicy } from '../../../domain/model/project.ts';

const head = 'a'.repeat(40);
const policy: ApprovalPolicy = {
  phases: 'required',
  project: 'required',
  approvers: [],
  remindAfterMs: 1_000,
  expireAfterMs: 10_000,
  onExpiry: 'hold',
  carry: 'patches',
};
const gate = openGate(
  { id: 'phase-1.1', question: 'Merge?', headSha: head, baseSha: null, checks: [] },
  policy,
  0,
);
const open: GateState = { open: gate, decisions: [] };
const answer = (extra: Partial<Answer> = {}): Answer => ({
  action: 'approve',
  commandId: null,
  gateId: null,
  phase: null,
  headSha: head,
  by: 'ann',
  provenLogin: null,
  from: 'cli',
  comment: '',
  ...extra,
});
const after = (state: GateState, given: Answer): GateState => {
  const ruling = decide(state, given, 5, 'x');
  if (ruling.kind !== 'decided') throw new Error(ruling.kind);
  return { open: null, decisions: [...state.decisions, ruling.decision] };
};

describe('a gate', () => {
  it('is not answered by a word about another phase, open or decided', () => {
    expect(decide(open, answer({ phase: 1 }), 5, 'x')).toMatchObject({ kind: 'decided' });
    expect(decide(open, answer({ phase: 2 }), 5, 'x')).toMatchObject({
      refusal: { code: 'GateMismatch', message: expect.stringContaining("phase 2, but 'phase-1.1' is") },
    });
    const approved = after(open, answer());
    expect(decide(approved, answer({ phase: 1 }), 9, 'x')).toMatchObject({ kind: 'repeated' });
    for (const gateId of [null, 'phase-1.1'])
      expect(decide(approved, answer({ phase: 2, gateId }), 9, 'x')).toMatchObject({
        refusal: { code: 'NoOpenGate' },
      });
  });

  it('a command id that rejected does not answer an approval', () => {
    const rejected = after(open, answer({ action: 'reject', comment: 'no', commandId: 'c-1' }));
    const next: GateState = { ...rejected, open: { ...gate, id: 'phase-1.2' } };
    expect(decide(next, answer({ action: 'reject', comment: 'no', commandId: 'c-1' }), 9, 'x')).toMatchObject(
      {
        kind: 'repeated',
        decision: { gateId: 'phase-1.1' },
      },
    );
    expect(decide(next, answer({ commandId: 'c-1' }), 9, 'x')).toMatchObject({
      kind: 'decided',
      decision: { gateId: 'phase-1.2', action: 'approve' },
    });
  });

  it('records who, when, from where, the comment and the head', () => {
    expect(decide(open, answer({ comment: 'fine' }), 5, 'x')).toEqual({
      kind: 'decided',
      decision: {
        gateId: 'phase-1.1',
        action: 'approve',
        by: 'ann',
        at: 5,
        from: 'cli',
        comment: 'fine',
        headSha: head,
        commandId: null,
      },
    });
  });

  it('approved twice: success, already decided', () => {
    expect(decide(after(open, answer()), answer({ by: 'bob' }), 9, 'x')).toMatchObject({
      kind: 'repeated',
      decision: { by: 'ann' },
    });
  });

  it('approved, then rejected: AlreadyDecided with who, what and when', () => {
    const ruling = decide(after(open, answer()), answer({ action: 'reject', comment: 'no' }), 9, 'x');
    expect(ruling).toMatchObject({ kind: 'refused', refusal: { code: 'AlreadyDecided' } });
    expect(ruling.kind === 'refused' && ruling.refusal.message).toBe(
      "Gate 'phase-1.1' was approved by ann at 1970-01-01T00:00:00.005Z.",
    );
  });

  it('an approval of another head is stale and shows both', () => {
    const ruling = decide(open, answer({ headSha: 'b'.repeat(40) }), 5, 'x');
    expect(ruling).toMatchObject({ kind: 'refused', refusal: { code: 'StaleHead' } });
    expect(ruling.kind === 'refused' && ruling.refusal.message).toContain('bbbbbbbbbb');
  });

  it('says what happens instead when nothing waits', () => {
    const ruling = decide({ open: null, decisions: [] }, answer(), 5, 'phase 1 runs');
    expect(ruling).toMatchObject({
      kind: 'refused',
      refusal: {
        code: 'NoOpenGate',
        message: "Nothing waits for an answer: phase 1 runs. Look with 'phasewright status'.",
      },
    });
  });

  it('an answer to an earlier gate never counts for the open one', () => {
    const state: GateState = {
      open: { ...gate, id: 'phase-1.2' },
      decisions: after(open, answer({ action: 'reject', comment: 'no' })).decisions,
    };
    expect(
      decide(state, answer({ gateId: 'phase-1.1', action: 'reject', comment: 'no' }), 9, 'x'),
    ).toMatchObject({ kind: 'repeated' });
    expect(decide(state, answer({ gateId: 'phase-1.1' }), 9, 'x')).toMatchObject({
      kind: 'refused',
      refusal: { code: 'AlreadyDecided' },
    });
    expect(decide(state, answer({ gateId: 'phase-1.3' }), 9, 'x')).toMatchObject({
      kind: 'refused',
      refusal: { code: 'GateMismatch' },
    });
  });

  it('with approvers named, a label is no proof of identity', () => {
    const strict: GateState = { open: { ...gate, approvers: ['ann'] }, decisions: [] };
    expect(decide(strict, answer({ by: 'ann' }), 5, 'x')).toMatchObject({
      refusal: { code: 'NotAnApprover' },
    });
    expect(decide(strict, answer({ provenLogin: 'eve' }), 5, 'x')).toMatchObject({
      refusal: { code: 'NotAnApprover' },
    });
    expect(decide(strict, answer({ provenLogin: 'ann' }), 5, 'x')).toMatchObject({ kind: 'decided' });
  });

  it('a rejection needs a comment', () => {
    expect(decide(open, answer({ action: 'reject', comment: '  ' }), 5, 'x')).toMatchObject({
      refusal: { code: 'InvalidMessage' },
    });
  });

  it('has one decision whatever is sent, and a repeated command counts once', () => {
    const anyAnswer = fc.record({
      action: fc.constantFrom('approve' as const, 'reject' as const),
      commandId: fc.option(fc.constantFrom('c1', 'c2', 'c3')),
      gateId: fc.option(fc.constantFrom('phase-1.1', 'phase-1.9')),
      headSha: fc.option(fc.constantFrom(head, head.slice(0, 8), 'b'.repeat(40))),
      by: fc.constantFrom('ann', 'bob'),
      comment: fc.constantFrom('', 'why'),
    });
    fc.assert(
      fc.property(fc.array(anyAnswer, { maxLength: 20 }), (answers) => {
        let state: GateState = open;
        for (const [at, given] of answers.entries()) {
          const ruling = decide(state, answer(given), at, 'x');
          if (ruling.kind === 'decided')
            state = { open: null, decisions: [...state.decisions, ruling.decision] };
          if (ruling.kind === 'repeated') expect(state.decisions).toContain(ruling.decision);
        }
        expect(state.decisions.length).toBeLessThanOrEqual(1);
        for (const decision of state.decisions) expect(decision.headSha).toBe(head);
      }),
    );
  });

  it('reminds until it expires, then reminds again', () => {
    expect(nextDeadline(gate, policy, 0, false)).toEqual({ kind: 'remind', at: 1_000 });
    expect(nextDeadline(gate, policy, 9, false)).toEqual({ kind: 'expire', at: 10_000 });
    expect(nextDeadline(gate, policy, 0, true)).toEqual({ kind: 'remind', at: 11_000 });
    expect(nextDeadline(gate, policy, 1, true)).toEqual({ kind: 'remind', at: 12_000 });
  });

  it('knows a commit by a prefix of at least seven characters', () => {
    expect(sameCommit(head, head.slice(0, 7))).toBe(true);
    expect(sameCommit(head, head.slice(0, 6))).toBe(false);
  });

  it('describes a decision in one sentence', () => {
    expect(
      describeDecision({
        gateId: 'g',
        action: 'reject',
        by: 'ann',
        at: 0,
        from: 'cli',
        comment: 'no',
        headSha: null,
        commandId: null,
      }),
    ).toBe('Gate \'g\' was rejected by ann at 1970-01-01T00:00:00.000Z: "no".');
  });
});
