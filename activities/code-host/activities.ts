/** Pull requests of a project: one per head and base, opened, kept up to date, merged or closed; each safe to repeat. */
import type { CodeHostActivities, EnsurePullRequestRequest, EnsurePullRequestResult } from './contract.ts';
import type { PullRequestRef } from '../../domain/model/pull-request.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import { gateContext } from '../../domain/views/gate-status.ts';
import { hiddenMarker } from '../../domain/names/markers.ts';
import { withMarker } from '../../domain/views/pull-request-body.ts';
import { isRetryable } from '../../domain/failure.ts';
import { sameLogin } from '../../domain/names/logins.ts';
import { PortError, surfaceErrors } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import { lookAt } from './look.ts';
import type { CodeHost, PullRequest } from './port.ts';

/** Says on a pull request that we closed it ourselves: then opening another one is not against anybody's word. */
const closedByUs = hiddenMarker('closed');

export interface CodeHostActivitiesOptions {
  /** Throws `NoCodeHost` for a repository whose host is not configured. */
  readonly hostFor: (repository: RepositoryRef) => CodeHost;
  /** Between two looks at a pull request that waits. Default: a minute. */
  readonly pollMs?: number;
}

/** What keeps a look from working may be mended (a token, a right): a watched pull request is never given up. */
const troubledPollMs = 5 * 60_000;

export function createCodeHostActivities(options: CodeHostActivitiesOptions): CodeHostActivities {
  const { hostFor, pollMs = 60_000 } = options;
  return {
    /** Safe to repeat: finds what a lost attempt opened, and two at once end with the same pull request. */
    ensurePullRequest: (request) =>
      surfaceErrors(async () => {
        const host = hostFor(request.workspace.repository);
        await faultPoint('ensurePullRequest', 'before');
        const result = (await adopt(host, request)) ?? (await open(host, request));
        await faultPoint('ensurePullRequest', 'result');
        return result;
      }),

    /** Safe to repeat: sets the texts to what is asked. */
    updatePullRequest: ({ workspace, number, title, body }) =>
      surfaceErrors(async () => {
        const { repository } = workspace;
        await faultPoint('updatePullRequest', 'before');
        await hostFor(repository).updatePullRequest({ repository, number, title, body });
        await faultPoint('updatePullRequest', 'effect');
        await faultPoint('updatePullRequest', 'result');
      }),

    /** Safe to repeat: the port promises that a merge which went through answers the same again. */
    mergePullRequest: (request) =>
      surfaceErrors(async () => {
        const { repository } = request.workspace;
        await faultPoint('mergePullRequest', 'before');
        const result = await hostFor(repository).mergePullRequest({ repository, ...request });
        await faultPoint('mergePullRequest', 'effect');
        await faultPoint('mergePullRequest', 'result');
        return result;
      }),

    /** Safe to repeat: one comment per marker, and what is closed stays closed. */
    closePullRequest: ({ workspace, number, comment, close }) =>
      surfaceErrors(async () => {
        const { repository } = workspace;
        const host = hostFor(repository);
        await faultPoint('closePullRequest', 'before');
        const { state } = await host.getPullRequest({ repository, number });
        if (state === 'closed' && (await wasClosedByUs(host, repository, number))) return;
        // Somebody else's close or merge is left as it is, without the sign that it was ours.
        const ours = close && state === 'open';
        const marker = ours ? closedByUs : hiddenMarker('comment');
        await host.comment({ repository, number, marker, body: comment });
        await faultPoint('closePullRequest', 'effect');
        if (ours) await host.closePullRequest({ repository, number });
        await faultPoint('closePullRequest', 'result');
      }),

    /** Safe to repeat: merged stays merged. */
    recordMerged: ({ workspace, number, sha }) =>
      surfaceErrors(async () => {
        const { repository } = workspace;
        await faultPoint('recordMerged', 'before');
        await hostFor(repository).recordMerged({ repository, number, sha });
        await faultPoint('recordMerged', 'effect');
        await faultPoint('recordMerged', 'result');
      }),

    /** Safe to repeat: only reads. */
    readPullRequest: (request) =>
      surfaceErrors(async () => {
        await faultPoint('readPullRequest', 'before');
        const look = await lookAt(hostFor(request.workspace.repository), request);
        await faultPoint('readPullRequest', 'result');
        return look;
      }),

    /** Safe to repeat: only reads. Each try is one look; the server keeps the time until the next one. */
    awaitPullRequestChange: ({ seen, ...request }) =>
      surfaceErrors(async () => {
        await faultPoint('awaitPullRequestChange', 'before');
        const look = await lookAt(hostFor(request.workspace.repository), request).catch(untilMended);
        if (look.digest !== seen) {
          await faultPoint('awaitPullRequestChange', 'result');
          return look;
        }
        const text = `Nothing new on #${request.number}; the next look is in ${Math.round(pollMs / 1_000)} s.`;
        throw new PortError('NothingNew', text, { retryAfterMs: pollMs });
      }),

    /** Safe to repeat: one status per context, one comment per gate. */
    publishGate: ({ workspace, number, gateId, sha, state, summary, comment }) =>
      surfaceErrors(async () => {
        const { repository } = workspace;
        const host = hostFor(repository);
        await faultPoint('publishGate', 'before');
        if (sha !== null)
          await host.setStatus({ repository, sha, context: gateContext, state, description: summary });
        if (comment !== null)
          await host.comment({
            repository,
            number,
            marker: hiddenMarker(`${workspace.owner}.gate.${gateId}`),
            body: comment,
          });
        await faultPoint('publishGate', 'effect');
        await faultPoint('publishGate', 'result');
      }),
  };
}

function untilMended(error: unknown): never {
  if (!(error instanceof PortError) || isRetryable(error.code)) throw error;
  throw new PortError('CodeHostUnavailable', `${error.code}: ${error.message}`, {
    retryAfterMs: troubledPollMs,
    cause: error,
  });
}

const toRef = ({ number, url, state }: PullRequest): PullRequestRef => ({ number, url, state });

/** What is there already: an open one, the one that merged this very head, or one of ours that a person closed or retargeted. */
async function adopt(
  host: CodeHost,
  request: EnsurePullRequestRequest,
): Promise<EnsurePullRequestResult | undefined> {
  const elsewhere = await retargeted(host, request);
  if (elsewhere !== undefined) return elsewhere;
  const {
    workspace: { repository },
    headBranch: head,
    baseBranch: base,
  } = request;
  const found = await host.findPullRequests({ repository, headBranch: head, baseBranch: base, state: 'all' });
  const open = found.find(({ state }) => state === 'open');
  if (open !== undefined) {
    await labelOurs(host, request, open);
    return { kind: 'open', pullRequest: toRef(open) };
  }
  const merged = found.filter(({ state }) => state === 'merged');
  if (merged.length > 0) {
    const tip = await host.findBranch(repository, head);
    const current = merged.find((each) => each.head.sha === tip);
    if (current !== undefined) return { kind: 'open', pullRequest: toRef(current) };
  }
  // Not just the latest: a person may have opened and closed one of their own since. Nor just by its text, which people edit.
  const ours = found.find(isOurs(request));
  if (ours?.state !== 'closed') return undefined;
  if (await wasClosedByUs(host, repository, ours.number)) return undefined;
  return { kind: 'closed', pullRequest: toRef(ours) };
}

const isOurs =
  ({ marker, known }: EnsurePullRequestRequest) =>
  ({ number, body }: PullRequest): boolean =>
    number === known || body.includes(marker);

/** For people: which pull requests of a code host are ours. */
const label = 'phasewright';

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
    if (!(error instanceof PortError) || isRetryable(error.code)) throw error;
  }
}

/** Only where people use the host by themselves: beside a plain repository nobody can give a pull request another base. */
async function retargeted(
  host: CodeHost,
  request: EnsurePullRequestRequest,
): Promise<EnsurePullRequestResult | undefined> {
  const { workspace, headBranch: head, baseBranch: base } = request;
  const { repository } = workspace;
  if (repository.kind !== 'hosted') return undefined;
  const open = await host.findPullRequests({ repository, headBranch: head, state: 'open' });
  if (open.some((each) => each.base.branch === base)) return undefined;
  const found = open.find(isOurs(request));
  return found === undefined
    ? undefined
    : { kind: 'retargeted', pullRequest: toRef(found), baseBranch: found.base.branch };
}

/** In our own words: a marker can be copied. */
async function wasClosedByUs(host: CodeHost, repository: RepositoryRef, number: number): Promise<boolean> {
  const last = (await host.listComments({ repository, number })).at(-1);
  if (last?.body.includes(closedByUs) !== true) return false;
  return sameLogin(last.author, (await host.identity()).login);
}

async function open(host: CodeHost, request: EnsurePullRequestRequest): Promise<EnsurePullRequestResult> {
  const { workspace, headBranch: head, baseBranch: base, title, body, marker } = request;
  const { repository } = workspace;
  try {
    const opened = await host.openPullRequest({
      repository,
      headBranch: head,
      baseBranch: base,
      title,
      body: withMarker(body, marker),
      ...(repository.kind === 'hosted' ? { labels: [label] } : {}),
    });
    await faultPoint('ensurePullRequest', 'effect');
    return { kind: 'open', pullRequest: toRef(opened) };
  } catch (error) {
    if (error instanceof PortError && error.code === 'NoCommits') return { kind: 'no_commits' };
    if (!(error instanceof PortError && error.code === 'AlreadyExists')) throw error;
    // Somebody was faster: an attempt of ours whose answer got lost, or a person.
    const [theirs] = await host.findPullRequests({
      repository,
      headBranch: head,
      baseBranch: base,
      state: 'open',
    });
    if (theirs === undefined) throw error;
    return { kind: 'open', pullRequest: toRef(theirs) };
  }
}
