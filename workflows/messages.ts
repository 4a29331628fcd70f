/**
 * Every signal, update and query, by name. One handler serves the signal and the update of a name; names never change.
 * Updates answer with what was decided; signals are durable with no worker up and never throw.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  AmendMessage,
  AnswerMessage,
  ApproveMessage,
  ExtendBudgetMessage,
  PauseMessage,
  RejectMessage,
  RetryMessage,
  TextMessage,
} from '../domain/messages/messages.ts';
import type { Decision, Gate, Refusal } from '../domain/approval/gate.ts';
import type { PullRequestRef } from '../domain/model/pull-request.ts';
import type { PhaseTaskSummary } from '../domain/progress/outcomes.ts';
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

export const approveUpdate = defineUpdate<DecisionAnswer, [ApproveMessage]>('approve');
export const rejectUpdate = defineUpdate<DecisionAnswer, [RejectMessage]>('reject');
export const retryUpdate = defineUpdate<CommandAnswer, [RetryMessage]>('retry');
export const pauseUpdate = defineUpdate<CommandAnswer, [PauseMessage]>('pause');
export const resumeUpdate = defineUpdate<CommandAnswer, [PauseMessage]>('resume');
export const amendUpdate = defineUpdate<CommandAnswer, [AmendMessage]>('amend');
export const answerUpdate = defineUpdate<CommandAnswer, [AnswerMessage]>('answer');
export const messageUpdate = defineUpdate<CommandAnswer, [TextMessage]>('message');
export const extendBudgetUpdate = defineUpdate<CommandAnswer, [ExtendBudgetMessage]>('extendBudget');

export const approveSignal = defineSignal<[ApproveMessage]>('approve');
export const rejectSignal = defineSignal<[RejectMessage]>('reject');
export const retrySignal = defineSignal<[RetryMessage]>('retry');
export const pauseSignal = defineSignal<[PauseMessage]>('pause');
export const resumeSignal = defineSignal<[PauseMessage]>('resume');
export const amendSignal = defineSignal<[AmendMessage]>('amend');
export const answerSignal = defineSignal<[AnswerMessage]>('answer');
export const messageSignal = defineSignal<[TextMessage]>('message');
export const extendBudgetSignal = defineSignal<[ExtendBudgetMessage]>('extendBudget');

export const projectStatusQuery = defineQuery<ProjectStatusView>('status');
export const phaseStatusQuery = defineQuery<PhaseStatusView>('status');
export const taskStatusQuery = defineQuery<TaskStatusView>('status');

// ── between our own workflows (children report to the parent at task end and gate change only) ──────────────────────

/** Phase → project: a task ended, or the gate opened or was answered. */
export interface PhaseReport {
  readonly phase: number;
  /** Counts up: an older report that arrives late is ignored. */
  readonly sequence: number;
  readonly tasks: readonly PhaseTaskSummary[];
  readonly baseSha: string;
  readonly status: PhaseStatus;
  readonly gate: Gate | null;
  readonly decisions: readonly Decision[];
  readonly refusals: readonly { readonly commandId: string; readonly refusal: Refusal }[];
  readonly pullRequest: PullRequestRef | null;
  readonly headSha: string | null;
  /** What an approved merge waits for on the code host. */
  readonly heldUp?: string | null;
}
export const phaseReportedSignal = defineSignal<[PhaseReport]>('phaseReported');

/** From a webhook: something happened on the code host, so look now. A hint, believed in nothing. */
export interface CodeHostChanged {
  /** `owner/name`. */
  readonly repository: string;
  /** Of the pull request; null: not known. */
  readonly number: number | null;
}
export const codeHostChangedSignal = defineSignal<[CodeHostChanged]>('codeHostChanged');

/** Task → phase and phase → project: a question is open, or was answered. */
export interface QuestionChanged {
  readonly phase: number;
  readonly task: number;
  readonly question: string | null;
}
export const questionChangedSignal = defineSignal<[QuestionChanged]>('questionChanged');
