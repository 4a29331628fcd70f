/**
 * Git as workflows see it. Every activity can run twice: commits are made from the request alone, so a repeat makes the same SHA,
 * and pushes expect a value and decide an unknown answer by reading the remote.
 */
import { Context } from '@temporalio/activity';
import { branchConflictMessage, findBranchConflict } from '../../domain/names/branches.ts';
import type {
  CommitCandidateRequest,
  CommitCandidateResult,
  CreateBranchRequest,
  CreateBranchResult,
  GitActivities,
  LandRequest,
  LandResult,
  MergeBranchResult,
  MergeRequest,
  RebaseRequest,
  RebaseResult,
  UpdateFromBaseRequest,
  UpdateFromBaseResult,
  VerifyLandedRequest,
} from './contract.ts';
import type { CommitMetadata, Fence, OpenMerge } from '../../domain/model/git.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import { PortError, surfaceErrors } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import { isLanded } from './landed.ts';
import type { Git, PushResult } from './port.ts';

const planFile = 'PLAN.md';
const filesNamed = 50;
/** Of a conflicted file, read for its markers. */
const largestMarkedFile = 4 * 1024 * 1024;
const beatMs = 2_000;

export function createGitActivities({ git }: { readonly git: Git }): GitActivities {
  /** Safe to repeat: reads. */
  async function readFence({ workspace, epoch }: Parameters<GitActivities['readFence']>[0]): Promise<Fence> {
    return {
      epoch,
      sha: await git.remoteRef(workspace.repository, `refs/phasewright/${workspace.owner}/epoch`),
    };
  }

  /** Safe to repeat: a branch that our own lost push made is recognised by the fence that moved with it. */
  async function createBranch(request: CreateBranchRequest): Promise<CreateBranchResult> {
    const { workspace, branch, sha, siblings, reserve = [], own, fence } = request;
    const branches = await git.remoteBranches(workspace.repository);
    const remote = [...branches.keys()];
    // Loose refs are files: where those ignore case, `Feature` and `feature` are one branch.
    const foldCase = workspace.repository.kind === 'path' && ['darwin', 'win32'].includes(process.platform);
    const conflict = findBranchConflict({ wanted: branch, siblings, remote, own, foldCase });
    for (const wanted of reserve) {
      const others = [branch, ...reserve].filter((other) => other !== wanted);
      const later = findBranchConflict({
        wanted,
        siblings: others,
        remote: remote.filter((name) => name !== branch),
        own: false,
        foldCase,
      });
      if (later !== undefined) return { kind: 'conflict', message: branchConflictMessage(wanted, later) };
    }
    const existing = branches.get(branch);
    const maybeOurs =
      existing === sha &&
      (conflict === undefined || (conflict.kind === 'remote' && conflict.other === branch));
    if (conflict !== undefined && !maybeOurs)
      return { kind: 'conflict', message: branchConflictMessage(branch, conflict) };
    if (existing !== undefined && !maybeOurs) return { kind: 'ready', headSha: existing, fence };

    const conflicting: CreateBranchResult = {
      kind: 'conflict',
      message: branchConflictMessage(branch, { kind: 'remote', other: branch }),
    };
    let pushed: PushResult;
    try {
      // Made in between at this very commit, by whomever: then it is as we want it, and no lease could tell.
      pushed = await git.push(workspace, [{ ref: `refs/heads/${branch}`, expected: null, sha }], fence, {
        absent: existing === undefined,
      });
    } catch (error) {
      // The branch was there and the fence isn't ours: an earlier run left both. Naming the branch is the help.
      if (conflict !== undefined && error instanceof PortError && error.code === 'FencedOut')
        return conflicting;
      throw error;
    }
    await faultPoint('createBranch', 'effect');
    if (pushed.kind === 'pushed') return { kind: 'ready', headSha: sha, fence: pushed.fence };
    if (own && pushed.remote !== null) return { kind: 'ready', headSha: pushed.remote, fence };
    return conflicting;
  }

  /** Safe to repeat: it ends in the same state from any state. `prepare` has looked at every file; this looks at branch, head and refs. */
  async function prepareWorktree({
    workspace,
    branch,
    startSha: start,
    keepChanges,
  }: Parameters<GitActivities['prepareWorktree']>[0]) {
    await git.prepare(workspace, { branch, startSha: start, keepChanges });
    await faultPoint('prepareWorktree', 'effect');
    const wrong = await git.findTampering(workspace, { branch, startSha: start });
    if (wrong !== null) {
      throw new PortError(
        'BranchMismatch',
        `The worktree ${git.worktreePath(workspace)} was put on ${branch} at ${start}, and then something ${wrong}. Something else is using it; look for stray processes.`,
      );
    }
    return { startSha: start };
  }

  /** Safe to repeat: the same files and stamp make the same commit, and a worktree already at it is left there. */
  async function commitCandidate(request: CommitCandidateRequest): Promise<CommitCandidateResult> {
    const {
      key,
      workspace,
      branch,
      headSha: tip,
      startSha: start,
      baseSha: base,
      merge,
      metadata: stamp,
    } = request;
    const { repository } = workspace;
    const tampering = await git.findTampering(workspace, { branch, startSha: start });
    if (tampering !== null) return { kind: 'tampered', what: tampering };
    const hiddenRef = `refs/phasewright/${key.owner}/attempts/${key.phase}/${key.task}/${key.attempt}`;
    let all: string;
    try {
      all = (await git.snapshot(workspace, { branch, startSha: start }, hiddenRef)).tree;
    } catch (error) {
      if (error instanceof PortError && error.code === 'WorktreeTampered')
        return { kind: 'tampered', what: error.message };
      throw error;
    }
    // A merge may well end with one side's files as they were; what counts is that no marker is left.
    const unchanged =
      merge === null ? [await git.tree(repository, start), await git.tree(repository, tip)] : [];
    if (unchanged.includes(all)) return { kind: 'empty' };
    const unresolved = merge === null ? [] : await withMarkers(repository, all, merge.files);
    if (unresolved.length > 0) return { kind: 'unresolved', files: unresolved };
    const changed = await git.changedFiles(repository, tip, all);
    const tree = changed.files.includes(planFile) ? await withoutPlan(repository, base, all) : all;
    if (unchanged.includes(tree)) return { kind: 'empty' };

    const sha = await git.commitTree(repository, {
      tree,
      parents: merge === null ? [tip] : [tip, merge.parentSha],
      metadata: stamp,
    });
    await git.prepare(workspace, { branch, startSha: sha, keepChanges: false });
    await faultPoint('commitCandidate', 'effect');
    const { files } = tree === all ? changed : await git.changedFiles(repository, tip, sha);
    return { kind: 'candidate', sha, tree, files: files.slice(0, filesNamed), fileCount: files.length };
  }

  async function withMarkers(
    repository: RepositoryRef,
    tree: string,
    files: readonly string[],
  ): Promise<readonly string[]> {
    const marked: string[] = [];
    for (const file of files) {
      const content = await git.readFile(repository, tree, file, largestMarkedFile);
      if (content !== null && /^(<{7}|>{7}) /m.test(content.text)) marked.push(file);
    }
    return marked;
  }

  /** The conflicted merge as a commit to start from. */
  async function openMerge(
    repository: RepositoryRef,
    head: string,
    parent: string,
    conflict: { readonly tree: string; readonly files: readonly string[] },
    stamp: CommitMetadata,
  ): Promise<OpenMerge> {
    const start = await git.commitTree(repository, {
      tree: conflict.tree,
      parents: [head, parent],
      metadata: stamp,
    });
    return { parentSha: parent, startSha: start, files: conflict.files.slice(0, filesNamed) };
  }

  /** An agent's notes to itself don't land, unless the file is one of the repository's own. */
  async function withoutPlan(repository: RepositoryRef, base: string, tree: string): Promise<string> {
    const baseTree = await git.tree(repository, base);
    const planIsTheirs = (await git.withoutPath(repository, baseTree, planFile)) !== baseTree;
    return planIsTheirs ? tree : git.withoutPath(repository, tree, planFile);
  }

  /** Safe to repeat: the push expects the old value and the remote reports each ref; after a lost answer it shows our fence. */
  async function land({ workspace, branch, expected, sha, fence }: LandRequest): Promise<LandResult> {
    const pushed = await git.push(workspace, [{ ref: `refs/heads/${branch}`, expected, sha }], fence);
    await faultPoint('land', 'effect');
    if (pushed.kind === 'lease_lost') {
      return pushed.remote === sha
        ? { kind: 'landed', sha, fence }
        : { kind: 'moved', remote: pushed.remote };
    }
    return { kind: 'landed', sha, fence: pushed.fence };
  }

  /** The remote's own word that what we pushed is on the branch. */
  async function verifyTip(repository: RepositoryRef, branch: string, sha: string): Promise<void> {
    const tip = await git.remoteRef(repository, `refs/heads/${branch}`);
    if (tip === sha || (tip !== null && (await git.isAncestor(repository, sha, tip)))) return;
    throw new PortError(
      'LandedTreeMismatch',
      `The remote accepted ${sha} on ${branch}, but the branch is now at ${tip ?? 'nothing'} without it. Someone rewound or replaced the branch; nothing was forced.`,
    );
  }

  async function branchTip(repository: RepositoryRef, branch: string): Promise<string> {
    const tip = await git.remoteRef(repository, `refs/heads/${branch}`);
    if (tip !== null) return tip;
    throw new PortError(
      'BaseNotFound',
      `The branch '${branch}' is no longer on the remote. Push it again, then retry.`,
    );
  }

  /** Safe to repeat: objects only; commits keep their dates, so the copies have the same SHAs. */
  async function rebase({
    workspace,
    headSha: head,
    baseSha: base,
    integrationBranch,
    metadata: stamp,
  }: RebaseRequest): Promise<RebaseResult> {
    const { repository } = workspace;
    const tip = await branchTip(repository, integrationBranch);
    if (tip === base || (await git.isAncestor(repository, tip, head)))
      return { kind: 'current', baseSha: tip };
    const replayed = await git.replay(repository, { baseSha: base, headSha: head, ontoSha: tip });
    await faultPoint('rebase', 'effect');
    if (replayed.kind === 'conflict') {
      // Commit by commit it can't be done; as one merge it may be, or else an agent finishes it.
      const merged = await git.mergeTree(repository, head, tip);
      if (merged.kind === 'conflict')
        return {
          kind: 'conflict',
          baseSha: tip,
          merge: await openMerge(repository, head, tip, merged, stamp),
        };
      const sha = await git.commitTree(repository, {
        tree: merged.tree,
        parents: [head, tip],
        metadata: stamp,
      });
      return { kind: 'rebased', headSha: sha, baseSha: tip, commits: [], samePatches: false };
    }
    const { commits, samePatches } = replayed;
    return { kind: 'rebased', headSha: replayed.headSha, baseSha: tip, commits, samePatches };
  }

  /** Safe to repeat: the merge commit is made from the request alone; a lost push is recognised by its fence. */
  async function mergeBranch({
    workspace,
    baseBranch: into,
    baseSha: base,
    headSha: head,
    metadata: stamp,
    fence,
  }: MergeRequest): Promise<MergeBranchResult> {
    const { repository } = workspace;
    const merged = await git.mergeTree(repository, base, head);
    if (merged.kind === 'conflict') return { kind: 'conflict', files: merged.files.slice(0, filesNamed) };
    const tested = await git.tree(repository, head);
    if (merged.tree !== tested && (await git.isAncestor(repository, base, head))) {
      throw new PortError(
        'LandedTreeMismatch',
        `Merging ${head} into ${into} would land tree ${merged.tree}, but ${tested} was tested. Nothing was pushed.`,
      );
    }
    const sha = await git.commitTree(repository, {
      tree: merged.tree,
      parents: [base, head],
      metadata: stamp,
    });
    const pushed = await git.push(workspace, [{ ref: `refs/heads/${into}`, expected: base, sha }], fence);
    await faultPoint('mergeBranch', 'effect');
    if (pushed.kind === 'lease_lost') {
      if (pushed.remote === null) await branchTip(repository, into);
      return pushed.remote === sha
        ? { kind: 'merged', sha, fence }
        : { kind: 'base_moved', baseSha: pushed.remote ?? base };
    }
    await verifyTip(repository, into, sha);
    return { kind: 'merged', sha, fence: pushed.fence };
  }

  /** Safe to repeat: objects only, made from the request and the base's tip. */
  async function updateFromBase({
    workspace,
    headSha: head,
    baseBranch: base,
    metadata: stamp,
  }: UpdateFromBaseRequest): Promise<UpdateFromBaseResult> {
    const { repository } = workspace;
    const baseSha = await branchTip(repository, base);
    if (await git.isAncestor(repository, baseSha, head)) return { kind: 'current', baseSha };
    const merged = await git.mergeTree(repository, head, baseSha);
    if (merged.kind === 'conflict')
      return { kind: 'conflict', baseSha, merge: await openMerge(repository, head, baseSha, merged, stamp) };
    const sha = await git.commitTree(repository, {
      tree: merged.tree,
      parents: [head, baseSha],
      metadata: stamp,
    });
    await faultPoint('updateFromBase', 'effect');
    return { kind: 'merged', headSha: sha, baseSha };
  }

  /** Safe to repeat: reads. */
  async function readTips({ workspace, branches }: Parameters<GitActivities['readTips']>[0]) {
    const remote = await git.remoteBranches(workspace.repository);
    return Object.fromEntries(branches.map((branch) => [branch, remote.get(branch) ?? null]));
  }

  /** Safe to repeat: reads. */
  const verifyLanded = (request: VerifyLandedRequest) => isLanded(git, request);

  /** Safe to repeat: reads, from the start. A remote that can't be reached for a while is asked again. */
  async function awaitLanded(request: VerifyLandedRequest): Promise<{ readonly tip: string }> {
    const everyMs = request.workspace.repository.kind === 'path' ? 1_000 : 30_000;
    for (;;) {
      const { landed, tip } = await isLanded(git, request).catch((error: unknown) => {
        if (error instanceof PortError && error.code === 'GitUnavailable')
          return { landed: false, tip: null };
        throw error;
      });
      if (landed && tip !== null) return { tip };
      await pause(everyMs);
    }
  }

  /** Safe to repeat: reads. */
  async function changedFiles({ workspace, from, to }: Parameters<GitActivities['changedFiles']>[0]) {
    const { files, insertions, deletions } = await git.changedFiles(workspace.repository, from, to);
    return { files: files.slice(0, filesNamed), fileCount: files.length, insertions, deletions };
  }

  /** Safe to repeat: what is already gone stays gone. */
  async function closeWorkspace({
    workspace,
    fence,
  }: {
    readonly workspace: CreateBranchRequest['workspace'];
    readonly fence: Fence;
  }) {
    await git.close(workspace, fence);
    await faultPoint('closeWorkspace', 'effect');
  }

  return {
    readFence: activity('readFence', readFence),
    createBranch: activity('createBranch', createBranch),
    prepareWorktree: activity('prepareWorktree', prepareWorktree),
    commitCandidate: activity('commitCandidate', commitCandidate),
    land: activity('land', land),
    rebase: activity('rebase', rebase),
    mergeBranch: activity('mergeBranch', mergeBranch),
    updateFromBase: activity('updateFromBase', updateFromBase),
    readTips: activity('readTips', readTips),
    verifyLanded: activity('verifyLanded', verifyLanded),
    awaitLanded: activity('awaitLanded', awaitLanded),
    changedFiles: activity('changedFiles', changedFiles),
    closeWorkspace: activity('closeWorkspace', closeWorkspace),
  };
}

/** Undefined outside an activity, e.g. when another part of the worker calls the same function. */
function currentActivity(): Context | undefined {
  try {
    return Context.current();
  } catch {
    return undefined;
  }
}

/** Waits; a cancelled activity stops waiting at once. */
async function pause(ms: number): Promise<void> {
  const context = currentActivity();
  await (context === undefined ? new Promise((resolve) => setTimeout(resolve, ms)) : context.sleep(ms));
}

/** The fault points, the heartbeat and the errors that every activity here has. */
function activity<Request, Result>(
  name: string,
  body: (request: Request) => Promise<Result>,
): (request: Request) => Promise<Result> {
  return (request) =>
    surfaceErrors(async () => {
      await faultPoint(name, 'before');
      const context = currentActivity();
      const beat = () => {
        context?.heartbeat();
        void faultPoint(name, 'heartbeat').catch(() => undefined);
      };
      const beating = context === undefined ? undefined : setInterval(beat, beatMs);
      try {
        const result = await body(request);
        await faultPoint(name, 'result');
        return result;
      } finally {
        clearInterval(beating);
      }
    });
}
