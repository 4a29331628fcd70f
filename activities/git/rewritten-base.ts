/**
 * A base that lost commits which a branch is built on. A merge would bring them back, so none is made: the branch's own changes
 * are put on base as it is now, where that is how the branch is kept or a person asked for it; else it is a question.
 */
import type { TaskCommit } from '../../domain/model/git.ts';
import { commitText, taskOf } from '../../domain/text/commit-message.ts';
import { escapeControls } from '../../domain/text/escape.ts';
import { shorten } from '../../domain/text/truncate.ts';
import { faultPoint } from '../support/fault-points.ts';
import type { BringUpToDateRequest, BringUpToDateResult } from './contract.ts';
import type { Git } from './port.ts';

const commitsCounted = 1_000;
const commitsNamed = 3;
const filesNamed = 10;

export async function onRewrittenBase(
  git: Git,
  request: BringUpToDateRequest,
  baseSha: string,
): Promise<BringUpToDateResult> {
  const isAgreed = request.how === 'rebase' || request.withoutSha === request.baseSha;
  if (!isAgreed) return question(git, request, { baseSha, conflicts: [] });
  const rebased = await rebase(git, request, baseSha);
  await faultPoint('bringUpToDate', 'effect');
  if (rebased.kind === 'conflict') return question(git, request, { baseSha, conflicts: rebased.files });
  const { headSha, commits } = rebased;
  const tree = await git.tree(request.workspace.repository, headSha);
  return { kind: 'updated', how: 'rebase', headSha, tree, baseSha, commits, samePatches: false };
}

async function question(
  git: Git,
  { workspace: { repository }, baseSha: lostSha }: BringUpToDateRequest,
  { baseSha, conflicts }: { readonly baseSha: string; readonly conflicts: readonly string[] },
): Promise<BringUpToDateResult> {
  const lost = await git.log(repository, { sinceSha: baseSha, tipSha: lostSha, most: commitsCounted });
  const { files } = await git.changedFiles(repository, baseSha, lostSha);
  return {
    kind: 'base_rewritten',
    baseSha,
    lostSha,
    lost: lost
      .slice(0, commitsNamed)
      .map(({ sha, message }) => `${sha.slice(0, 10)} '${subjectOf(message)}'`),
    lostCount: lost.length,
    files: files.slice(0, filesNamed),
    conflicts: conflicts.slice(0, filesNamed),
  };
}

const subjectOf = (message: string): string => shorten(escapeControls(message.split('\n')[0] ?? ''), 80);

type Rebased =
  | { readonly kind: 'rebased'; readonly headSha: string; readonly commits: readonly TaskCommit[] }
  | { readonly kind: 'conflict'; readonly files: readonly string[] };

/** What came after the lost commit, on base: one by one, or as one commit where the branch had merged base in. */
async function rebase(
  git: Git,
  {
    workspace: { repository },
    branch,
    headSha,
    baseBranch,
    baseSha: lostSha,
    metadata,
  }: BringUpToDateRequest,
  ontoSha: string,
): Promise<Rebased> {
  const replayed = await git.replay(repository, { baseSha: lostSha, headSha, ontoSha });
  if (replayed.kind === 'replayed' && replayed.linear) return { ...replayed, kind: 'rebased' };
  // Both sides as changes of the lost commit and of nothing before it.
  const change = async (sha: string) =>
    git.commitTree(repository, { tree: await git.tree(repository, sha), parents: [lostSha], metadata });
  const merged = await git.mergeTree(repository, await change(ontoSha), await change(headSha));
  if (merged.kind === 'conflict') return { kind: 'conflict', files: merged.files.map(({ path }) => path) };
  const { tree } = merged;
  const isNothing = tree === (await git.tree(repository, ontoSha));
  const text = commitText(`Rebase '${branch}' on '${baseBranch}'`);
  const sha = isNothing
    ? ontoSha
    : await git.commitTree(repository, { tree, parents: [ontoSha], metadata: { ...metadata, ...text } });
  const own = await git.log(repository, { sinceSha: lostSha, tipSha: headSha, most: commitsCounted });
  const tasks = new Set(own.map(({ message }) => taskOf(message)).filter((task) => task !== undefined));
  return { kind: 'rebased', headSha: sha, commits: [...tasks].map((task) => ({ task, sha })) };
}
