/** The agent's clone of an attempt, and the one commit that its changes become, tested at once. */
import { type SensitiveFiles, sensitiveFiles } from '../../domain/landing/sensitive-files.ts';
import { workspaceOf } from '../../domain/model/cone.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import { hiddenRef } from '../../domain/names/git-refs.ts';
import type { ChecksResult, RunChecksRequest } from '../checks/contract.ts';
import { faultPoint } from '../support/fault-points.ts';
import { judgeConflicts } from './conflicts.ts';
import type { CommitCandidateRequest, CommitCandidateResult, PrepareWorktreeRequest } from './contract.ts';
import type { Git } from './port.ts';

const planFile = 'PLAN.md';
const filesNamed = 50;

/** Safe to repeat: it ends in the same state from any state. */
export async function prepareWorktree(
  git: Git,
  { workspace, branch, startSha, keepChanges }: PrepareWorktreeRequest,
): Promise<{ readonly startSha: string }> {
  await git.prepare(workspace, { branch, startSha, keepChanges });
  await faultPoint('prepareWorktree', 'effect');
  return { startSha };
}

export type RunChecks = (request: RunChecksRequest) => Promise<ChecksResult>;

/** Safe to repeat: the same files and metadata make the same commit, and the checks run somewhere else. */
export async function commitCandidate(
  git: Git,
  request: CommitCandidateRequest,
  runChecks: RunChecks,
): Promise<CommitCandidateResult> {
  const { key, workspace, branch, checks } = request;
  const made = await makeCandidate(git, request);
  if (made.kind !== 'candidate' || checks === null) return made;
  return { ...made, checks: await runChecks({ key, workspace, branch, sha: made.sha, ...checks }) };
}

async function makeCandidate(git: Git, request: CommitCandidateRequest): Promise<CommitCandidateResult> {
  const { key, branch, headSha, startSha, baseSha, merge, metadata } = request;
  const workspace = workspaceOf(request.workspace, merge);
  const { repository } = workspace;
  const kept = hiddenRef(key.owner, 'attempts', key.phase, key.task, key.attempt);
  const taken = await git.snapshot(workspace, { branch, startSha }, kept);
  if (taken.kind !== 'taken') return taken;
  const { tree: all, changed } = taken;
  // A merge may well end with one side's files as they were; what counts is that every conflict is resolved.
  const unchanged =
    merge === null ? [await git.tree(repository, startSha), await git.tree(repository, headSha)] : [];
  if (unchanged.includes(all)) return { kind: 'empty' };
  const { unresolved, resolved } = await judgeConflicts(git, request, all);
  if (unresolved.length > 0) return { kind: 'unresolved', files: unresolved.slice(0, filesNamed) };
  const listed =
    startSha === headSha && changed !== null
      ? changed
      : [...(await git.changes(repository, headSha, all)).keys()];
  const tree = listed.includes(planFile) ? await withoutPlan(git, repository, baseSha, all) : all;
  if (unchanged.includes(tree)) return { kind: 'empty' };

  const parents = merge === null ? [headSha] : [headSha, merge.parentSha];
  const sha = await git.commitTree(repository, { tree, parents, metadata });
  const files = tree === all ? listed : listed.filter((file) => file !== planFile);
  const candidate = {
    kind: 'candidate',
    sha,
    tree,
    files: files.slice(0, filesNamed),
    fileCount: files.length,
    ...(merge === null ? {} : { resolved: resolved.slice(0, filesNamed) }),
    sensitive: await sensitiveOf(git, request, listed, all),
    checks: null,
  } as const;
  if (tree === all) await git.adopt(workspace, { branch, startSha: sha });
  else await git.prepare(workspace, { branch, startSha: sha, keepChanges: false });
  await faultPoint('commitCandidate', 'effect');
  return candidate;
}

/** What a merge brings as the other side has it is nobody's change here. */
async function sensitiveOf(
  git: Git,
  { workspace, merge }: CommitCandidateRequest,
  listed: readonly string[],
  tree: string,
): Promise<SensitiveFiles> {
  const found = sensitiveFiles(listed);
  if (merge === null || found.files.length === 0) return found;
  const own = await git.changes(workspace.repository, merge.parentSha, tree);
  return sensitiveFiles(listed.filter((path) => own.has(path)));
}

/** An agent's notes to itself don't land, unless the file is one of the repository's own. */
async function withoutPlan(
  git: Git,
  repository: RepositoryRef,
  baseSha: string,
  tree: string,
): Promise<string> {
  const baseTree = await git.tree(repository, baseSha);
  const planIsTheirs = (await git.withoutPath(repository, baseTree, planFile)) !== baseTree;
  return planIsTheirs ? tree : git.withoutPath(repository, tree, planFile);
}
