/** What workflows ask of the code host: pull requests, and what people do with them. Types only. */
import type { CommitMetadata, Fence } from '../../domain/model/git.ts';
import type { PublishedGate, PullRequestSnapshot, PullRequestRef } from '../../domain/model/pull-request.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';

export interface EnsurePullRequestRequest {
  readonly workspace: WorkspaceRef;
  readonly headBranch: string;
  readonly baseBranch: string;
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
  | { readonly kind: 'retargeted'; readonly pullRequest: PullRequestRef; readonly baseBranch: string };

export interface MergePullRequestRequest {
  readonly workspace: WorkspaceRef;
  readonly number: number;
  readonly expectedHeadSha: string;
  readonly expectedBaseSha: string;
  /** The branch that `expectedBase` is the tip of: a pull request that goes elsewhere is not merged. */
  readonly baseBranch?: string;
  readonly method: 'merge' | 'squash';
  readonly metadata: CommitMetadata;
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
  | { readonly kind: 'head_moved'; readonly headSha: string }
  | { readonly kind: 'base_moved'; readonly baseSha: string }
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
  readPullRequest(request: PullRequestRequest): Promise<PullRequestSnapshot>;
  /**
   * Ends with the first look whose digest is not `seen`. Until then each try fails as `NothingNew`, and the server tries again
   * after the poll interval: between two tries there is neither a slot nor an event. A host's limit is waited for in the same way.
   */
  awaitPullRequestChange(
    request: PullRequestRequest & { readonly seen: string },
  ): Promise<PullRequestSnapshot>;
  /** Shows on the host what became of a gate: a status on the commit and, once decided, one comment per gate. */
  publishGate(request: PublishGateRequest): Promise<void>;
}

export interface PullRequestRequest {
  readonly workspace: WorkspaceRef;
  readonly number: number;
}

export interface PublishGateRequest extends PullRequestRequest, PublishedGate {
  readonly gateId: string;
  readonly sha: string | null;
}
