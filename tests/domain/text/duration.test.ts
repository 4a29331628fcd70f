import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, maxDurationMs, parseDuration } from '../../../domain/text/duration.ts';

describe('a duration', () => {
  it.each([
    ['30m', 1_800_000],
    ['4h', 14_400_000],
    ['7d', 604_800_000],
    ['1h30m', 5_400_000],
    ['90s', 90_000],
    ['500ms', 500],
    [' 1d2h3m4s5ms ', 93_784_005],
    ['0s', 0],
  ])('written %s is %d milliseconds', (text, ms) => {
    expect(parseDuration(text)).toEqual({ ms });
  });

  it.each([
    ['30', 'the unit is missing'],
    ['', 'is not a duration'],
    ['-5m', 'cannot be negative'],
    ['1.5h', "such as '1h30m'"],
    ['5x', 'is not a duration'],
    ['30m1h', 'is not a duration'],
    ['1h 30m', 'is not a duration'],
    ['1m1m', 'is not a duration'],
    ['4000d', 'ten years'],
    ['9'.repeat(400) + 'd', 'ten years'],
  ])('written %j is refused in a sentence', (text, said) => {
    expect(parseDuration(text)).toEqual({ problem: expect.stringContaining(said) });
  });

  it('comes back the same when it is written and read again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: maxDurationMs }), (ms) =>
        expect(parseDuration(formatDuration(ms))).toEqual({ ms }),
      ),
    );
  });

  it('never breaks on any text, and is never negative or fractional', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9dhms.-]{0,12}$/)), (text) => {
        const parsed = parseDuration(text);
        expect('problem' in parsed || (Number.isSafeInteger(parsed.ms) && parsed.ms >= 0)).toBe(true);
      }),
    );
  });

  it('that is not a number of milliseconds cannot be written', () => {
    expect(() => formatDuration(-1)).toThrow('-1 is not');
    expect(() => formatDuration(0.5)).toThrow('0.5 is not');
  });
});
