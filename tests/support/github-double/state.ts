/** What the double remembers. Plain data, so that a repository can be copied as it was a moment ago; refs and commits are git's. */
import type { KeyObject } from 'node:crypto';

export type Permission = 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin';
/** What an App or a fine-grained token may do, by GitHub's names: `{ contents: 'write', pull_requests: 'write' }`. */
export type Grants = Readonly<Record<string, 'read' | 'write'>>;

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot';
  /** On repositories that say nothing else of this account. */
  readonly permission: Permission;
}

export interface Credential {
  readonly token: string;
  readonly login: string;
  readonly kind: 'classic' | 'fine-grained' | 'installation';
  readonly scopes: readonly string[];
  /** Null: whatever the account may do. */
  readonly grants: Grants | null;
  /** Full names; null: all. */
  readonly repositories: readonly string[] | null;
  readonly app: App | null;
  expiresAt: Date | null;
  revoked: boolean;
  /** Counted against the rate limit. */
  requests: number;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly owner: string;
  readonly publicKey: KeyObject;
  readonly installationId: number;
  readonly grants: Grants;
  readonly repositories: readonly string[] | null;
  readonly events: readonly string[];
  /** Null: the App has no webhook. */
  readonly hook: Hook | null;
  suspended: boolean;
  tokenLifetimeMs: number;
}

export interface Hook {
  readonly url: string;
  readonly contentType: 'json' | 'form';
  readonly active: boolean;
  readonly events: readonly string[];
  readonly insecureSsl: boolean;
  readonly secret: boolean;
  readonly lastResponse: {
    readonly code: number | null;
    readonly status: string;
    readonly message: string | null;
  };
}

export interface Protection {
  /** Names of check runs or contexts of statuses that the head needs. */
  readonly requiredChecks: readonly string[];
  /** True: the head must contain the base's tip. */
  readonly strict: boolean;
  readonly requiredReviews: number;
  /** True: a push takes approvals back. */
  readonly dismissStaleReviews: boolean;
  /** True: nobody pushes to the branch. Implied by `requiredReviews`. */
  readonly requirePullRequest: boolean;
  readonly enforceAdmins: boolean;
  /** Enforced: no merge commits by pull requests. */
  readonly linearHistory: boolean;
  /** Shown to whoever asks, and not enforced here; `kinds`: further kinds of rules in a ruleset, without parameters. */
  readonly signatures: boolean;
  readonly codeOwners: boolean;
  readonly deployments: readonly string[];
  /** Not shown, and enforced: what only GitHub knows to be missing, in its words. */
  readonly hidden: readonly string[];
  readonly kinds: readonly string[];
  /** Logins that may push, in classic protection; null: whoever may write. */
  readonly pushers: readonly string[] | null;
  /** Logins for which a ruleset does not hold. */
  readonly bypass: readonly string[];
  /** Of a ruleset. */
  readonly id: number;
  /** How GitHub has it: classic branch protection, or a ruleset. */
  readonly kind: 'protection' | 'ruleset';
}

export interface RepositoryOptions {
  readonly allowMergeCommit: boolean;
  readonly allowSquashMerge: boolean;
  readonly allowRebaseMerge: boolean;
  readonly deleteBranchOnMerge: boolean;
  readonly private: boolean;
  readonly archived: boolean;
}

export interface Repository {
  readonly id: number;
  readonly owner: string;
  name: string;
  fullName: string;
  /** The bare repository. */
  readonly path: string;
  readonly createdAt: Date;
  options: RepositoryOptions;
  /** Null: the one that events are delivered to. */
  hooks: readonly Hook[] | null;
  pushedAt: Date;
  nextNumber: number;
  /** Full ref name to SHA, as last seen. */
  refs: Map<string, string>;
  /** Old name to new, of branches that were renamed on the host. */
  readonly renamed: Map<string, string>;
  readonly permissions: Map<string, Permission>;
  readonly protections: Map<string, Protection>;
  readonly pulls: Map<number, PullRequest>;
  readonly labels: Map<string, number>;
  readonly statuses: Status[];
  readonly checkRuns: CheckRun[];
}

export interface PullRequest {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  readonly headRef: string;
  readonly createdAt: Date;
  baseRef: string;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  draft: boolean;
  headSha: string;
  /** The base's tip at the last change of the head or of the base's name, as GitHub shows it. */
  baseSha: string;
  /** The base's tip as last seen. */
  seenBase: string;
  updatedAt: Date;
  closedAt: Date | null;
  mergedAt: Date | null;
  mergedBy: string | null;
  mergeCommitSha: string | null;
  /** Which pair of commits mergeability was asked for, and how many answers are still `null`. */
  mergeability: { pair: string; unknownReads: number };
  readonly labels: string[];
  readonly reviews: Review[];
  readonly reviewComments: ReviewComment[];
  readonly comments: IssueComment[];
}

export interface Review {
  readonly id: number;
  readonly author: string;
  readonly commit: string;
  readonly submittedAt: Date;
  readonly body: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
}

export interface ReviewComment {
  readonly id: number;
  readonly author: string;
  readonly reviewId: number;
  readonly inReplyTo: number | null;
  readonly path: string;
  readonly line: number;
  readonly side: 'LEFT' | 'RIGHT';
  readonly commit: string;
  readonly body: string;
  readonly createdAt: Date;
}

export interface IssueComment {
  readonly id: number;
  readonly author: string;
  readonly createdAt: Date;
  body: string;
  updatedAt: Date;
}

export interface Status {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: string;
  readonly createdAt: Date;
}

export interface CheckRun {
  readonly id: number;
  readonly sha: string;
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly detailsUrl: string | null;
  readonly externalId: string | null;
  readonly app: string;
  readonly startedAt: Date;
  readonly completedAt: Date | null;
}
