import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { statusLine } from '../../../activities/code-host/github/map.ts';

describe("a status's line on GitHub", () => {
  it('fits what GitHub takes, whatever people are called', () => {
    expect(statusLine('Approved by ann')).toBe('Approved by ann');
    const line = statusLine(`Approved by 🐛${'x'.repeat(500)} through the API`);
    expect(line).toHaveLength(140);
    expect(line).toMatch(/^Approved by \ufffdx+…$/);
  });

  it('has at most 140 characters and none of four bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const line = statusLine(text);
        expect(line.length).toBeLessThanOrEqual(140);
        expect(line).not.toMatch(/[\u{10000}-\u{10ffff}]|\p{Surrogate}/u);
      }),
    );
  });
});
