import { describe, expect, it } from '@jest/globals';
import type { PhaseTaskSummary } from '../../../domain/progress/outcomes.ts';
import { atEnd, hears, recordOf, withEvidence, wentOn } from '../../../domain/progress/phase-progress.ts';
import { revisionTask } from '../../../domain/progress/revision.ts';

const first = revisionTask(1, 'First', 'Do it.');
const second = revisionTask(2, 'Second', 'Then that.');
const done: PhaseTaskSummary = {
  ...recordOf([], first),
  status: 'done',
  message: 'landed',
  attempts: 2,
  commit: 'abc',
};
const ann = (text: string) => ({ from: 'ann', text });

describe('what a phase goes on from', () => {
  it('a task hears each word once, and not what it says itself', () => {
    const heard = hears(recordOf([], first), first, [ann('Do it.'), ann('Shorter.')]);
    expect(heard.earlier).toEqual({ attempts: 0, feedback: [ann('Shorter.')], candidate: null });
    expect(hears(heard, first, [ann('Shorter.'), ann('And plain.')]).earlier?.feedback).toEqual([
      ann('Shorter.'),
      ann('And plain.'),
    ]);
  });

  it('evidence raises the attempts of what is to be done, and keeps what was learnt', () => {
    const begun = wentOn(recordOf([], second), { attempts: 1, feedback: [ann('No.')], candidate: null });
    const records = withEvidence([done, begun], [first, second], { 1: 7, 2: 3 });
    expect(records).toEqual([
      done,
      { ...begun, attempts: 3, earlier: { attempts: 3, feedback: [ann('No.')], candidate: null } },
    ]);
    expect(withEvidence(records, [first, second], { 2: 2 })).toEqual(records);
  });

  it('what is not finished when a phase ends shares its fate', () => {
    const begun = wentOn(recordOf([], second), { attempts: 1, feedback: [], candidate: null });
    const third = revisionTask(3, 'Third', '');
    const end = { status: 'failed', reason: 'unexpected', message: 'gone' } as const;
    expect(atEnd([first, second, third], [begun, done], end)).toEqual([
      done,
      { ...begun, ...end },
      { ...recordOf([], third), ...end },
    ]);
  });
});
