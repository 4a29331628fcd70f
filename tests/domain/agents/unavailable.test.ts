import { describe, expect, it } from '@jest/globals';
import { nextTry, unavailableText } from '../../../domain/agents/unavailable.ts';
import type { Unavailability, UnavailableResult } from '../../../domain/model/agent-result.ts';

const now = Date.UTC(2026, 10, 26, 14, 0);
const minute = 60_000;
const turnedAway = (why: Unavailability['why'], until: number | null = null): UnavailableResult => ({
  kind: 'unavailable',
  why,
  until,
  message: 'The implementer (claude-code) was turned away: Busy.',
});

describe('an agent that could not be had is tried again', () => {
  it('soon after the time that was named', () => {
    expect(nextTry(turnedAway('limit', now + 90 * minute), 0, now)).toBe(now + 90 * minute + 5_000);
    expect(nextTry(turnedAway('limit', now + 90 * minute), 7, now)).toBe(now + 90 * minute + 5_000);
  });

  it('after longer and longer pauses of an overload, then only when a person says so', () => {
    const pauses = [0, 1, 2, 3, 4].map((before) => nextTry(turnedAway('overload'), before, now));
    expect(pauses.map((at) => (at === null ? null : (at - now) / minute))).toEqual([1, 5, 15, 60, null]);
  });

  it('after a pause when the time that was named has come and changed nothing', () => {
    expect(nextTry(turnedAway('limit', now), 0, now)).toBe(now + minute);
    expect(nextTry(turnedAway('limit', now - 5 * minute), 4, now)).toBeNull();
  });

  it.each([
    ['no login', turnedAway('login')],
    ['a limit without a time', turnedAway('limit')],
    ['a time that makes no sense', turnedAway('limit', now + 100 * 24 * 60 * minute)],
  ])('when a person says so, for %s', (_what, result) => {
    expect(nextTry(result, 0, now)).toBeNull();
  });

  it('and people read what happens next', () => {
    const result = turnedAway('limit');
    expect(unavailableText('implementer', result, now, 'answer')).toBe(
      "The implementer can't work, which is not the task's fault: The implementer (claude-code) was turned away: Busy. No attempt was used up. It is tried again at 2026-11-26 14:00 UTC by itself; an answer makes that now.",
    );
    expect(unavailableText('breakdown', result, now, 'retry')).toMatch(
      /at 2026-11-26 14:00 UTC by itself\.$/,
    );
    expect(unavailableText('breakdown', result, null, 'retry')).toMatch(
      /then retry, and it is tried again\.$/,
    );
  });
});
