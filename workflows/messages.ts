/**
 * Every signal, update and query, by name. One handler serves the signal and the update of a name; names never change.
 * Updates answer with what was decided; signals are durable with no worker up and never throw.
 */
import { defineQuery, defineSignal, defineUpdate, type SignalDefinition } from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import type {
  AmendMessage,
  AnswerMessage,
  ApproveMessage,
  ExtendBudgetMessage,
  MessageName,
  PauseMessage,
  RefusedCommand,
  RejectMessage,
  RetryMessage,
  TextMessage,
} from '../domain/messages/messages.ts';
import type { Question } from '../domain/messages/questions.ts';
import type { Decision, Gate } from '../domain/approval/gate.ts';
import type { PullRequestRef } from '../domain/model/pull-request.ts';
import type { EarlierAttempts, PhaseProgress } from '../domain/progress/outcomes.ts';
import type { PhaseStatus } from '../domain/model/status.ts';
import type { PhaseStatusView, ProjectStatusView, TaskStatusView } from '../domain/views/status.ts';

/** What an approve or reject came to. */
export interface DecisionAnswer {
  readonly alreadyDecided: boolean;
  readonly decision: Decision;
  /** One sentence. */
  readonly message: string;
}
/** What any other command came to. */
export interface CommandAnswer {
  /** One sentence: what was done. */
  readonly message: string;
}

/** One name, served as an update and as a signal. */
export interface MessageDefinition<T, R> {
  readonly name: MessageName;
  readonly update: UpdateDefinition<R, [T]>;
  readonly signal: SignalDefinition<[T]>;
}

const define = <T, R>(name: MessageName): MessageDefinition<T, R> => ({
  name,
  update: defineUpdate<R, [T]>(name),
  signal: defineSignal<[T]>(name),
});

export const messages = {
  approve: define<ApproveMessage, DecisionAnswer>('approve'),
  reject: define<RejectMessage, DecisionAnswer>('reject'),
  retry: define<RetryMessage, CommandAnswer>('retry'),
  pause: define<PauseMessage, CommandAnswer>('pause'),
  resume: define<PauseMessage, CommandAnswer>('resume'),
  amend: define<AmendMessage, CommandAnswer>('amend'),
  answer: define<AnswerMessage, CommandAnswer>('answer'),
  message: define<TextMessage, CommandAnswer>('message'),
  extendBudget: define<ExtendBudgetMessage, CommandAnswer>('extendBudget'),
} as const;

export const projectStatusQuery = defineQuery<ProjectStatusView>('status');
export const phaseStatusQuery = defineQuery<PhaseStatusView>('status');
export const taskStatusQuery = defineQuery<TaskStatusView>('status');

// ── between our own programs ──────────────────────────────────────────────────────────────────────────────────────

/** Phase → project: what is new since the last report. A task ended, the gate opened or was answered, an agent asks. */
export interface PhaseReport extends PhaseProgress {
  /** The first run of this start of the phase: a retry is another one. */
  readonly run: string;
  /** Counts up. */
  readonly sequence: number;
  readonly phase: number;
  /** `tasks` and `added`: what is new or another than in the last report. */
  readonly baseSha: string;
  readonly status: PhaseStatus;
  readonly gate: Gate | null;
  /** New since the last report. */
  readonly decisions: readonly Decision[];
  /** New since the last report. */
  readonly refusals: readonly RefusedCommand[];
  readonly pullRequest: PullRequestRef | null;
  readonly headSha: string | null;
  /** What an approved merge waits for on the code host. */
  readonly heldUp: string | null;
  readonly question: Question | null;
}
export const phaseReportedSignal = defineSignal<[PhaseReport], 'phaseReported'>('phaseReported');

/**
 * Task → its phase, or the project that it revises: a question is open, or was answered; one attempt was not enough; a
 * forwarded command was refused.
 */
export interface TaskReport {
  readonly run: string;
  readonly sequence: number;
  readonly task: number;
  readonly question: string | null;
  /** What a retry goes on from if this run says no more; null: no attempt has begun. */
  readonly earlier: EarlierAttempts | null;
  /** New since the last report. */
  readonly refusals: readonly RefusedCommand[];
}
export const taskReportedSignal = defineSignal<[TaskReport], 'taskReported'>('taskReported');

/** Parent → running child: a message for the child's own handler of that name. */
export interface ParentMessage {
  /** The parent's run: another one counts anew. */
  readonly run: string;
  readonly sequence: number;
  readonly name: string;
  readonly payload: object;
}
export const parentToldSignal = defineSignal<[ParentMessage], 'parentTold'>('parentTold');

/** From a webhook: something happened on the code host, so look now. A hint, believed in nothing. */
export interface CodeHostChanged {
  /** `owner/name`. */
  readonly repository: string;
  /** Of the pull request; null: not known. */
  readonly number: number | null;
  /** A person asks for another try of what waits. */
  readonly again?: boolean;
}
export const codeHostChangedSignal = defineSignal<[CodeHostChanged], 'codeHostChanged'>('codeHostChanged');
