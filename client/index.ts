/** What `import … from 'phasewright'` gives: the SDK, its types, and the workflow inputs and outcomes that travel. */
export {
  type ClientOptions,
  type ClientSource,
  createPhasewrightClient,
  type PhasewrightClient,
} from './phasewright-client.ts';
export { PhasewrightError } from './errors.ts';
export type { FailureCode } from '../domain/failure.ts';
export { type Config, loadConfig } from '../config/load.ts';
export type { StartOptions, StartReport } from './start.ts';
export type { StartInput, TaskInput } from './start-input.ts';
export type { DecisionOptions, DecisionReport } from './decide.ts';
export type {
  AmendOptions,
  AnswerOptions,
  BudgetOptions,
  CommandOptions,
  CommandReport,
  PauseOptions,
  RetryOptions,
  TextOptions,
} from './steer.ts';
export type { ProjectStatus, StandaloneTaskStatus, Status } from './status-view.ts';
export { statusSchema } from './status.schema.ts';
export type { PendingWork } from '../domain/views/pending.ts';
export type { ListOptions, ProjectRecord } from './records.ts';
export type { Diff, Review } from './review.ts';
export type { ArtifactRef, ArtifactText, LogOptions } from './artifacts.ts';
export type { PullRequestEntry } from './pull-requests.ts';
export { parseProjectFile } from '../domain/project-file/parse.schema.ts';
export type { Decision, Gate } from '../domain/approval/gate.ts';
export type { ProjectOutcome, PhaseOutcome, TaskOutcome } from '../domain/progress/outcomes.ts';
export type { ProjectPlan } from '../domain/progress/plan.ts';
