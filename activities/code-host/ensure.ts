/**
 * The one pull request of a head and base: opened, taken up again, its text brought up to date; or what has to be known first.
 * Git says where the branches are; a code host that says otherwise is behind, and is asked again later.
 */
import { isLeftOut } from '../../domain/failure.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import type { PullRequestRef } from '../../domain/model/pull-request.ts';
import { lostBaseMessage } from '../../domain/names/branches.ts';
import { withMarker } from '../../domain/names/markers.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import { wasClosedByUs } from './close.ts';
import type { EnsurePullRequestRequest, EnsurePullRequestResult, MergedPullRequest } from './contract.ts';
import { disagrees } from './disagreement.ts';
import type { CodeHost, PullRequest, Tips } from './port.ts';
import type { Git } from '../git/port.ts';

/** For people: which pull requests of a code host are ours. */
const label = 'phasewright';

export interface EnsureParts {
  readonly host: CodeHost;
  readonly git: Pick<Git, 'remoteBranches' | 'isAncestor' | 'hasCommit' | 'missingFrom'>;
}

/** Safe to repeat: finds what a lost try opened, and two at once end with the same pull request. */
export async function ensurePullRequest(
  { host, git }: EnsureParts,
  request: EnsurePullRequestRequest,
): Promise<EnsurePullRequestResult> {
  const { workspace, headBranch, baseBranch } = request;
  const { repository } = workspace;
  const tips = await git.remoteBranches(repository);
  const all = await host.findPullRequests({ repository, headBranch, state: 'all', tips });
  const found = all.filter(({ base }) => base.branch === baseBranch);

  const merged = findMerged(request, all, found);
  if (merged !== undefined) return describeMerged({ host, git }, request, merged, tips);
  const obstacle = await findObstacle(git, request, tips);
  if (obstacle !== undefined) return obstacle;

  const open = found.find(({ state }) => state === 'open');
  if (open !== undefined) return takeUp(host, request, open);
  const elsewhere = all.find((each) => each.state === 'open' && isOurs(request, each));
  // Beside a plain repository nobody can give a pull request another base.
  if (elsewhere !== undefined && repository.kind === 'hosted')
    return { kind: 'retargeted', pullRequest: toRef(elsewhere), baseBranch: elsewhere.base.branch };
  // Not just the latest: a person may have opened and closed one of their own since. Nor just by its text, which people edit.
  const ours = found.find((each) => isOurs(request, each));
  if (ours?.state === 'closed' && !(await wasClosedByUs(host, repository, ours.number)))
    return { kind: 'closed', pullRequest: toRef(ours) };
  return openNew(host, request, tips);
}

const toRef = ({ number, url, state }: PullRequest): PullRequestRef => ({ number, url, state });

const isOurs = (
  { marker, known }: Pick<EnsurePullRequestRequest, 'marker' | 'known'>,
  { number, body }: PullRequest,
): boolean => number === known || body.includes(marker);

/** The one we knew, or one that merged this very head. */
function findMerged(
  { known, headSha }: EnsurePullRequestRequest,
  all: readonly PullRequest[],
  found: readonly PullRequest[],
): PullRequest | undefined {
  const isMerged = ({ state }: PullRequest) => state === 'merged';
  return (
    all.filter(isMerged).find(({ number }) => number === known) ??
    found.filter(isMerged).find(({ head }) => head.sha === headSha)
  );
}

async function describeMerged(
  { host, git }: EnsureParts,
  { workspace: { repository }, headSha, baseBranch }: EnsurePullRequestRequest,
  { number }: PullRequest,
  tips: Tips,
): Promise<EnsurePullRequestResult> {
  // A list doesn't say who merged.
  const merged = await host.getPullRequest({ repository, number, tips });
  return {
    kind: 'merged',
    pullRequest: toRef(merged),
    by: merged.mergedBy,
    headSha: merged.head.sha,
    baseBranch: merged.base.branch,
    mergedSha: merged.mergedSha,
    how:
      merged.base.branch === baseBranch
        ? await whatMerged(git, repository, { ours: headSha, theirs: merged.head.sha })
        : 'elsewhere',
  };
}

/** By ancestry, wherever the branch is now: it may have gone on, or be gone. A head that git can't show holds nothing of ours. */
async function whatMerged(
  git: EnsureParts['git'],
  repository: RepositoryRef,
  { ours, theirs }: { readonly ours: string; readonly theirs: string },
): Promise<MergedPullRequest['how']> {
  if (theirs === ours) return 'ours';
  if (!(await git.hasCommit(repository, theirs))) return 'alien';
  if (await git.isAncestor(repository, ours, theirs)) return 'ahead';
  return (await git.isAncestor(repository, theirs, ours)) ? 'earlier' : 'alien';
}

/** Why there is nothing to open or ask about now, by git's word; undefined: nothing stands against it. */
async function findObstacle(
  git: EnsureParts['git'],
  {
    workspace: { repository },
    headBranch,
    headSha,
    baseBranch,
    baseSha,
    behind = false,
    required,
  }: EnsurePullRequestRequest,
  tips: Tips,
): Promise<EnsurePullRequestResult | undefined> {
  const base = tips.get(baseBranch);
  if (base === undefined) throw new PortError('BaseInvalid', lostBaseMessage(baseBranch));
  const head = tips.get(headBranch) ?? null;
  if (head !== headSha) return { kind: 'head_moved', headSha: head };
  if (base !== baseSha && !(behind && !(await git.isAncestor(repository, headSha, base))))
    return { kind: 'behind', baseSha: base };
  const commits = await git.missingFrom(repository, headSha, required);
  if (commits.length > 0) return { kind: 'missing', commits };
  return (await git.isAncestor(repository, headSha, baseSha)) ? { kind: 'no_commits' } : undefined;
}

async function takeUp(
  host: CodeHost,
  request: EnsurePullRequestRequest,
  open: PullRequest,
): Promise<EnsurePullRequestResult> {
  const { workspace, headBranch, headSha, title, marker, known } = request;
  const { repository } = workspace;
  if (open.head.sha !== headSha)
    throw disagrees(
      repository,
      `#${open.number} is still at ${open.head.sha}, '${headBranch}' is at ${headSha}`,
    );
  await labelOurs(host, request, open);
  const body = withMarker(request.body, marker);
  // What a person wrote who was faster stays until the pull request is ours.
  if (isOurs({ marker, known }, open) && (open.title !== title || open.body !== body)) {
    await host.updatePullRequest({ repository, number: open.number, title, body });
    await faultPoint('ensurePullRequest', 'effect');
  }
  return { kind: 'open', pullRequest: toRef(open) };
}

/** The answer that got lost may have been the one of setting it. Later it is a person's affair. Whoever may not set it does without. */
async function labelOurs(
  host: CodeHost,
  { workspace: { repository }, marker, known }: EnsurePullRequestRequest,
  { number, body, labels }: PullRequest,
): Promise<void> {
  if (repository.kind !== 'hosted' || known !== undefined) return;
  if (!body.includes(marker) || labels.includes(label)) return;
  try {
    await host.updatePullRequest({ repository, number, labels: [...labels, label] });
  } catch (error) {
    // Too early was the try before this one: by now it means that we may not.
    const hidden = error instanceof PortError && error.code === 'PullRequestNotFound';
    if (!hidden && !(error instanceof PortError && isLeftOut(error.code))) throw error;
  }
}

async function openNew(
  host: CodeHost,
  request: EnsurePullRequestRequest,
  tips: Tips,
): Promise<EnsurePullRequestResult> {
  const { workspace, headBranch, baseBranch, title, body, marker } = request;
  const { repository } = workspace;
  try {
    const opened = await host.openPullRequest({
      repository,
      headBranch,
      baseBranch,
      title,
      body: withMarker(body, marker),
      tips,
      ...(repository.kind === 'hosted' ? { labels: [label] } : {}),
    });
    await faultPoint('ensurePullRequest', 'effect');
    return { kind: 'open', pullRequest: toRef(opened) };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    // Git has just shown both branches, and commits between them.
    if (['HeadInvalid', 'BaseInvalid', 'NoCommits'].includes(error.code))
      throw disagrees(repository, error.message);
    if (error.code !== 'AlreadyExists') throw error;
    // Somebody was faster: a try of ours whose answer got lost, or a person.
    const [theirs] = await host.findPullRequests({ repository, headBranch, baseBranch, state: 'open', tips });
    if (theirs === undefined) throw disagrees(repository, error.message);
    return { kind: 'open', pullRequest: toRef(theirs) };
  }
}
