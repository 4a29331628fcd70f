/**
 * How often in a row an activity failed with the same code on this worker. What passes by itself may take many tries between
 * two that don't, so the number of a try says nothing. A worker that starts anew begins at one.
 */
import type { FailureCode } from '../../domain/failure.ts';

/** One execution of an activity, of whatever try. */
export interface Execution {
  readonly activityId: string;
  readonly workflowExecution?: { readonly runId: string } | undefined;
}

/** Executions whose next try another worker makes stay in it until others push them out. */
const most = 1_000;
const failing = new Map<string, { readonly code: FailureCode; readonly times: number }>();

const keyOf = ({ activityId, workflowExecution }: Execution): string =>
  `${workflowExecution?.runId ?? ''} ${activityId}`;

/** Counts this failure, and says how many there were in a row. */
export function failedAgain(execution: Execution, code: FailureCode): number {
  const key = keyOf(execution);
  const before = failing.get(key);
  const times = before?.code === code ? before.times + 1 : 1;
  failing.delete(key);
  failing.set(key, { code, times });
  for (const oldest of failing.keys()) {
    if (failing.size <= most) break;
    failing.delete(oldest);
  }
  return times;
}

export const triesEnded = (execution: Execution): boolean => failing.delete(keyOf(execution));
