/** The worktree of an attempt, and the one commit that its changes become, tested at once. */
import { createHash } from 'node:crypto';
import type { RepositoryRef } from '../../domain/model/project.ts';
import { hiddenRef } from '../../domain/names/git-refs.ts';
import type { ChecksResult, RunChecksRequest } from '../checks/contract.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import { judgeConflicts } from './conflicts.ts';
import type { CommitCandidateRequest, CommitCandidateResult, PrepareWorktreeRequest } from './contract.ts';
import type { Git } from './port.ts';

const planFile = 'PLAN.md';
const filesNamed = 50;

/** Safe to repeat: it ends in the same state from any state. `prepare` has looked at every file; this looks at branch, head and refs. */
export async function prepareWorktree(
  git: Git,
  { workspace, branch, startSha, keepChanges }: PrepareWorktreeRequest,
): Promise<{ readonly startSha: string }> {
  await git.prepare(workspace, { branch, startSha, keepChanges });
  await faultPoint('prepareWorktree', 'effect');
  const wrong = await git.findTampering(workspace, { branch, startSha });
  if (wrong !== null) {
    throw new PortError(
      'BranchMismatch',
      `The worktree ${git.worktreePath(workspace)} was put on ${branch} at ${startSha}, and then something ${wrong}. Something else is using it; look for stray processes.`,
    );
  }
  return { startSha };
}

/** `isReady`: the candidate was made in this very try, so the worktree holds it and nothing else. */
export type RunChecks = (request: RunChecksRequest, isReady: boolean) => Promise<ChecksResult>;

/**
 * Safe to repeat: the same files and metadata make the same commit. It is noted with the worktree before the checks begin, so that a
 * repeat after a crash in their midst finds it there and takes up nothing that they wrote.
 */
export async function commitCandidate(
  git: Git,
  request: CommitCandidateRequest,
  runChecks: RunChecks,
): Promise<CommitCandidateResult> {
  const { key, workspace, branch, checks } = request;
  const noted = await findNoted(git, request);
  const made = noted ?? (await makeCandidate(git, request));
  if (made.kind !== 'candidate' || checks === null) return made;
  return {
    ...made,
    checks: await runChecks({ key, workspace, branch, sha: made.sha, ...checks }, noted === undefined),
  };
}

/** Names the request: a later attempt that starts at this candidate is another one. */
function digestOf({
  key,
  branch,
  headSha,
  startSha,
  baseSha,
  merge,
  metadata,
}: CommitCandidateRequest): string {
  const parts = [key, branch, headSha, startSha, baseSha, merge, metadata];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

interface Note {
  readonly request: string;
  readonly candidate: Extract<CommitCandidateResult, { kind: 'candidate' }>;
}

async function findNoted(
  git: Git,
  request: CommitCandidateRequest,
): Promise<CommitCandidateResult | undefined> {
  const text = await git.note(request.workspace);
  const note = text === null ? undefined : (JSON.parse(text) as Note);
  return note?.request === digestOf(request) ? note.candidate : undefined;
}

async function makeCandidate(git: Git, request: CommitCandidateRequest): Promise<CommitCandidateResult> {
  const { workspace, branch, headSha, startSha, baseSha, merge, metadata } = request;
  const { repository } = workspace;
  const taken = await takeSnapshot(git, request);
  if ('kind' in taken) return taken;
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
      : (await git.changedFiles(repository, headSha, all)).files;
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
    checks: null,
  } as const;
  const note: Note = { request: digestOf(request), candidate };
  const state = { branch, startSha: sha, note: JSON.stringify(note) };
  if (tree === all) await git.adopt(workspace, state);
  else await git.prepare(workspace, { ...state, keepChanges: false });
  await faultPoint('commitCandidate', 'effect');
  return candidate;
}

/** Everything in the worktree as one tree, unless the agent did more than edit files and commit. */
async function takeSnapshot(
  git: Git,
  { key, workspace, branch, startSha }: CommitCandidateRequest,
): Promise<Awaited<ReturnType<Git['snapshot']>> | Extract<CommitCandidateResult, { kind: 'tampered' }>> {
  const tampering = await git.findTampering(workspace, { branch, startSha });
  if (tampering !== null) return { kind: 'tampered', what: tampering };
  const kept = hiddenRef(key.owner, 'attempts', key.phase, key.task, key.attempt);
  try {
    return await git.snapshot(workspace, { branch, startSha }, kept);
  } catch (error) {
    if (error instanceof PortError && error.code === 'WorktreeTampered')
      return { kind: 'tampered', what: error.message };
    throw error;
  }
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
