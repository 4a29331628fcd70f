/** Pull requests of a project: one per head and base, opened, kept up to date, merged or closed; each safe to repeat. */
import type {
  CodeHostActivities,
  EnsurePullRequestRequest,
  EnsurePullRequestResult,
  PullRequestRef,
} from '../../domain/effects.ts';
import type { RepositoryRef } from '../../domain/project.ts';
import { hiddenMarker, withMarker } from '../../domain/pull-request.ts';
import { PortError, surfaceErrors } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import type { CodeHost, PullRequest } from './port.ts';

/** Says on a pull request that we closed it ourselves: then opening another one is not against anybody's word. */
const closedByUs = hiddenMarker('closed');

export interface CodeHostActivitiesOptions {
  /** Throws `NoCodeHost` for a repository whose host is not configured. */
  readonly hostFor: (repository: RepositoryRef) => CodeHost;
}

export function createCodeHostActivities({ hostFor }: CodeHostActivitiesOptions): CodeHostActivities {
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
  };
}

const toRef = ({ number, url, state }: PullRequest): PullRequestRef => ({ number, url, state });

/** What is there already: an open one, the one that merged this very head, or one of ours that a person closed. */
async function adopt(
  host: CodeHost,
  { workspace: { repository }, head, base, marker }: EnsurePullRequestRequest,
): Promise<EnsurePullRequestResult | undefined> {
  const found = await host.findPullRequests({ repository, head, base, state: 'all' });
  const open = found.find(({ state }) => state === 'open');
  if (open !== undefined) return { kind: 'open', pullRequest: toRef(open) };
  const [latest] = found;
  if (latest === undefined) return undefined;
  if (latest.state === 'merged') {
    const tip = await host.findBranch(repository, head);
    return tip === latest.head.sha ? { kind: 'open', pullRequest: toRef(latest) } : undefined;
  }
  if (!latest.body.includes(marker)) return undefined; // an older one, of somebody else
  if (await wasClosedByUs(host, repository, latest.number)) return undefined;
  return { kind: 'closed', pullRequest: toRef(latest) };
}

async function wasClosedByUs(host: CodeHost, repository: RepositoryRef, number: number): Promise<boolean> {
  const comments = await host.listComments({ repository, number });
  return comments.at(-1)?.body.includes(closedByUs) === true;
}

async function open(host: CodeHost, request: EnsurePullRequestRequest): Promise<EnsurePullRequestResult> {
  const { workspace, head, base, title, body, marker } = request;
  const { repository } = workspace;
  try {
    const opened = await host.openPullRequest({
      repository,
      head,
      base,
      title,
      body: withMarker(body, marker),
    });
    await faultPoint('ensurePullRequest', 'effect');
    return { kind: 'open', pullRequest: toRef(opened) };
  } catch (error) {
    if (error instanceof PortError && error.code === 'NoCommits') return { kind: 'no_commits' };
    if (!(error instanceof PortError && error.code === 'AlreadyExists')) throw error;
    // Somebody was faster: an attempt of ours whose answer got lost, or a person.
    const [theirs] = await host.findPullRequests({ repository, head, base, state: 'open' });
    if (theirs === undefined) throw error;
    return { kind: 'open', pullRequest: toRef(theirs) };
  }
}
