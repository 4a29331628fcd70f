/**
 * What workflows ask of the world and what they are told back: the request and result of every activity.
 * Only references travel here (branches, SHAs, artifact ids), never logs, diffs or transcripts.
 */
import type { ProjectPlan, StandaloneTaskPlan } from '../progress/plan.ts';
import type { NotifyTarget, Role, TaskSpec, WorkspaceRef } from './project.ts';
import type { AgentResult, Usage } from './agent-result.ts';

/**
 * The fence of a workspace: the value of `refs/phasewright/<owner>/epoch` on the remote that our next push must find
 * and moves, atomically with the branch. Null: the ref does not exist yet. A worker that lost its host can't push any more.
 */
export interface Fence {
  readonly epoch: number;
  readonly sha: string | null;
}

/** How long the work took by its own clock: what phase_timeout counts. Waiting for a worker is none of it. */
export type Timed<T> = T & { readonly elapsedMs: number };

/** Who and when of everything we commit, so that a repeat makes the same SHA. */
export interface CommitStamp {
  /** ISO 8601 with seconds, from the workflow's clock. */
  readonly date: string;
  readonly subject: string;
  readonly body: string;
  /** In order, e.g. `['Phasewright-Project', 'deployments-ui']`. */
  readonly trailers: readonly (readonly [string, string])[];
}

/** `<owner>/<phase>/<task>/<attempt>`: names hidden refs, artifacts and the inbox of one attempt. Standalone: phase 0, task 1. */
export interface AttemptKey {
  readonly owner: string;
  readonly phase: number;
  readonly task: number;
  readonly attempt: number;
}

// ── planning ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface PlanProjectRequest {
  readonly input: unknown;
  readonly workflowId: string;
}

export interface PlanningActivities {
  /** Validates the input, resolves the base, reads the design and the flows from the base commit. Throws `InvalidProject`. */
  planProject(request: PlanProjectRequest): Promise<ProjectPlan>;
  planTask(request: PlanProjectRequest): Promise<StandaloneTaskPlan>;
  /** Validates tasks a person added or changed (`amend`) or the breakdown role wrote. */
  planTasks(request: {
    readonly input: unknown;
    readonly existing: readonly TaskSpec[];
  }): Promise<PlannedTasks>;
  /** Builds a prompt from templates and keeps it as an artifact. */
  writePrompt(request: PromptRequest): Promise<PromptRef>;
}

export type PlannedTasks =
  | { readonly kind: 'tasks'; readonly tasks: readonly TaskSpec[] }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

export interface CompletedPhase {
  readonly number: number;
  readonly name: string;
  readonly branch: string;
  readonly pullRequest: number | null;
  readonly tasks: readonly string[];
  /** At most 50 paths. */
  readonly files: readonly string[];
}

export interface Feedback {
  readonly from: string;
  readonly text: string;
}

export interface PersonMessage {
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

export interface PromptRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly role: Role;
  readonly project: { readonly name: string; readonly design: string | null };
  readonly phase: { readonly number: number; readonly name: string } | null;
  readonly completed: readonly CompletedPhase[];
  readonly task: TaskSpec;
  readonly feedback: readonly Feedback[];
  readonly messages: readonly PersonMessage[];
  readonly git: { readonly branch: string; readonly basedOn: string; readonly target: string };
  /** For judges: the candidate judged, exactly `from..to`. */
  readonly candidate: { readonly from: string; readonly to: string } | null;
}

export interface PromptRef {
  readonly artifact: string;
  /** sha256 of the text, hex. */
  readonly digest: string;
}

// ── git ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface CreateBranchRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  readonly sha: string;
  /** Branches of the same project that exist or will; checked as equal or prefix before anything is made. */
  readonly siblings: readonly string[];
  /** Branches that will be made later: each checked now as `branch` is, before any work. */
  readonly reserve?: readonly string[];
  /** True when this workflow recorded the branch as its own: then an existing branch is no conflict. */
  readonly own: boolean;
  readonly fence: Fence;
}
export type CreateBranchResult =
  | { readonly kind: 'ready'; readonly tip: string; readonly fence: Fence }
  | { readonly kind: 'conflict'; readonly message: string };

export interface PrepareWorktreeRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** What the worktree's branch points to when the agent starts: the phase's tip, or the rejected candidate. */
  readonly start: string;
  /** After an answered question: leave the worktree as it is, with what a person changed by hand. */
  readonly keepChanges: boolean;
}

export interface CommitCandidateRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** The phase branch's tip: the candidate's only parent. */
  readonly tip: string;
  /** What prepareWorktree set as start: equal tree means the agent changed nothing. */
  readonly start: string;
  readonly base: string;
  /** Set when the attempt finishes a merge. */
  readonly merge: OpenMerge | null;
  readonly stamp: CommitStamp;
}
export type CommitCandidateResult =
  | {
      readonly kind: 'candidate';
      readonly sha: string;
      readonly tree: string;
      /** At most 50 paths; `fileCount` counts all. */
      readonly files: readonly string[];
      readonly fileCount: number;
    }
  | { readonly kind: 'empty' }
  /** Files of a merge that still hold conflict markers. */
  | { readonly kind: 'unresolved'; readonly files: readonly string[] }
  | { readonly kind: 'tampered'; readonly what: string };

export interface LandRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** The remote's value that this push expects. */
  readonly expected: string;
  readonly sha: string;
  readonly fence: Fence;
}
export type LandResult =
  | { readonly kind: 'landed'; readonly sha: string; readonly fence: Fence }
  /** Someone else moved the branch: never forced over. */
  | { readonly kind: 'moved'; readonly remote: string | null };

export interface TaskCommit {
  readonly task: number;
  readonly sha: string;
}

/** A merge that only a mind can finish: the agent starts on `start`, whose files hold conflict markers. */
export interface OpenMerge {
  /** The other side: second parent of the candidate. */
  readonly parent: string;
  readonly start: string;
  /** At most 50 paths. */
  readonly files: readonly string[];
}

export interface RebaseRequest {
  readonly workspace: WorkspaceRef;
  readonly stamp: CommitStamp;
  readonly branch: string;
  readonly head: string;
  /** The integration branch's tip that `head` is based on. */
  readonly base: string;
  readonly integrationBranch: string;
}
export type RebaseResult =
  | { readonly kind: 'current'; readonly base: string }
  /** Made but not pushed: checks run on it first, then `land`. */
  | {
      readonly kind: 'rebased';
      readonly head: string;
      readonly base: string;
      readonly commits: readonly TaskCommit[];
      /** True when every commit kept its patch-id: an approval carries over. */
      readonly samePatches: boolean;
    }
  | { readonly kind: 'conflict'; readonly base: string; readonly merge: OpenMerge };

export interface MergeRequest {
  readonly workspace: WorkspaceRef;
  readonly into: string;
  /** The value of `into` that was approved; a different one is `base_moved`. */
  readonly base: string;
  readonly head: string;
  readonly stamp: CommitStamp;
  readonly fence: Fence;
}
export type MergeBranchResult =
  | { readonly kind: 'merged'; readonly sha: string; readonly fence: Fence }
  | { readonly kind: 'base_moved'; readonly base: string }
  | { readonly kind: 'conflict'; readonly files: readonly string[] };

export interface UpdateFromBaseRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  readonly head: string;
  readonly base: string;
  readonly stamp: CommitStamp;
}
export type UpdateFromBaseResult =
  | { readonly kind: 'current'; readonly baseSha: string }
  /** Made but not pushed: checks run on it first, then `land`. */
  | { readonly kind: 'merged'; readonly head: string; readonly baseSha: string }
  | { readonly kind: 'conflict'; readonly baseSha: string; readonly merge: OpenMerge };

export interface VerifyLandedRequest {
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  readonly head: string;
  /** `squash`: the branch's new tree must equal the head's tree instead. */
  readonly method: 'merge' | 'squash';
}

export interface GitActivities {
  /** The fence as the remote holds it now. */
  readFence(request: { readonly workspace: WorkspaceRef; readonly epoch: number }): Promise<Fence>;
  createBranch(request: CreateBranchRequest): Promise<CreateBranchResult>;
  prepareWorktree(request: PrepareWorktreeRequest): Promise<{ readonly start: string }>;
  commitCandidate(request: CommitCandidateRequest): Promise<CommitCandidateResult>;
  land(request: LandRequest): Promise<LandResult>;
  rebase(request: RebaseRequest): Promise<RebaseResult>;
  mergeBranch(request: MergeRequest): Promise<MergeBranchResult>;
  updateFromBase(request: UpdateFromBaseRequest): Promise<UpdateFromBaseResult>;
  /** The remote's tips, null where a branch is missing. */
  readTips(request: {
    readonly workspace: WorkspaceRef;
    readonly branches: readonly string[];
  }): Promise<Readonly<Record<string, string | null>>>;
  verifyLanded(
    request: VerifyLandedRequest,
  ): Promise<{ readonly landed: boolean; readonly tip: string | null }>;
  /** Watches the remote until `head` is on `branch`; heartbeats, ends only when it is or when cancelled. */
  awaitLanded(request: VerifyLandedRequest): Promise<{ readonly tip: string }>;
  changedFiles(request: {
    readonly workspace: WorkspaceRef;
    readonly from: string;
    readonly to: string;
  }): Promise<ChangedFiles>;
  /** Worktree, processes, inbox and hidden refs removed; branches stay. */
  closeWorkspace(request: { readonly workspace: WorkspaceRef; readonly fence: Fence }): Promise<void>;
}

export interface ChangedFiles {
  /** At most 50 paths. */
  readonly files: readonly string[];
  readonly fileCount: number;
  readonly insertions: number;
  readonly deletions: number;
}

// ── checks ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface RunSetupRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly commands: readonly string[];
  readonly timeoutMs: number;
}
export interface RunChecksRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** Checked out clean before the first command; the tracked tree must still equal it after the last. */
  readonly sha: string;
  /** Run first if a manifest, a lockfile or these commands differ from the last setup here. */
  readonly setup: readonly string[];
  readonly commands: readonly string[];
  readonly timeoutMs: number;
}
export interface CheckEvidence {
  readonly command: string;
  readonly passed: boolean;
  readonly exitCode: number | null;
  readonly elapsedMs: number;
}
export interface ChecksResult {
  readonly passed: boolean;
  readonly timedOut: boolean;
  readonly elapsedMs: number;
  readonly checks: readonly CheckEvidence[];
  /** Why it failed, with the last 4 KiB of output; empty when it passed. */
  readonly report: string;
  /** The whole log (capped). */
  readonly artifact: string | null;
}
export interface ChecksActivities {
  runSetup(request: RunSetupRequest): Promise<ChecksResult>;
  runChecks(request: RunChecksRequest): Promise<ChecksResult>;
}

// ── agents ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface RunAgentRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly role: Role;
  readonly prompt: PromptRef;
  readonly timeoutMs: number;
  /** How often this role has run for the task, from 1: recorded edits (`script`) answer by it. */
  readonly turn: number;
  readonly task: { readonly number: number; readonly title: string };
  readonly phase: { readonly number: number; readonly name: string } | null;
}
export interface AgentRun {
  readonly result: AgentResult;
  readonly elapsedMs: number;
  readonly usage: Usage | null;
  /** Ids of inbox messages the agent took. */
  readonly read: readonly string[];
  readonly engine: string;
}
export interface AgentActivities {
  runAgent(request: RunAgentRequest): Promise<AgentRun>;
  /** Puts messages into a running agent's inbox. */
  deliverMessages(request: {
    readonly key: AttemptKey;
    readonly messages: readonly PersonMessage[];
  }): Promise<void>;
}

// ── code host ───────────────────────────────────────────────────────────────────────────────────────────────────

export interface PullRequestRef {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'merged' | 'closed';
}
export interface EnsurePullRequestRequest {
  readonly workspace: WorkspaceRef;
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  /** Hidden in the body: adoption after a lost answer. */
  readonly marker: string;
  /** The one we had before: found even when a person gave it another base. */
  readonly known?: number;
}
export type EnsurePullRequestResult =
  | { readonly kind: 'open'; readonly pullRequest: PullRequestRef }
  | { readonly kind: 'no_commits' }
  /** A person closed it: we ask, we don't open a second one. */
  | { readonly kind: 'closed'; readonly pullRequest: PullRequestRef }
  /** A person gave it another base: nor then. */
  | { readonly kind: 'retargeted'; readonly pullRequest: PullRequestRef; readonly base: string };

export interface MergePullRequestRequest {
  readonly workspace: WorkspaceRef;
  readonly number: number;
  readonly expectedHead: string;
  readonly expectedBase: string;
  /** The branch that `expectedBase` is the tip of: a pull request that goes elsewhere is not merged. */
  readonly into?: string;
  readonly method: 'merge' | 'squash';
  readonly stamp: CommitStamp;
  readonly fence: Fence;
}
export type MergePullRequestResult =
  | {
      readonly kind: 'merged';
      readonly sha: string;
      readonly fence: Fence;
      /** Set when the merge brought another tree than the head's, e.g. by a person onto a base that had moved: what is different. */
      readonly differs?: string;
    }
  | { readonly kind: 'head_moved'; readonly head: string }
  | { readonly kind: 'base_moved'; readonly base: string }
  /** Not every host says which files. */
  | { readonly kind: 'conflict'; readonly files: readonly string[] }
  | { readonly kind: 'closed' }
  /** The host's own rules (branch protection, a draft) say no for now: `why` in a sentence. */
  | { readonly kind: 'blocked'; readonly why: string }
  /** The base is checked out in a person's worktree: they merge, we follow. */
  | { readonly kind: 'checked_out'; readonly where: string; readonly command: string };

export interface CodeHostActivities {
  ensurePullRequest(request: EnsurePullRequestRequest): Promise<EnsurePullRequestResult>;
  updatePullRequest(request: {
    readonly workspace: WorkspaceRef;
    readonly number: number;
    readonly title: string;
    readonly body: string;
  }): Promise<void>;
  mergePullRequest(request: MergePullRequestRequest): Promise<MergePullRequestResult>;
  /** A comment that says why, once per marker; then closed, if asked. */
  closePullRequest(request: {
    readonly workspace: WorkspaceRef;
    readonly number: number;
    readonly comment: string;
    readonly close: boolean;
  }): Promise<void>;
  /** Records a merge that a person made by hand. */
  recordMerged(request: {
    readonly workspace: WorkspaceRef;
    readonly number: number;
    readonly sha: string;
  }): Promise<void>;
  /** One look at a pull request: where it stands, and what people said. */
  lookAtPullRequest(request: LookRequest): Promise<PullRequestLook>;
  /**
   * Ends with the first look whose digest is not `seen`. Until then each try fails as `NothingNew`, and the server tries again
   * after the poll interval: between two tries there is neither a slot nor an event. A host's limit is waited for in the same way.
   */
  awaitPullRequestNews(request: LookRequest & { readonly seen: string }): Promise<PullRequestLook>;
  /** Shows on the host what became of a gate: a status on the commit and, once decided, one comment per gate. */
  publishGate(request: PublishGateRequest): Promise<void>;
}

export interface LookRequest {
  readonly workspace: WorkspaceRef;
  readonly number: number;
}

/** A pull request as people left it. */
export interface PullRequestLook {
  readonly number: number;
  readonly state: 'open' | 'merged' | 'closed';
  readonly draft: boolean;
  readonly head: { readonly branch: string; readonly sha: string };
  readonly base: { readonly branch: string; readonly sha: string };
  readonly mergedSha: string | null;
  readonly mergedBy: string | null;
  /** What people asked for, oldest first; at most 50, each text at most 16,000 characters. */
  readonly words: readonly PersonWord[];
  /** The highest id of a comment so far, 0 without any: a command counts only if it came after the question. */
  readonly lastComment: number;
  /** The host's own rules stand against a merge for now. */
  readonly blocked: boolean;
  /** The host's own checks on the head, for people: 'none', '2 passed', '1 of 3 failed: lint'. */
  readonly checks: string;
  /** The same for the same facts. */
  readonly digest: string;
}

/** A review that is a reviewer's last word, or a comment that is a command. */
export interface PersonWord {
  /** `review-<id>` or `comment-<id>`. */
  readonly id: string;
  readonly kind: 'approve' | 'reject' | 'retry';
  readonly by: string;
  /** A program, or the identity that we act as ourselves. */
  readonly program: boolean;
  /** May push to the repository. */
  readonly mayWrite: boolean;
  /** The commit a review is of; null: a comment, which is about what stood there then. */
  readonly headSha: string | null;
  /** Of a comment: its number, to tell whether it came after the question. Null: a review. */
  readonly comment: number | null;
  /** Somebody changed the comment's text afterwards: not necessarily who wrote it. */
  readonly edited: boolean;
  /** Why, line comments included. */
  readonly text: string;
}

export interface PublishGateRequest extends LookRequest {
  readonly gateId: string;
  readonly sha: string | null;
  readonly state: 'pending' | 'success' | 'failure';
  /** The status's line, at most 140 characters. */
  readonly summary: string;
  /** Markdown of the comment; null: none yet. */
  readonly comment: string | null;
}

// ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Notice {
  /** Makes a repeat count once. */
  readonly id: string;
  readonly kind:
    | 'gate_opened'
    | 'gate_reminder'
    | 'gate_expired'
    | 'phase_failed'
    | 'question'
    | 'project_done'
    | 'project_failed'
    | 'alarm'
    | 'waiting_for_merge';
  readonly project: string;
  readonly title: string;
  readonly text: string;
  /** The command that answers, if one does. */
  readonly command: string | null;
  /** Where it can be answered on the web: the pull request. */
  readonly link?: string | null;
}
export interface NotifyActivities {
  /** Never fails a project: a channel that is down is logged. */
  notify(request: { readonly targets: readonly NotifyTarget[]; readonly notice: Notice }): Promise<void>;
}

// ── reading what a host holds, for people ───────────────────────────────────────────────────────────────────────

export interface InspectionActivities {
  readArtifact(request: {
    readonly artifact: string;
    readonly maxBytes: number;
  }): Promise<{ readonly text: string; readonly truncated: boolean } | null>;
  listArtifacts(request: { readonly prefix: string }): Promise<readonly string[]>;
  diff(request: {
    readonly workspace: WorkspaceRef;
    readonly from: string;
    readonly to: string;
    readonly maxBytes: number;
  }): Promise<{ readonly stat: string; readonly patch: string; readonly truncated: boolean }>;
}
