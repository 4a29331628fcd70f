export interface PullRequestRef {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'merged' | 'closed';
}

/** A pull request as people left it. */
export interface PullRequestSnapshot {
  readonly number: number;
  readonly state: 'open' | 'merged' | 'closed';
  readonly draft: boolean;
  readonly head: { readonly branch: string; readonly sha: string };
  readonly base: { readonly branch: string; readonly sha: string };
  readonly mergedSha: string | null;
  readonly mergedBy: string | null;
  /** What people asked for, oldest first; at most 50, each text at most 16,000 characters. */
  readonly commands: readonly ReviewCommand[];
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
export interface ReviewCommand {
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

/** What a code host shows of a gate. */
export interface PublishedGate {
  readonly state: 'pending' | 'success' | 'failure';
  /** The status's line. */
  readonly summary: string;
  /** Markdown of the comment; null: none yet. */
  readonly comment: string | null;
}
