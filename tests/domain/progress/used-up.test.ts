import { describe, expect, it } from '@jest/globals';
import { firstAndLast } from '../../../domain/progress/used-up.ts';

describe('why nothing is left to try', () => {
  it('names the first reason and the last', () => {
    expect(firstAndLast('The compiler is missing', 'Nothing changed.')).toBe(
      'First: The compiler is missing. Last: Nothing changed.',
    );
  });

  it('names the one reason once', () => {
    expect(firstAndLast(null, 'Nothing changed.')).toBe('Last: Nothing changed.');
    expect(firstAndLast('Nothing changed.', 'Nothing changed.')).toBe('Last: Nothing changed.');
  });

  it('keeps of the first reason the first words, and all of the last', () => {
    const report = 'npm test failed:\n1 of 2 passed.\n';
    const said = firstAndLast(`\u001b[31m${'It is long. '.repeat(60)}\u001b[0m`, report);
    expect(said).toMatch(/^First: It is long\. .*It is long\. Last: npm test failed:\n1 of 2 passed\.\n$/s);
    expect(said.length).toBeLessThan(400);
    expect(firstAndLast('npm test failed: \r 1 of 2 passed.', report)).toBe(`Last: ${report}`);
  });
});
