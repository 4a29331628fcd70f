/** When an agent that could not be had is tried again: at the time that was named, after a while, or when a person says so. */
import type { UnavailableResult } from '../model/agent-result.ts';
import type { Role } from '../model/project.ts';
import { utcMinute } from '../text/utc-minute.ts';
import { endSentence } from '../text/sentence.ts';

const minute = 60_000;
/** An overload passes by itself, and so does a limit whose time has come: so long after the first time, the second, … */
const pauses = [1, 5, 15, 60].map((minutes) => minutes * minute);
/** The clocks of two machines differ. */
const marginMs = 5_000;
/** A later one is a misunderstanding. */
const latestMs = 15 * 24 * 60 * minute;

/** Epoch ms; null: only a person can tell. `before`: how often in a row it has been tried again already. */
export function nextTry({ why, until }: UnavailableResult, before: number, now: number): number | null {
  if (until !== null && until > now && until - now <= latestMs) return until + marginMs;
  const passes = why === 'overload' || (until !== null && until <= now);
  const pause = passes ? pauses[before] : undefined;
  return pause === undefined ? null : now + pause;
}

/** For people, with what happens next. `next` from `nextTry`; `by`: how a person makes it go on. */
export function unavailableText(
  role: Role,
  { message }: UnavailableResult,
  next: number | null,
  by: 'answer' | 'retry',
): string {
  const what = `The ${role} can't work, which is not the task's fault: ${endSentence(message)} No attempt was used up.`;
  if (next === null) return `${what} Put that right on the worker's host, then ${by}, and it is tried again.`;
  const sooner = by === 'answer' ? '; an answer makes that now' : '';
  return `${what} It is tried again at ${utcMinute(next)} by itself${sooner}.`;
}
