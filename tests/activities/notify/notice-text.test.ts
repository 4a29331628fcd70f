import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfter } from '../../../activities/notify/post.ts';
import { fit, webAddress } from '../../../activities/notify/notice-text.ts';
import { isWhole } from './stand-in.ts';

const wholeText = fc.string({ unit: 'binary', maxLength: 400 }).filter(isWhole);
const doubled = (character: string): string => `${character}${character}`;

describe('a text that has to fit', () => {
  it('is left as it is when it does', () => {
    fc.assert(fc.property(wholeText, (text) => expect(fit(text, text.length)).toBe(text)));
  });

  it('is never longer than asked, never half a character, and says how much is missing', () => {
    fc.assert(
      fc.property(wholeText, fc.integer({ min: -5, max: 400 }), (text, max) => {
        const cut = fit(text, max, doubled);
        expect(cut.length).toBeLessThanOrEqual(Math.max(0, max));
        expect(isWhole(cut)).toBe(true);
        const missing = / … \((\d+) more characters\)$/.exec(cut);
        if (missing === null) return;
        const kept = cut.slice(0, missing.index);
        const original = [...text].map(doubled).join('');
        expect(original.startsWith(kept)).toBe(true);
        expect(kept.length / 2 + Number(missing[1])).toBe(text.length);
      }),
    );
  });

  it('takes as long as its length, not longer', () => {
    // A square of this length would not end.
    expect(fit('🚀&'.repeat(2_000_000), 3_000)).toHaveLength(3_000);
  });
});

describe('a link', () => {
  it('is an address only if it is one of the web and nothing can end it early', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string({ unit: 'binary' })),
        (text) => {
          const address = webAddress(text);
          if (address !== undefined) expect(address).toMatch(/^https?:\/\/[^\s<>"`]+$/);
        },
      ),
    );
    expect(webAddress('https://a.example/x y')).toBe('https://a.example/x%20y');
    expect(webAddress('file:///srv/1.md')).toBeUndefined();
    expect(webAddress(`https://a.example/${'é'.repeat(380)}`)).toBeUndefined();
  });
});

it.each([
  ['30', 30_000],
  ['0.3', 300],
  ['0', 0],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 59_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
  ['', undefined],
  [null, undefined],
  ['9'.repeat(400), undefined],
])('Retry-After %j is %j ms', (value, ms) => {
  expect(parseRetryAfter(value, 1_000)).toBe(ms);
});
