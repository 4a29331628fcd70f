/** What an agent may answer. Anything else is `InvalidAgentResult` or `UnknownDecision`, never a guess. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null when the engine doesn't know. */
  readonly costUsd: number | null;
}

export interface MakerResult {
  readonly kind: 'maker';
  readonly outcome: 'done' | 'blocked' | 'failed';
  readonly summary: string;
  /** The agent declares that nothing needed changing. */
  readonly noop: boolean;
  /** Conflicted files that are right as they stand. */
  readonly resolved?: readonly string[];
  /** Set when blocked. */
  readonly question: string | null;
}
export interface JudgeResult {
  readonly kind: 'judge';
  readonly decision: 'accept' | 'reject';
  readonly comments: readonly string[];
}
/** The breakdown role's answer: tasks as written, validated by `planTasks`. */
export interface BreakdownResult {
  readonly kind: 'breakdown';
  readonly tasks: unknown;
}
export interface UnusableResult {
  readonly kind: 'unusable';
  readonly type: 'InvalidAgentResult' | 'UnknownDecision' | 'AgentFailed';
  readonly message: string;
}
export interface TimedOutResult {
  readonly kind: 'timed_out';
  readonly message: string;
}
/** Why an agent could not be had: a limit of its plan, a service that turns away whoever comes, no login that counts. */
export interface Unavailability {
  readonly why: 'limit' | 'overload' | 'login';
  /** Epoch ms from which it can be had again; null: it wasn't said. */
  readonly until: number | null;
}
/** Says nothing about the task, and uses up no attempt. */
export interface UnavailableResult extends Unavailability {
  readonly kind: 'unavailable';
  readonly message: string;
}
/** What an agent that could be had came to. */
export type Answer = MakerResult | JudgeResult | BreakdownResult | UnusableResult | TimedOutResult;
export type AgentResult = Answer | UnavailableResult;
