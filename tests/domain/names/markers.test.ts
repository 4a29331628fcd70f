import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maxBodyLength } from '../../../domain/code-host/text-limits.ts';
import { hiddenMarker, withMarker } from '../../../domain/names/markers.ts';

describe('the hidden marker', () => {
  it('is one closed comment on one line, whatever it names, and tells names apart', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 100 }),
        fc.string({ unit: 'binary', maxLength: 100 }),
        (a, b) => {
          expect(hiddenMarker(a)).toMatch(/^<!-- phasewright:[\w.:%-]* -->$/);
          expect(hiddenMarker(a).slice(4, -3)).not.toMatch(/--|-$/);
          expect(hiddenMarker(a) === hiddenMarker(b)).toBe(a === b);
        },
      ),
    );
  });

  it('is in the body once and within the limit', () => {
    const marker = hiddenMarker('project.shop');
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constant('x'.repeat(70_000)), fc.constant(`a${marker}b`)),
        (body) => {
          const marked = withMarker(body, marker);
          expect(marked.split(marker)).toHaveLength(2);
          expect(marked.length).toBeLessThanOrEqual(maxBodyLength);
          expect(withMarker(marked, marker)).toBe(marked);
        },
      ),
    );
  });
});
