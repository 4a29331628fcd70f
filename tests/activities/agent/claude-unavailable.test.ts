/** What Claude Code says when it is turned away, and when its own work went wrong. */
import { describe, expect, it } from '@jest/globals';
import { claudeUnavailability, resetTime } from '../../../activities/agent/command/claude-unavailable.ts';

const now = Date.UTC(2026, 10, 26, 14, 0);

describe('Claude Code', () => {
  it.each([
    ['Claude AI usage limit reached|1795716000', undefined, 'limit', 1_795_716_000_000],
    ['5-hour limit reached ∙ resets 5pm (UTC)', 429, 'limit', Date.UTC(2026, 10, 26, 17)],
    ["You've hit your limit · resets 3:45pm (Europe/Berlin)", 429, 'limit', Date.UTC(2026, 10, 26, 14, 45)],
    ["You've reached your weekly limit · resets Dec 1 at 9am (UTC)", 429, 'limit', Date.UTC(2026, 11, 1, 9)],
    ["You've hit your session limit", undefined, 'limit', null],
    ['Repeated 529 Overloaded errors. The API is at capacity.', 529, 'overload', null],
    ['API Error: 529 overloaded', undefined, 'overload', null],
    ['Request rejected (429) · this may be a temporary capacity issue', 429, 'overload', null],
    ['API Error: 500 Internal server error', 500, 'overload', null],
    ['Not logged in · Please run /login', undefined, 'login', null],
    ['Invalid API key · Fix external API key', 401, 'login', null],
    ['Credit balance is too low', 400, 'login', null],
  ] as const)('was turned away: %s', (text, status, why, until) => {
    expect(claudeUnavailability(text, status, now)).toEqual({ why, until });
  });

  it.each([
    ['Prompt is too long', 400],
    ['Context limit reached · /compact or /clear to continue', undefined],
    ['API Error: 400 messages: text content blocks must be non-empty', 400],
    ['The tests say: limit reached', undefined],
  ])('was not: %s', (text, status) => {
    expect(claudeUnavailability(text, status, now)).toBeUndefined();
  });
});

describe('the time of a reset', () => {
  it('is the next one of that hour, where it was said', () => {
    expect(resetTime('resets 2pm (UTC)', now)).toBe(now + 24 * 3_600_000);
    expect(resetTime('resets 12am (UTC)', now)).toBe(Date.UTC(2026, 10, 27, 0));
    expect(resetTime('resets at 11:30am (America/New_York)', now)).toBe(Date.UTC(2026, 10, 26, 16, 30));
    expect(resetTime('resets Jan 3, 1am (Asia/Tokyo)', now)).toBe(Date.UTC(2027, 0, 2, 16));
  });

  it('follows the clocks over a change of them', () => {
    const evening = Date.UTC(2026, 9, 24, 21);
    expect(resetTime('resets 9am (Europe/Berlin)', evening)).toBe(Date.UTC(2026, 9, 25, 8));
  });

  it('is none without an hour, or in a zone that nobody knows', () => {
    expect(resetTime('resets soon', now)).toBeNull();
    expect(resetTime('resets 3pm (Middle/Earth)', now)).toBeNull();
  });
});
