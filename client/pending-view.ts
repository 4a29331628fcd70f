/** What is pending, from Temporal's words into ours. Pure. */
import { type FailureCode, isFailureCode } from '../domain/failure.ts';
import { hostOfTaskQueue } from '../domain/names/task-queues.ts';
import { parseWorkflowId } from '../domain/names/workflow-ids.ts';
import { firstWords } from '../domain/text/first-words.ts';
import { shorten } from '../domain/text/truncate.ts';
import { nextStep, type PendingState, type PendingWork, wordsFor } from '../domain/views/pending.ts';
import { epochMs, type Timestamp } from './timestamp.ts';

export interface RawFailure {
  readonly message?: string | null;
  readonly applicationFailureInfo?: { readonly type?: string | null } | null;
  /** A number of the enum `TimeoutType`. */
  readonly timeoutFailureInfo?: { readonly timeoutType?: number | null } | null;
}

interface RawPayload {
  readonly data?: Uint8Array | null;
}

/** What we read of Temporal's `PendingActivityInfo`. */
export interface RawPendingActivity {
  readonly activityId?: string | null;
  readonly activityType?: { readonly name?: string | null } | null;
  /** A number of the enum `PendingActivityState`. */
  readonly state?: number | null;
  readonly attempt?: number | null;
  readonly scheduledTime?: Timestamp | null;
  readonly lastStartedTime?: Timestamp | null;
  readonly lastAttemptCompleteTime?: Timestamp | null;
  readonly nextAttemptScheduleTime?: Timestamp | null;
  readonly lastFailure?: RawFailure | null;
  readonly heartbeatDetails?: { readonly payloads?: readonly RawPayload[] | null } | null;
  readonly activityOptions?: { readonly taskQueue?: { readonly name?: string | null } | null } | null;
}

/** What we read of Temporal's `HistoryEvent`. */
export interface RawEvent {
  readonly eventTime?: Timestamp | null;
  readonly activityTaskScheduledEventAttributes?: { readonly activityId?: string | null } | null;
  readonly workflowTaskFailedEventAttributes?: { readonly failure?: RawFailure | null } | null;
  readonly workflowTaskTimedOutEventAttributes?: { readonly timeoutType?: number | null } | null;
}

/** What we read of Temporal's `PendingWorkflowTaskInfo`. */
export interface RawWorkflowTask {
  /** A number of the enum `PendingWorkflowTaskState`. */
  readonly state?: number | null;
  readonly scheduledTime?: Timestamp | null;
  readonly startedTime?: Timestamp | null;
  readonly attempt?: number | null;
}

const STARTED: readonly unknown[] = [2, 3];
const PAUSED: readonly unknown[] = [4, 5];
const TASK_STARTED = 2;
/** How a look that found nothing new asks to be repeated: business as usual. */
const NO_FAILURE = 'NothingNew';

export function toPending(workflowId: string, raw: RawPendingActivity): PendingWork {
  const state = stateOf(raw);
  const activity = raw.activityType?.name ?? 'unknown';
  const began = {
    running: raw.lastStartedTime,
    backing_off: raw.lastAttemptCompleteTime,
    scheduled: raw.scheduledTime,
    paused: raw.lastAttemptCompleteTime,
  }[state];
  return {
    kind: 'activity',
    ...placeOf(workflowId),
    what: wordsFor(activity),
    activity,
    state,
    doing: state === 'running' ? doingOf(raw) : null,
    since: iso(began) ?? iso(raw.scheduledTime) ?? new Date(0).toISOString(),
    begunAt: null,
    attempt: Math.max(1, raw.attempt ?? 1),
    ...failureOf(raw.lastFailure?.applicationFailureInfo?.type === NO_FAILURE ? null : raw.lastFailure),
    nextTryAt: state === 'backing_off' ? iso(raw.nextAttemptScheduleTime) : null,
    host: hostOfTaskQueue(raw.activityOptions?.taskQueue?.name ?? '') ?? null,
    hostAwaySince: null,
  };
}

/** Of the newest events of its workflow, newest first: when it was handed out. */
export const begunAt = (events: readonly RawEvent[], { activityId }: RawPendingActivity): string | null =>
  iso(
    events.find(
      ({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityId != null && scheduled.activityId === activityId,
    )?.eventTime,
  );

/** The workflow's next step. `events`: the newest ones, of a step that is tried again. */
export function toPendingStep(
  workflowId: string,
  raw: RawWorkflowTask,
  events: readonly RawEvent[] | null,
): PendingWork {
  const failure = events === null ? null : stepFailure(events);
  const started = raw.state === TASK_STARTED;
  return {
    kind: 'workflow_task',
    ...placeOf(workflowId),
    what: nextStep,
    activity: null,
    state: started ? 'running' : 'scheduled',
    doing: null,
    since: iso(started ? raw.startedTime : raw.scheduledTime) ?? new Date(0).toISOString(),
    begunAt: null,
    attempt: Math.max(1, raw.attempt ?? 1),
    ...failureOf(failure),
    nextTryAt: null,
    host: null,
    hostAwaySince: null,
  };
}

/** Activities tell it with their heartbeats: `{ doing }`, or a sentence. */
function doingOf({ heartbeatDetails }: RawPendingActivity): string | null {
  try {
    const said: unknown = JSON.parse(Buffer.from(heartbeatDetails?.payloads?.[0]?.data ?? []).toString());
    const doing = typeof said === 'object' && said !== null && 'doing' in said ? said.doing : said;
    return typeof doing === 'string' ? shorten(doing, 200) : null;
  } catch {
    return null;
  }
}

/** The server writes down the first failure of a step, and counts those that follow. */
function stepFailure(events: readonly RawEvent[]): RawFailure {
  for (const {
    workflowTaskFailedEventAttributes: failed,
    workflowTaskTimedOutEventAttributes: timedOut,
  } of events) {
    if (failed != null) return failed.failure ?? {};
    if (timedOut != null) return { timeoutFailureInfo: { timeoutType: timedOut.timeoutType ?? 0 } };
  }
  return {};
}

function placeOf(workflowId: string): Pick<PendingWork, 'phase' | 'task'> {
  const name = parseWorkflowId(workflowId);
  return {
    phase: name?.kind === 'phase' || name?.kind === 'task' ? name.phase : null,
    task: name?.kind === 'task' ? name.task : null,
  };
}

function stateOf({ state, nextAttemptScheduleTime }: RawPendingActivity): PendingState {
  if (STARTED.includes(state)) return 'running';
  if (PAUSED.includes(state)) return 'paused';
  return iso(nextAttemptScheduleTime) === null ? 'scheduled' : 'backing_off';
}

/** Of the enum `TimeoutType`: nobody has said a word. */
const timeouts: Readonly<Record<number, string>> = {
  1: 'It took longer than it may.',
  2: 'No worker took it up in time.',
  3: 'It took longer than it may, all tries together.',
  4: 'Its worker stopped answering in the middle of it.',
};

function failureOf(
  failure: RawFailure | null | undefined,
): Pick<PendingWork, 'lastFailure' | 'lastFailureCode' | 'lastFailureText'> {
  if (failure == null) return { lastFailure: null, lastFailureCode: null, lastFailureText: null };
  const text = timeouts[failure.timeoutFailureInfo?.timeoutType ?? 0] ?? failure.message ?? '';
  return { lastFailure: firstWords(text), lastFailureCode: codeOf(failure), lastFailureText: text };
}

function codeOf({ applicationFailureInfo }: RawFailure): FailureCode | null {
  const type = applicationFailureInfo?.type ?? '';
  return isFailureCode(type) ? type : null;
}

function iso(time: Timestamp | null | undefined): string | null {
  const ms = epochMs(time);
  return ms === 0 ? null : new Date(ms).toISOString();
}
