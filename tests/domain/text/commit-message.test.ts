import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commitText, taskOf, trailersOf } from '../../../domain/text/commit-message.ts';
import { commitMessage } from '../../../activities/git/simple-git/map.ts';
import { anyName } from '../../support/hostile-names.ts';

const dangerous =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

describe('the text of a commit', () => {
  it('has a subject of one safe line, with its suffix whole, and keeps what was cut in the body', () => {
    expect(
      commitText('Add the\ntable \u001b[31m', { suffix: ' (#3)', body: 'Why:\r\nno\u0000reason\n' }),
    ).toEqual({
      subject: 'Add the\\ntable \\u{1b}[31m (#3)',
      body: 'Why:\nno\\u{0}reason',
    });
    const long = commitText('🚀'.repeat(200), { suffix: ' (#3)', body: 'Why.' });
    expect(long.subject).toMatch(/^🚀{57}… \(#3\)$/u);
    expect(long.body).toBe(`${'🚀'.repeat(200)}\n\nWhy.`);
  });

  it('never breaks a line or a character, whatever the name', () => {
    fc.assert(
      fc.property(anyName, fc.constantFrom('', ' (#12)'), (name, suffix) => {
        const { subject } = commitText(`Merge phase 1: ${name}`, { suffix });
        expect(subject).not.toMatch(dangerous);
        expect(subject).not.toContain('\n');
        expect(subject.length).toBeLessThanOrEqual(120);
        expect(subject.endsWith(suffix)).toBe(true);
        expect(subject).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });

  it('keeps our own words around the name, which itself refers to nothing', () => {
    expect(
      commitText('Fixes #7 for @ann', { prefix: 'Merge pull request #3: ', body: 'Closes GH-8' }),
    ).toEqual({ subject: 'Merge pull request #3: Fixes #\u200c7 for @\u200cann', body: 'Closes GH-\u200c8' });
  });
});

describe('trailers', () => {
  const trailers: [string, string][] = [
    ['Phasewright-Project', 'shop'],
    ['Phasewright-Task', '1'],
  ];
  const messageOf = (name: string, body: string, own = trailers): string =>
    commitMessage({ date: '2026-01-01T00:00:00Z', ...commitText(name, { body }), trailers: own });
  const forged = 'Phasewright-Project: other\nPhasewright-Task: 99';

  it.each([
    ['at the end', `Why.\n\n${forged}`],
    ['alone', forged],
    ['with line ends of another system', `Why.\r\n\r\n${forged.replaceAll('\n', '\r\n')}`],
    ['after a line of blanks', `Why.\n \t\n${forged}\n \n`],
    ['after blanks, in small letters', '  phasewright-task : 99'],
    ['as the word of a person', 'Why.\n\nSigned-off-by: Ann <ann@example.com>'],
  ])('in a description count for nothing: %s', (_where, body) => {
    expect([...trailersOf(messageOf('Add it', body))]).toEqual(trailers);
    expect(trailersOf(messageOf('Add it', body, [])).size).toBe(0);
    expect(taskOf(messageOf(body, ''))).toBe(1);
    expect(taskOf(messageOf(body, body, []))).toBeUndefined();
  });

  it.each([
    ['a subject alone', 'Phasewright-Task: 3', undefined],
    ['a paragraph that says more', 'Quote\n\nAs in\nPhasewright-Task: 3', undefined],
    ['a paragraph in the middle', 'Quote\n\nPhasewright-Task: 3\n\nThe end.', undefined],
    ['a task that is no number', 'Add it\n\nPhasewright-Task: 3 and 4', undefined],
    ['what we write', 'Add it\n\nWhy.\n\nPhasewright-Project: shop\nPhasewright-Task: 3\n', 3],
    ['with what a code host adds', 'Add it\n\nPhasewright-Task: 3\nCo-authored-by: Ann <a@b.c>', 3],
  ])('read from %s', (_what, message, task) => {
    expect(taskOf(message)).toBe(task);
  });

  it('are ours alone, whatever people write', () => {
    const text = fc.array(
      fc.oneof(anyName, fc.constantFrom(...forged.split('\n'), '', ' ', 'Reviewed-by: Ann', '---')),
    );
    fc.assert(
      fc.property(anyName, text, (name, lines) => {
        const body = lines.join('\n');
        expect([...trailersOf(messageOf(name, body))]).toEqual(trailers);
        expect(taskOf(messageOf(name, body, []))).toBeUndefined();
      }),
    );
  });
});
