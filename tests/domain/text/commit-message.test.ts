import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commitText } from '../../../domain/text/commit-message.ts';
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
});
