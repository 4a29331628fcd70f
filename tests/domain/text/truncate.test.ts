import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { capText, summaryLine } from '../../../domain/text/truncate.ts';
import { anyName } from '../../support/hostile-names.ts';

describe('text that is too long', () => {
  it('is cut between characters and says how much is missing', () => {
    expect(capText('abc', 3)).toBe('abc');
    expect(capText('abcdef', 3)).toBe('abc\n[cut here: 3 more characters]');
    expect(capText('ab🚀cd', 3)).toBe('ab\n[cut here: 4 more characters]');
  });

  it('becomes a summary of whole characters, whatever it is', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(summaryLine(name)).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});
