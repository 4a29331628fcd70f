/** The parts of a project's plan, after validation: plain data; every field has a value. */
export type RepositoryRef =
  /** A repository on the worker's file system; `path` is absolute. */
  | { readonly kind: 'path'; readonly path: string }
  /** A plain git URL, used through the local code host. */
  | { readonly kind: 'url'; readonly url: string }
  /** `owner/name` on a configured code host. */
  | { readonly kind: 'hosted'; readonly owner: string; readonly name: string };

export const roles = ['implementer', 'gatekeeper', 'tester', 'reviewer', 'breakdown', 'architect'] as const;
export type Role = (typeof roles)[number];

/** Makers change the worktree and return an outcome; judges read it and return a decision. */
export const judges: readonly Role[] = ['gatekeeper', 'reviewer'];
export const isJudge = (role: Role): boolean => judges.includes(role);

export interface TaskSpec {
  /** Counts from 1 within its phase. */
  readonly number: number;
  readonly title: string;
  readonly description: string;
  readonly acceptance: readonly string[];
  readonly role: Role;
  /** Numbers of earlier tasks of the same phase that must be done first. */
  readonly dependsOn: readonly number[];
  /** Higher runs first among the tasks whose dependencies are met. */
  readonly priority: number;
}

export interface PhaseSpec {
  /** Counts from 1. */
  readonly number: number;
  readonly name: string;
  readonly slug: string;
  readonly branch: string;
  /** True: the breakdown role writes the tasks when the phase starts. */
  readonly breakdown: boolean;
  readonly tasks: readonly TaskSpec[];
}

export interface ApprovalPolicy {
  readonly phases: 'required' | 'none';
  readonly project: 'required' | 'none';
  /** Code-host logins; empty: anyone who may reach the namespace. */
  readonly approvers: readonly string[];
  readonly remindAfterMs: number;
  readonly expireAfterMs: number;
  /** What happens when nobody answered by then; never an approval. */
  readonly onExpiry: 'hold' | 'reject';
  /** What an approval does when base moved: it counts on while the patches are equal, or people are asked again. */
  readonly carry: 'patches' | 'never';
}

export interface Limits {
  /** One attempt of agent work. */
  readonly agentTimeoutMs: number;
  /** Tasks, checks and landing of one phase; not gates, questions, pauses or waiting for a slot. */
  readonly phaseTimeoutMs: number;
  /** Automatic attempts per task after rejections and failed checks, and rounds of revision per gate. */
  readonly attempts: number;
  readonly budgetUsd: number | null;
  readonly tokens: number | null;
}

export type NotifyTarget =
  | { readonly kind: 'stdout' }
  | { readonly kind: 'slack' | 'discord' | 'telegram' | 'webhook'; readonly to: string };

/** How this project works, shared by its phases and tasks. */
export interface ProjectSettings {
  readonly pullRequests: 'phase' | 'project';
  readonly mergeMethod: 'merge' | 'squash';
  readonly approval: ApprovalPolicy;
  readonly setup: readonly string[];
  readonly checks: readonly string[];
  readonly checkTimeoutMs: number;
  readonly limits: Limits;
  readonly notify: readonly NotifyTarget[];
  /** What a cancelled project does with its open pull requests. */
  readonly onCancel: 'close_pull_requests' | 'keep_pull_requests';
}

/** Where a project's git work happens. */
export interface WorkspaceRef {
  /** The project's slug; `task.<slug>` for a standalone task: names the worktree and the hidden refs. */
  readonly owner: string;
  readonly repository: RepositoryRef;
  /** Host id: git work of one phase stays on one host. */
  readonly host: string;
  /** Folders of the repository, without a slash at their end: all that agents and checks get of it. Absent: everything. */
  readonly paths?: readonly string[];
}
