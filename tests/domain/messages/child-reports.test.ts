import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Gate } from '../../../domain/approval/gate.ts';
import type { OpenMerge } from '../../../domain/model/git.ts';
import { reportProblem } from '../../../domain/messages/child-reports.ts';

const task = {
  number: 1,
  title: 'First',
  status: 'done',
  reason: null,
  message: '',
  attempts: 1,
  commit: 'abc',
  noop: false,
};
const gate = {
  id: 'phase-1.1',
  question: 'Merge?',
  headSha: 'abc',
  baseSha: null,
  checks: [{ command: 'npm test', passed: true, exitCode: 0 }],
  approvers: [],
  openedAt: 1,
  remindAt: 2,
  expireAt: 3,
};
const report = {
  run: 'b7',
  phase: 1,
  sequence: 4,
  tasks: [task],
  added: [],
  words: [{ from: 'ann', text: 'Shorter.' }],
  merge: null,
  baseSha: 'abc',
  status: 'awaiting_approval',
  gate,
  decisions: [],
  refusals: [{ commandId: 'c', name: 'approve', refusal: { code: 'StaleHead', message: 'Look again.' } }],
  pullRequest: { number: 1, url: '', state: 'open' },
  headSha: null,
  heldUp: null,
  question: null,
};

describe('reports between our own workflows', () => {
  it('are let in, with fields that a newer worker may have added', () => {
    expect(reportProblem('phaseReported', report)).toBeUndefined();
    expect(reportProblem('phaseReported', { ...report, gate: null, mood: 'fine' })).toBeUndefined();
    expect(
      reportProblem('taskReported', {
        run: 'b7',
        sequence: 1,
        task: 1,
        question: null,
        earlier: null,
        refusals: [],
      }),
    ).toBeUndefined();
  });

  it('are let in while a merge is open, and with a gate after one', () => {
    const files = [{ path: 'logo.bin', kind: 'binary', says: 'both changed it', others: ['old.bin'] }];
    const merge: OpenMerge = { parentSha: 'abc', startSha: 'def', files };
    const resolved: Gate['resolved'] = [{ path: 'logo.bin', kind: 'binary', ended: 'theirs' }];
    const sensitive: Gate['sensitive'] = { files: ['.github/ci.yml'], more: false };
    const asked = { ...gate, resolved, sensitive };
    expect(reportProblem('phaseReported', { ...report, merge, gate: asked })).toBeUndefined();
    for (const made of ['up', [{ path: 'logo.bin', kind: 'binary', ended: 'well' }]])
      expect(reportProblem('phaseReported', { ...report, gate: { ...gate, resolved: made } })).toContain(
        'no such report',
      );
  });

  it('anything else under their names is refused, and never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('phaseReported', 'taskReported', 'parentTold'),
        fc.anything(),
        (name, payload) => {
          expect(reportProblem(name, payload)).toContain(`'${name}'`);
        },
      ),
    );
  });

  it('a report with one field missing or of another kind is refused', () => {
    const fields = Object.keys(report) as (keyof typeof report)[];
    fc.assert(
      fc.property(
        fc.constantFrom(...fields),
        fc.constantFrom(undefined, Number.NaN, -1, {}, [null], 'made up'),
        (field, value) => {
          // Any text may be a commit.
          fc.pre(typeof value !== 'string' || !['run', 'baseSha', 'headSha', 'heldUp'].includes(field));
          expect(reportProblem('phaseReported', { ...report, [field]: value })).toContain('no such report');
        },
      ),
    );
  });

  it('a time that no date can hold is refused: it would be printed', () => {
    expect(reportProblem('phaseReported', { ...report, gate: { ...gate, remindAt: 1e300 } })).toContain(
      'no such report',
    );
  });
});
