import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { capText, firstOf, shorten, summaryLine, wholeCharacters } from '../../../domain/text/truncate.ts';
import { anyName } from '../../support/hostile-names.ts';

describe('text that is too long', () => {
  it('is cut between characters and says how much is missing', () => {
    expect(capText('abc', 3)).toBe('abc');
    expect(capText('abcdef', 3)).toBe('abc\n[cut here: 3 more characters]');
    expect(capText('ab🚀cd', 3)).toBe('ab\n[cut here: 4 more characters]');
  });

  it('ends with dots within the limit', () => {
    expect(shorten('abcdef', 6)).toBe('abcdef');
    expect(shorten('abc def', 5)).toBe('abc…');
    expect(shorten('ab🚀cd', 4)).toBe('ab…');
  });

  it('or a list that is, is its first entries and how many more there are', () => {
    expect(firstOf(['a', 'b'], 2)).toEqual(['a', 'b']);
    expect(firstOf(['a', 'b', 'c', 'd'], 2)).toEqual(['a', 'b', '… and 2 more']);
  });

  it('is the longest beginning that fits and ends with a whole character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, max) => {
        const kept = wholeCharacters(text, max);
        expect(text.startsWith(kept)).toBe(true);
        expect(kept).not.toMatch(/\p{Surrogate}/u);
        expect(Math.min(text.length, max) - kept.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('becomes a summary of whole characters, whatever it is', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(summaryLine(name)).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});
