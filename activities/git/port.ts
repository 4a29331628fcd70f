/**
 * Git as we need it: a bare mirror per repository and host, one worktree per workspace, plumbing merges, and pushes that
 * name the value they expect. Nothing here trusts a worktree's own `.git` file, config or hooks.
 */
import type { CommitMetadata, ConflictedFile, Fence, TaskCommit } from '../../domain/model/git.ts';
import type { NamespaceIdentity } from '../../domain/model/namespace.ts';
import type { RepositoryRef, WorkspaceRef } from '../../domain/model/project.ts';

/** Reaching the repositories of a code host with its own credential. */
export interface HostedGit {
  /** `<webUrl>/<owner>/<name>.git` is the remote; without a slash at the end. */
  readonly webUrl: string;
  /** The `Authorization` header for this repository, valid for the next minutes. */
  authorization(owner: string, name: string): Promise<string>;
}

export interface RefUpdate {
  /** Full name, e.g. `refs/heads/project/x/integration`. */
  readonly ref: string;
  /** What the remote must hold now; null: absent. */
  readonly expected: string | null;
  /** What it holds afterwards; null: deleted. */
  readonly sha: string | null;
}

export type PushResult =
  | { readonly kind: 'pushed'; readonly fence: Fence }
  /** A ref held something else (and not what we wanted to push). */
  | { readonly kind: 'lease_lost'; readonly ref: string; readonly remote: string | null };

export type MergeTree =
  | { readonly kind: 'clean'; readonly tree: string }
  /** `tree` holds the conflicted files with their markers. */
  | { readonly kind: 'conflict'; readonly tree: string; readonly files: readonly ConflictedFile[] };

export interface WorktreeState {
  readonly branch: string;
  readonly startSha: string;
}

/** A worktree on this host, and the namespace whose workflows made it; null: its record doesn't say. */
export interface OwnedWorkspace {
  readonly workspace: WorkspaceRef;
  readonly namespace: NamespaceIdentity | null;
}

export interface Git {
  // ── the mirror ──
  /** Makes or fetches the mirror. `RepositoryNotFound`, `GitUnavailable`. */
  fetch(repository: RepositoryRef): Promise<void>;
  /** The branch (default: the remote's default branch) and its tip. `BaseNotFound`. Fetches. */
  resolveBase(
    repository: RepositoryRef,
    branch: string | null,
  ): Promise<{ readonly branch: string; readonly sha: string }>;
  /**
   * What stands against work on this base commit, a sentence with its way out for each, and the folders in it that are other
   * repositories.
   */
  examine(
    repository: RepositoryRef,
    sha: string,
  ): Promise<{ readonly problems: readonly string[]; readonly submodules: readonly string[] }>;
  /** Branch name → tip, asked of the remote now. */
  remoteBranches(repository: RepositoryRef): Promise<ReadonlyMap<string, string>>;
  /** One ref of the remote, asked now. */
  remoteRef(repository: RepositoryRef, ref: string): Promise<string | null>;
  /** Branches and the workspace's fence, both asked of the remote now, at once. */
  remoteState(
    workspace: WorkspaceRef,
  ): Promise<{ readonly branches: ReadonlyMap<string, string>; readonly fenceSha: string | null }>;
  /** Where this base branch is checked out in the remote's own worktrees (only a `path` repository has any); null: nowhere. */
  checkedOutAt(repository: RepositoryRef, branch: string): Promise<string | null>;

  // ── objects ──
  readFile(
    repository: RepositoryRef,
    sha: string,
    path: string,
    maxBytes: number,
  ): Promise<{ readonly text: string; readonly truncated: boolean } | null>;
  /** Paths of the files directly under `directory` at `sha`. */
  listFiles(repository: RepositoryRef, sha: string, directory: string): Promise<readonly string[]>;
  tree(repository: RepositoryRef, sha: string): Promise<string>;
  /** A commit that is nowhere to be had is nobody's ancestor. */
  isAncestor(repository: RepositoryRef, ancestor: string, descendant: string): Promise<boolean>;
  /** Which of these commits the head does not hold, each once. */
  missingFrom(
    repository: RepositoryRef,
    headSha: string,
    commits: readonly string[],
  ): Promise<readonly string[]>;
  /** Whether this commit is here, or can be fetched. */
  hasCommit(repository: RepositoryRef, sha: string): Promise<boolean>;
  /** Commits of `since..tip`, newest first, with their messages; at most `most`. */
  log(
    repository: RepositoryRef,
    range: { readonly sinceSha: string; readonly tipSha: string; readonly most: number },
  ): Promise<readonly { readonly sha: string; readonly message: string }[]>;
  /** The commit after the fork from `head`, along `tip`'s first parents, whose tree is `head`'s: where a squash landed. Null: none. */
  findSquash(repository: RepositoryRef, tip: string, headSha: string): Promise<string | null>;
  changedFiles(
    repository: RepositoryRef,
    from: string,
    to: string,
  ): Promise<{ readonly files: readonly string[]; readonly insertions: number; readonly deletions: number }>;
  /** Every path that differs between two commits or trees; modes count, renames are not looked for. */
  changes(
    repository: RepositoryRef,
    from: string,
    to: string,
  ): Promise<ReadonlyMap<string, 'added' | 'deleted' | 'changed'>>;
  diff(
    repository: RepositoryRef,
    from: string,
    to: string,
    maxBytes: number,
  ): Promise<{ readonly stat: string; readonly patch: string; readonly truncated: boolean }>;
  /** As `git merge` would with ours checked out, its attributes included. 8 ms, no checkout. */
  mergeTree(repository: RepositoryRef, ours: string, theirs: string): Promise<MergeTree>;
  /** Same input, same SHA. */
  commitTree(
    repository: RepositoryRef,
    commit: { readonly tree: string; readonly parents: readonly string[]; readonly metadata: CommitMetadata },
  ): Promise<string>;
  /** Replays `base..head` on `onto`, commit by commit, without a checkout; author, dates and messages are kept. */
  replay(
    repository: RepositoryRef,
    range: { readonly baseSha: string; readonly headSha: string; readonly ontoSha: string },
  ): Promise<
    | {
        readonly kind: 'replayed';
        readonly headSha: string;
        readonly commits: readonly TaskCommit[];
        /** Each commit's change is the branch's own: it had not merged a later base in. */
        readonly linear: boolean;
        readonly samePatches: boolean;
      }
    | { readonly kind: 'conflict'; readonly files: readonly ConflictedFile[] }
  >;

  // ── the remote ──
  /**
   * All refs and the fence in one atomic push; after an unknown result the remote is read and decides. `FencedOut`.
   * `absent`: the caller has just asked the remote, and it had none of these refs; it isn't asked again before.
   */
  push(
    workspace: WorkspaceRef,
    updates: readonly RefUpdate[],
    fence: Fence,
    known?: { readonly absent?: boolean },
  ): Promise<PushResult>;

  // ── the worktree ──
  /** Absolute path; exists after `prepare`. */
  worktreePath(workspace: WorkspaceRef): string;
  /** On `branch` at `start`, nothing untracked, ignored files kept; rebuilt if damaged or not ours. */
  prepare(
    workspace: WorkspaceRef,
    state: WorktreeState & {
      readonly keepChanges: boolean;
      /** Kept with the worktree, safe from a crash, until it is prepared for another start. */
      readonly note?: string;
    },
  ): Promise<void>;
  /** What was noted when the worktree was put where it is; null: nothing. */
  note(workspace: WorkspaceRef): Promise<string | null>;
  /** What an agent did to the worktree's git besides editing files; null: nothing it may not. */
  findTampering(workspace: WorkspaceRef, state: WorktreeState): Promise<string | null>;
  /**
   * The agent's commits and leftovers as one tree, `.gitignore` respected; its own commits kept under a hidden ref. `changed`: paths
   * that differ from the start; null: not known here, `changedFiles` finds out.
   */
  snapshot(
    workspace: WorkspaceRef,
    state: WorktreeState,
    hiddenRef: string,
  ): Promise<{ readonly tree: string; readonly changed: readonly string[] | null }>;
  /** The worktree's branch moves to this commit, whose tree is the one that was just taken of it: no file is touched. */
  adopt(workspace: WorkspaceRef, state: WorktreeState & { readonly note: string }): Promise<void>;
  /** The same tree without `path`. */
  withoutPath(repository: RepositoryRef, tree: string, path: string): Promise<string>;
  /** True while the tracked files equal `sha` and nothing untracked (ignored apart) lies about. */
  matches(workspace: WorkspaceRef, sha: string): Promise<boolean>;
  /** Worktree and hidden refs gone, here and on the remote. What belongs to another namespace, or has a later fence, stays. */
  close(workspace: WorkspaceRef, fence: Fence): Promise<void>;
  /** The other namespace whose workflows have a worktree under this owner's name on this host, of whatever repository; null: none. */
  otherOwner(workspace: WorkspaceRef): Promise<NamespaceIdentity | null>;
  /** Every worktree on this host, whoever made it. */
  workspaces(): Promise<readonly OwnedWorkspace[]>;
}
