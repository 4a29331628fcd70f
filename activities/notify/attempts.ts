/** How long a notice is tried: some attempts, within the time that Temporal gives the activity, and no long wait. */
import { Context } from '@temporalio/activity';

const maxAttempts = 8;
/** Whoever asks to wait longer has closed the door. */
const longestWaitMs = 15 * 60_000;
/** With this left (or half of the time, if that is less), one more attempt after Temporal's own pause fits for certain. */
const marginMs = 2 * 60_000;

/** Why a notice that did not get through is not tried again after this wait; undefined: it is. Outside of an activity it is the first attempt. */
export function reasonToStop(waitMs = 0): string | undefined {
  if (waitMs > longestWaitMs) return `it asks to wait ${Math.ceil(waitMs / 1_000)} s`;
  const info = currentInfo();
  if (info === undefined) return undefined;
  const { attempt, scheduledTimestampMs, scheduleToCloseTimeoutMs } = info;
  if (attempt >= maxAttempts) return `this was attempt ${attempt}`;
  // 0: no limit.
  const endMs = scheduleToCloseTimeoutMs === 0 ? Infinity : scheduledTimestampMs + scheduleToCloseTimeoutMs;
  const margin = Math.min(marginMs, scheduleToCloseTimeoutMs === 0 ? marginMs : scheduleToCloseTimeoutMs / 2);
  return Date.now() + waitMs + margin < endMs ? undefined : 'its time is over';
}

function currentInfo(): Context['info'] | undefined {
  try {
    return Context.current().info;
  } catch {
    return undefined;
  }
}
