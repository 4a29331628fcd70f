/** What is said about commits and branches everywhere: fences, commit metadata, attempts, merges that are not finished. */

/**
 * The fence of a workspace: the value of `refs/phasewright/<owner>/epoch` on the remote that our next push must find
 * and moves, atomically with the branch. Null: the ref does not exist yet. A worker that lost its host can't push any more.
 */
export interface Fence {
  readonly epoch: number;
  readonly sha: string | null;
}

/** Who and when of everything we commit, so that a repeat makes the same SHA. */
/** As whom a commit is made. */
export interface CommitIdentity {
  readonly name: string;
  readonly email: string;
}

/** Of the commits that are made here; those of agents keep their own when they are put onto something else. */
export interface CommitIdentities {
  readonly author: CommitIdentity;
  readonly committer: CommitIdentity;
}

export interface CommitMetadata {
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

export interface TaskCommit {
  readonly task: number;
  readonly sha: string;
}

/** A file that a merge could not finish. */
export interface ConflictedFile {
  readonly path: string;
  /** `content`: its lines hold conflict markers. Else git's name for it (`modify/delete`, `binary`, …), and there are none. */
  readonly kind: string;
  /** What both sides did, in git's words. */
  readonly says: string;
  /** Further paths of the same conflict, of a rename for example. */
  readonly others: readonly string[];
}

/** How a conflicted file ended: as on the branch, as on its base, as neither, or not at all. */
export interface ResolvedFile {
  readonly path: string;
  readonly kind: string;
  readonly ended: 'ours' | 'theirs' | 'edited' | 'deleted';
}

/** A merge that only a mind can finish: the agent starts on `startSha`, whose files hold conflict markers where lines conflict. */
export interface OpenMerge {
  /** The other side: second parent of the candidate. */
  readonly parentSha: string;
  readonly startSha: string;
  /** At most 50. */
  readonly files: readonly ConflictedFile[];
}

/** Base lacks what a branch is built on: merged with it, the branch would bring that back. */
export interface RewrittenBase {
  readonly baseSha: string;
  /** Where base was, as the branch holds it. */
  readonly lostSha: string;
  /** What base lacks, newest first, e.g. `1a2b3c4d5e 'Add a key'`: at most 3. */
  readonly lost: readonly string[];
  readonly lostCount: number;
  /** In what the two differ, at most 10 paths. */
  readonly files: readonly string[];
  /** Where the branch's own changes conflict with base as it is now; none: not tried, or without a conflict. */
  readonly conflicts: readonly string[];
}
