/** What people read when a landing stops or asks for changes: what happened, and the way out. */
import { explain } from '../failure.ts';
import type { RewrittenBase } from '../model/git.ts';
import type { PullRequestRef } from '../model/pull-request.ts';
import type { LandingEvent, LandingPolicy, LandingState } from './landing.ts';

type Of<Kind extends LandingEvent['kind']> = Extract<LandingEvent, { readonly kind: Kind }>;

const numberOf = (pullRequest: PullRequestRef | null): string =>
  pullRequest === null ? 'the pull request' : `pull request #${pullRequest.number}`;

export const closed = (pullRequest: PullRequestRef | null): string =>
  `A person closed ${numberOf(pullRequest)}; no second one is opened. Reopen it and retry, or cancel.`;

export const retargeted = ({ baseBranch }: LandingPolicy, event: Of<'retargeted'>): string =>
  `A person retargeted ${numberOf(event.pullRequest)} to '${event.baseBranch}'; no second one is opened. Set its base back to '${baseBranch}' and retry, or cancel.`;

export const elsewhere = ({ baseBranch }: LandingPolicy, event: Of<'merged_by_others'>): string =>
  `${event.by ?? 'Somebody'} merged ${numberOf(event.pullRequest)} into '${event.baseBranch}' instead of '${baseBranch}'. That can't be undone here. Retry to open another one, or cancel.`;

export const otherHead = (event: Of<'merged_by_others'>, ours: string): string =>
  `${event.by ?? 'somebody'} merged ${numberOf(event.pullRequest)} with ${event.headSha} instead of ${ours}.`;

export const alien = (event: Of<'merged_by_others'>, ours: string): string =>
  `${event.by ?? 'Somebody'} merged ${numberOf(event.pullRequest)} at ${event.headSha}, which lacks ${ours}. That can't be undone here. Retry to open another one for what is missing, or cancel.`;

export const notOnBase = ({ baseBranch }: LandingPolicy): string =>
  `'${baseBranch}' does not hold what it brought.`;

export const landedDifferently = (
  { baseBranch, branch }: LandingPolicy,
  pullRequest: PullRequestRef | null,
  why: string,
): string =>
  explain(
    'LandedTreeMismatch',
    `${pullRequest === null ? `'${branch}'` : numberOf(pullRequest)} is merged, but ${why} Look at '${baseBranch}', then retry: the checks run on what landed.`,
  );

export const checksFailed = (sha: string, report: string): string =>
  explain('ChecksFailed', `on ${sha}: ${report}`);

export const checksFailOnBase = (sha: string, report: string): string =>
  `the checks fail on ${sha}: ${report}`;

export const missing = ({ branch }: LandingPolicy, headSha: string, commits: readonly string[]): string =>
  `'${branch}' at ${headSha} lacks what is recorded as done: ${commits.join(', ')}. Nothing is asked or merged without it. Put it back (the commits are in the worker's mirror), then retry.`;

export const lost = (
  { branch, redo }: LandingPolicy,
  ours: string,
  { headSha, missing }: Of<'lost'>,
): string => {
  const lacking = missing.filter((sha) => sha !== ours);
  const lacks = lacking.length === 0 ? '' : ` It lacks ${lacking.join(', ')}, recorded as done.`;
  const putBack = `git push --force-with-lease=${branch}:${headSha} REMOTE ${ours}:refs/heads/${branch}`;
  const way = redo
    ? `Put it back (${putBack}) and retry; or just retry: what it lacks is done again on top of what is there.`
    : `Put it back (${putBack}), then retry.`;
  return `Someone else moved '${branch}' from ${ours} to ${headSha}; nothing was forced over it.${lacks} ${way}`;
};

export const checkedOut = ({ baseBranch }: LandingPolicy, where: string): string =>
  `'${baseBranch}' is checked out at ${where}. Switch that checkout to another branch, then retry.`;

/** After 'waits for': base or the branch has moved too often to be in time. */
export const restless = (
  { branch, baseBranch }: LandingPolicy,
  { rounds, approvedHeadSha, headSha, pullRequest }: LandingState,
): string => {
  const stands = approvedHeadSha === headSha ? ' The approval stands.' : '';
  const byHand = pullRequest === null ? '' : `, merge ${numberOf(pullRequest)} by hand`;
  return `'${baseBranch}' to rest: ${rounds} times it or '${branch}' had moved before it could be tested and merged. It is tried again, at most a minute apart.${stands} Sooner: hold pushes to '${baseBranch}' back for some minutes${byHand}, or make the checks quicker.`;
};

/** What base lost, and that nothing brings it back by itself. */
export function baseRewritten({ baseBranch, branch }: LandingPolicy, event: RewrittenBase): string {
  const { baseSha, lostSha, lost, lostCount, files, conflicts } = event;
  const more = lostCount > lost.length ? ` and ${lostCount - lost.length} more` : '';
  const differ = files.length === 0 ? '' : ` The two differ in ${files.join(', ')}.`;
  const what = `'${baseBranch}' was rewound or rewritten: at ${baseSha} it lacks ${lost.join(', ')}${more}, which '${branch}' is built on.${differ}`;
  const back = `git push --force-with-lease=${baseBranch}:${baseSha} REMOTE ${lostSha}:refs/heads/${baseBranch}`;
  const ways =
    conflicts.length === 0
      ? `Was that a mistake, put it back (${back}) and retry. Was it meant, just retry: the branch's own commits are put on '${baseBranch}' as it is, without what it lost, tested and asked about anew.`
      : `The branch's own changes conflict with '${baseBranch}' as it is in ${conflicts.join(', ')}. Put it back (${back}) and retry, or cancel and start again.`;
  return explain('BaseRewritten', `${what} A merge would bring that back, so nothing was merged. ${ways}`);
}

/** Who may push to base can merge what ours may not. */
export function refused({ baseBranch, method }: LandingPolicy, headSha: string, why: string): string {
  const merge =
    method === 'merge' ? `git merge --no-ff ${headSha}` : `git merge --squash ${headSha} && git commit`;
  const commands = `git fetch REMOTE && git switch ${baseBranch} && ${merge} && git push REMOTE ${baseBranch}`;
  return `${why} Merge by hand, as somebody who may (${commands}): it is done as soon as '${baseBranch}' holds that. Or allow the push, then retry.`;
}
