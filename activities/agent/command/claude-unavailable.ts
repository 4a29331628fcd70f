/**
 * Whether Claude Code was turned away, by a limit, an overload or for want of a login, and until when. What it says comes as the text of a
 * result with `is_error`, beside the API's status; the words are those of its versions 1 and 2.
 */
import type { Unavailability } from '../../../domain/model/agent-result.ts';

export function claudeUnavailability(
  text: string,
  status: number | undefined,
  now: number,
): Unavailability | undefined {
  const why = whyNot(text, status);
  if (why === undefined) return undefined;
  return { why, until: why === 'login' ? null : resetTime(text, now) };
}

function whyNot(text: string, status: number | undefined): Unavailability['why'] | undefined {
  if (status === 401 || status === 403 || noLogin.test(text)) return 'login';
  if (usedUp.test(text)) return 'limit';
  // A rate limit without a word of a plan's limit is one of minutes.
  if (status === 429 || (status !== undefined && status >= 500) || overloaded.test(text)) return 'overload';
  return undefined;
}

const noLogin =
  /not logged in|please run \/login|invalid api key|oauth token (?:has expired|revoked)|credit balance is too low/i;
const usedUp =
  /\b(?:usage|session|hour|daily|weekly|monthly|opus|sonnet|spending)\b[^.\n]{0,20}\blimit reached\b|\b(?:hit|reached) your\b[^.\n]{0,40}\blimit\b|\bout of (?:extra )?usage\b/i;
const overloaded = /\boverloaded\b|\bAPI Error: (?:429|5\d\d)\b/i;

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const named =
  /\bresets?(?: at)? (?:(?<month>[a-z]{3})[a-z]* (?<day>\d{1,2})(?:,| at|, at)? )?(?<hour>\d{1,2})(?::(?<minute>\d{2}))? ?(?<half>am|pm)(?: \((?<zone>[\w+/-]+)\))?/i;

/** Epoch ms: from `…|1795681301`, or `resets [Oct 9 at] 3:45pm [(Europe/Berlin)]`, the next such time. Null: none is named. */
export function resetTime(text: string, now: number): number | null {
  const epoch = /\|(\d{10})\b/.exec(text)?.[1];
  if (epoch !== undefined) return Number(epoch) * 1_000;
  const { month, day, hour, minute = '0', half, zone } = named.exec(text)?.groups ?? {};
  if (hour === undefined || half === undefined) return null;
  try {
    const today = new Date(asWallTime(now, zone));
    const hours = (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
    const at = (year: number, monthIndex: number, date: number): number =>
      fromWallTime(Date.UTC(year, monthIndex, date, hours, Number(minute)), zone);
    const year = today.getUTCFullYear();
    if (month !== undefined) {
      const monthIndex = months.indexOf(month.toLowerCase());
      if (monthIndex < 0) return null;
      const thisYear = at(year, monthIndex, Number(day));
      return thisYear > now ? thisYear : at(year + 1, monthIndex, Number(day));
    }
    const date = today.getUTCDate();
    const thisDay = at(year, today.getUTCMonth(), date);
    return thisDay > now ? thisDay : at(year, today.getUTCMonth(), date + 1);
  } catch {
    // A zone that nobody knows.
    return null;
  }
}

/** What a clock in the zone (this machine's, if none is named) shows then, as if it were UTC. */
function asWallTime(at: number, zone: string | undefined): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...(zone === undefined ? {} : { timeZone: zone }),
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
}

/** Twice: the zone's distance from UTC may change on the way there. */
function fromWallTime(wall: number, zone: string | undefined): number {
  const guess = wall - (asWallTime(wall, zone) - wall);
  return guess + (wall - asWallTime(guess, zone));
}
