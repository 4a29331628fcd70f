/** One pending activity, from Temporal's words into ours. Pure. */
import { hostOfTaskQueue } from '../domain/names/task-queues.ts';
import { parseWorkflowId } from '../domain/names/workflow-ids.ts';
import { epochMs, type Timestamp } from './timestamp.ts';

export const pendingStates = ['scheduled', 'running', 'backing_off', 'paused'] as const;
export type PendingState = (typeof pendingStates)[number];

export interface PendingActivity {
  /** Null: the project's own, or a standalone task's. */
  readonly phase: number | null;
  readonly task: number | null;
  /** Its name in Temporal, e.g. `runAgent`. */
  readonly activity: string;
  readonly state: PendingState;
  /** ISO 8601: since when it is in that state, as far as the server tells. */
  readonly since: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** The first words of what the attempt before failed with; null: it did not, or it was no failure. */
  readonly lastFailure: string | null;
  /** ISO 8601; null: it is not between two attempts. */
  readonly nextTryAt: string | null;
  /** The host it has to run on; null: any. */
  readonly host: string | null;
  /** ISO 8601: no worker of that host has been seen since; null: one polls, or any host will do. */
  readonly hostAwaySince: string | null;
}

/** What we read of Temporal's `PendingActivityInfo`. */
export interface RawPendingActivity {
  readonly activityType?: { readonly name?: string | null } | null;
  /** A number of the enum `PendingActivityState`. */
  readonly state?: number | null;
  readonly attempt?: number | null;
  readonly scheduledTime?: Timestamp | null;
  readonly lastStartedTime?: Timestamp | null;
  readonly lastAttemptCompleteTime?: Timestamp | null;
  readonly nextAttemptScheduleTime?: Timestamp | null;
  readonly lastFailure?: {
    readonly message?: string | null;
    readonly applicationFailureInfo?: { readonly type?: string | null } | null;
  } | null;
  readonly activityOptions?: { readonly taskQueue?: { readonly name?: string | null } | null } | null;
}

const MAX_FAILURE = 500;
const STARTED: readonly unknown[] = [2, 3];
const PAUSED: readonly unknown[] = [4, 5];
/** How a look that found nothing new asks to be repeated: business as usual. */
const NO_FAILURE = 'NothingNew';

export function toPending(workflowId: string, raw: RawPendingActivity): PendingActivity {
  const name = parseWorkflowId(workflowId);
  const state = stateOf(raw);
  const { lastFailure } = raw;
  const failed = lastFailure != null && lastFailure.applicationFailureInfo?.type !== NO_FAILURE;
  const began = {
    running: raw.lastStartedTime,
    backing_off: raw.lastAttemptCompleteTime,
    scheduled: raw.scheduledTime,
    paused: raw.lastAttemptCompleteTime,
  }[state];
  return {
    phase: name?.kind === 'phase' || name?.kind === 'task' ? name.phase : null,
    task: name?.kind === 'task' ? name.task : null,
    activity: raw.activityType?.name ?? 'unknown',
    state,
    since: iso(began) ?? iso(raw.scheduledTime) ?? new Date(0).toISOString(),
    attempt: Math.max(1, raw.attempt ?? 1),
    lastFailure: failed ? firstWords(lastFailure.message ?? '') : null,
    nextTryAt: state === 'backing_off' ? iso(raw.nextAttemptScheduleTime) : null,
    host: hostOfTaskQueue(raw.activityOptions?.taskQueue?.name ?? '') ?? null,
    hostAwaySince: null,
  };
}

function stateOf({ state, nextAttemptScheduleTime }: RawPendingActivity): PendingState {
  if (STARTED.includes(state)) return 'running';
  if (PAUSED.includes(state)) return 'paused';
  return iso(nextAttemptScheduleTime) === null ? 'scheduled' : 'backing_off';
}

function iso(time: Timestamp | null | undefined): string | null {
  const ms = epochMs(time);
  return ms === 0 ? null : new Date(ms).toISOString();
}

function firstWords(message: string): string {
  const words = Array.from(message.trim());
  if (words.length === 0) return 'It failed without a word.';
  return words.length <= MAX_FAILURE ? words.join('') : `${words.slice(0, MAX_FAILURE - 1).join('')}…`;
}

/** Whether a person should know: it fails again and again, waits for a host that is away, or was paused from outside. */
export const isTroubled = ({ lastFailure, hostAwaySince, state }: PendingActivity): boolean =>
  lastFailure !== null || hostAwaySince !== null || state === 'paused';
