/** Work that a workflow has handed out and not got back, as people see it: what, since when, which try, and what failed. */
import type { FailureCode } from '../failure.ts';

export const pendingStates = ['scheduled', 'running', 'backing_off', 'paused'] as const;
export type PendingState = (typeof pendingStates)[number];

/** `workflow_task`: the workflow's own next step, which a worker takes. */
export const pendingKinds = ['activity', 'workflow_task'] as const;
export type PendingKind = (typeof pendingKinds)[number];

export interface PendingWork {
  readonly kind: PendingKind;
  /** Null: the project's own, or a standalone task's. */
  readonly phase: number | null;
  readonly task: number | null;
  /** What is done, in words: `making the branch`. */
  readonly what: string;
  /** Its name in Temporal, e.g. `createBranch`; null: no activity. */
  readonly activity: string | null;
  readonly state: PendingState;
  /** What its worker says it is doing right now, e.g. `waiting for a slot (…)`; null: nothing. */
  readonly doing: string | null;
  /** ISO 8601: since when it is in that state, as far as the server tells. */
  readonly since: string;
  /** ISO 8601: when it was handed out, of what is tried again; null: this is the first try, or the server does not tell. */
  readonly begunAt: string | null;
  /** Counts from 1. */
  readonly attempt: number;
  /** The first words of what the attempt before failed with; null: it did not, or it was no failure. */
  readonly lastFailure: string | null;
  /** Its code of docs/errors.md, if it has one. */
  readonly lastFailureCode: FailureCode | null;
  /** All of it, as the server keeps it. */
  readonly lastFailureText: string | null;
  /** ISO 8601; null: it is not between two attempts. */
  readonly nextTryAt: string | null;
  /** The host it has to run on; null: any. */
  readonly host: string | null;
  /** ISO 8601: no worker of that host, or none at all, has been seen since; null: one polls. */
  readonly hostAwaySince: string | null;
}

/** Every activity there is. */
export const activityWords = {
  planProject: 'validating the project',
  planTask: 'validating the task',
  planTasks: 'validating tasks',
  notify: 'telling people',
  createBranch: 'making the branch',
  findHead: 'looking for the branch',
  restoreBranch: 'putting the branch back',
  prepareWorktree: 'preparing the worktree',
  commitCandidate: 'committing the change',
  land: 'pushing',
  bringUpToDate: 'bringing the branch up to date',
  findLanded: 'looking for what has landed',
  findAttempts: 'looking for earlier attempts',
  mergeBranch: 'merging',
  verifyLanded: 'looking whether it landed',
  awaitLanded: 'waiting for the merge by hand',
  readFence: 'reading the fence',
  readTips: 'reading branches',
  diff: 'reading the diff',
  closeWorkspace: 'cleaning up',
  ensurePullRequest: 'opening the pull request',
  updatePullRequest: 'updating the pull request',
  closePullRequest: 'closing the pull request',
  readPullRequest: 'looking at the pull request',
  awaitPullRequestChange: 'watching the pull request',
  findRenamedBase: 'looking for what base is called now',
  publishGate: 'showing the gate on the pull request',
  mergePullRequest: 'merging the pull request',
  recordMerged: 'recording the merge',
  runSetup: 'running setup',
  runChecks: 'running the checks',
  runAgent: 'running the agent',
  deliverMessages: 'delivering a message',
  listArtifacts: 'listing artifacts',
  readArtifact: 'reading an artifact',
} as const satisfies Readonly<Record<string, string>>;

export const nextStep = 'taking the next step';

export const wordsFor = (activity: string): string =>
  Object.hasOwn(activityWords, activity) ? activityWords[activity as keyof typeof activityWords] : activity;

/** Whether a person should know: it fails again and again, waits for a worker that is away, or was paused from outside. */
export const isTroubled = ({ lastFailure, hostAwaySince, state }: PendingWork): boolean =>
  lastFailure !== null || hostAwaySince !== null || state === 'paused';
