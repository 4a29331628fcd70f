/**
 * Git as we need it: per repository and host a bare mirror that only we write; per workspace a clone for its agents and a checkout
 * for its checks; plumbing merges, and pushes that name the value they expect. Nothing here runs git with what an agent can write.
 */
import type { CommitMetadata, ConflictedFile, Fence, TaskCommit } from '../../domain/model/git.ts';
import type { NamespaceIdentity } from '../../domain/model/namespace.ts';
import type { RepositoryRef, WorkspaceRef } from '../../domain/model/project.ts';

/** Reaching the repositories of a code host with its own credential. */
export interface HostedGit {
  /** `<webUrl>/<owner>/<name>.git` is the remote; without a slash at the end. */
  readonly webUrl: string;
  /**
   * The `Authorization` header for this repository, valid for the next minutes. `refused`: the remote has just refused this one;
   * another is wanted, or the same if there is no other. Throws, to be asked again, where the host has only just made it.
   */
  authorization(owner: string, name: string, refused?: string): Promise<string>;
  /** What the repository is called now, where the host sends on from the name that it had; undefined: it has no other. */
  nameNow?(
    owner: string,
    name: string,
  ): Promise<{ readonly owner: string; readonly name: string } | undefined>;
}

export interface RefUpdate {
  /** Full name, e.g. `refs/heads/project/x/integration`. */
  readonly ref: string;
  /** What the remote must hold now; null: absent. */
  readonly expected: string | null;
  /** What it holds afterwards; null: deleted. */
  readonly sha: string | null;
}

export interface RemoteState {
  /** Branch name → tip. */
  readonly branches: ReadonlyMap<string, string>;
  readonly fenceSha: string | null;
}

export type PushResult =
  | { readonly kind: 'pushed'; readonly fence: Fence }
  /** A ref held something else (and not what we wanted to push). */
  | { readonly kind: 'lease_lost'; readonly ref: string; readonly remote: string | null };

export type MergeTree =
  | { readonly kind: 'clean'; readonly tree: string }
  /** `tree` holds the conflicted files with their markers. */
  | { readonly kind: 'conflict'; readonly tree: string; readonly files: readonly ConflictedFile[] };

export type Snapshot =
  /** `changed`: paths that differ from the start; null: not known here, `changes` finds out. */
  | { readonly kind: 'taken'; readonly tree: string; readonly changed: readonly string[] | null }
  /** Files that can't become part of a commit, in git's words. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It left the branch, or took `.git` away: whose files these are can't be told. As the end of 'the agent …'. */
  | { readonly kind: 'tampered'; readonly what: string };

export interface WorktreeState {
  readonly branch: string;
  readonly startSha: string;
}

export interface CommitRange {
  readonly from: string;
  readonly to: string;
}

/** The grounds of a workspace on this host, and the namespace whose workflows made it; null: its record doesn't say. */
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
   * What stands against work on this base commit, a sentence with its way out for each, the folders in it that are other
   * repositories, and which of these paths are no folders in it.
   */
  examine(
    repository: RepositoryRef,
    sha: string,
    paths: readonly string[],
  ): Promise<{
    readonly problems: readonly string[];
    readonly submodules: readonly string[];
    readonly missing: readonly string[];
  }>;
  /** Branch name → tip, asked of the remote now. */
  remoteBranches(repository: RepositoryRef): Promise<ReadonlyMap<string, string>>;
  /** One ref of the remote, asked now. */
  remoteRef(repository: RepositoryRef, ref: string): Promise<string | null>;
  /** Branches and the workspace's fence, both asked of the remote now, at once. */
  remoteState(workspace: WorkspaceRef): Promise<RemoteState>;
  /** The same as of our own push that left this fence there, if it was asked seconds ago; undefined: it has to be asked. */
  recentState(workspace: WorkspaceRef, fence: Fence): RemoteState | undefined;
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
  /** Both change the same lines in the same surroundings, wherever in the files these are. */
  samePatch(repository: RepositoryRef, before: CommitRange, after: CommitRange): Promise<boolean>;

  // ── the remote ──
  /**
   * All refs and the fence in one atomic push; after an unknown result the remote is read and decides. `FencedOut`,
   * `ContentRefused`, `PushRejected`.
   * `absent`: the caller has just asked the remote, and it had none of these refs; it isn't asked again before.
   */
  push(
    workspace: WorkspaceRef,
    updates: readonly RefUpdate[],
    fence: Fence,
    known?: { readonly absent?: boolean },
  ): Promise<PushResult>;

  // ── the agent's clone ──
  /** Absolute path; exists after `prepare`. */
  worktreePath(workspace: WorkspaceRef): string;
  /** On `branch` at `start`, nothing untracked, ignored files kept; made anew if it isn't ours to go on with. */
  prepare(workspace: WorkspaceRef, state: WorktreeState & { readonly keepChanges: boolean }): Promise<void>;
  /** Runs setup there: what it makes or changes is nobody's change. */
  aroundSetup<T>(workspace: WorkspaceRef, setup: () => Promise<T>): Promise<T>;
  /** False: setup had made files that are not ignored, and the clone was cleaned since. */
  keepsSetup(workspace: WorkspaceRef): Promise<boolean>;
  /** Its files as one tree, hashed with an index of ours; the agent's own commits are kept under a hidden ref. */
  snapshot(workspace: WorkspaceRef, state: WorktreeState, hiddenRef: string): Promise<Snapshot>;
  /** The clone's branch moves to this commit, whose tree is the one that was just taken of it: no file is touched. */
  adopt(workspace: WorkspaceRef, state: WorktreeState): Promise<void>;
  /** The same tree without `path`. */
  withoutPath(repository: RepositoryRef, tree: string, path: string): Promise<string>;

  // ── the checks' checkout ──
  /** Absolute path; exists after `checkOut`. */
  checksPath(workspace: WorkspaceRef): string;
  /**
   * The commit's files and what setup made here, nothing else. True: that is there as it was; false: there is nothing of it.
   * `anew`: without it.
   */
  checkOut(
    workspace: WorkspaceRef,
    wanted: { readonly branch: string; readonly sha: string; readonly anew?: boolean },
  ): Promise<boolean>;
  /** After setup in the checkout: what it made stays for later runs, what it changed of the commit's files is put back. */
  keepSetup(
    workspace: WorkspaceRef,
    wanted: { readonly branch: string; readonly sha: string },
  ): Promise<void>;
  /** Tracked files that are not as they were checked out, for people to read. */
  changedSince(workspace: WorkspaceRef, sha: string): Promise<readonly string[]>;

  /** Grounds and hidden refs gone, here and on the remote. What belongs to another namespace, or has a later fence, stays. */
  close(workspace: WorkspaceRef, fence: Fence): Promise<void>;
  /** The other namespace whose workflows have grounds under this owner's name on this host, of whatever repository; null: none. */
  otherOwner(workspace: WorkspaceRef): Promise<NamespaceIdentity | null>;
  /** Every workspace on this host, whoever made it. */
  workspaces(): Promise<readonly OwnedWorkspace[]>;
}
