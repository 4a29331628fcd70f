/** The worktree of an attempt, and the one commit that its changes become. */
import type { RepositoryRef } from '../../domain/model/project.ts';
import { hiddenRef } from '../../domain/names/git-refs.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import type { CommitCandidateRequest, CommitCandidateResult, PrepareWorktreeRequest } from './contract.ts';
import type { Git } from './port.ts';

const planFile = 'PLAN.md';
const filesNamed = 50;
/** Of a conflicted file, read for its markers. */
const largestMarkedFile = 4 * 1024 * 1024;

/** Safe to repeat: it ends in the same state from any state. `prepare` has looked at every file; this looks at branch, head and refs. */
export async function prepareWorktree(
  git: Git,
  { workspace, branch, startSha: start, keepChanges }: PrepareWorktreeRequest,
) {
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
export async function commitCandidate(
  git: Git,
  request: CommitCandidateRequest,
): Promise<CommitCandidateResult> {
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
  const kept = hiddenRef(key.owner, 'attempts', key.phase, key.task, key.attempt);
  let all: string;
  try {
    all = (await git.snapshot(workspace, { branch, startSha: start }, kept)).tree;
  } catch (error) {
    if (error instanceof PortError && error.code === 'WorktreeTampered')
      return { kind: 'tampered', what: error.message };
    throw error;
  }
  // A merge may well end with one side's files as they were; what counts is that no marker is left.
  const unchanged =
    merge === null ? [await git.tree(repository, start), await git.tree(repository, tip)] : [];
  if (unchanged.includes(all)) return { kind: 'empty' };
  const unresolved = merge === null ? [] : await withMarkers(git, repository, all, merge.files);
  if (unresolved.length > 0) return { kind: 'unresolved', files: unresolved };
  const changed = await git.changedFiles(repository, tip, all);
  const tree = changed.files.includes(planFile) ? await withoutPlan(git, repository, base, all) : all;
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
  git: Git,
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

/** An agent's notes to itself don't land, unless the file is one of the repository's own. */
async function withoutPlan(git: Git, repository: RepositoryRef, base: string, tree: string): Promise<string> {
  const baseTree = await git.tree(repository, base);
  const planIsTheirs = (await git.withoutPath(repository, baseTree, planFile)) !== baseTree;
  return planIsTheirs ? tree : git.withoutPath(repository, tree, planFile);
}
