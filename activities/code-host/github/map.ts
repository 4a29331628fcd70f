/** From GitHub's objects to the port's. What must stay true: a branch of a fork never looks like one of ours. */
import { shorten } from '../../../domain/text/truncate.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { Review } from '../../../domain/code-host/reviews.ts';
import type { HostCheck, PullRequest } from '../port.ts';
import type { Comment, ReviewComment } from '../../../domain/code-host/comments.ts';
import { type Hosted, hostedOn } from '../repositories.ts';
import { oneLine } from '../texts.ts';

export const hosted = (repository: RepositoryRef): Hosted => hostedOn('GitHub', repository);

interface ApiUser {
  readonly login: string;
  readonly type?: string;
}

export interface ApiPull {
  readonly number: number;
  readonly html_url: string;
  readonly state: string;
  readonly draft?: boolean;
  readonly title: string;
  readonly body: string | null;
  readonly labels: readonly { readonly name?: string }[];
  readonly user: ApiUser | null;
  readonly head: ApiTip;
  readonly base: ApiTip;
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
  /** Of a single pull request only, not of those in a list. */
  readonly merged_by?: ApiUser | null;
  readonly mergeable?: boolean | null;
  readonly mergeable_state?: string;
}

interface ApiTip {
  readonly label: string | null;
  readonly ref: string;
  readonly sha: string;
  readonly repo: { readonly id: number } | null;
}

/** Who deleted their account is shown by GitHub under this name. */
const loginOf = (user: ApiUser | null | undefined): string => user?.login ?? 'ghost';

/** Renamed or written in other letters, a repository keeps its id. A fork that is gone has none. */
export const isOurs = ({ head, base }: Pick<ApiPull, 'head' | 'base'>): boolean =>
  head.repo !== null && head.repo.id === base.repo?.id;

export function toPullRequest(pull: ApiPull): PullRequest {
  const { head, base, labels } = pull;
  const merged = typeof pull.merged_at === 'string';
  return complete<PullRequest>({
    number: pull.number,
    url: pull.html_url,
    state: merged ? 'merged' : pull.state === 'open' ? 'open' : 'closed',
    draft: pull.draft ?? false,
    // `owner:branch`: no branch of this repository can be called that.
    head: complete({ branch: isOurs(pull) ? head.ref : (head.label ?? `fork:${head.ref}`), sha: head.sha }),
    base: complete({ branch: base.ref, sha: base.sha }),
    title: pull.title,
    body: pull.body ?? '',
    labels: labels.flatMap(({ name }) => (name === undefined ? [] : [name])),
    mergeable: merged || pull.state !== 'open' ? null : (pull.mergeable ?? null),
    blocked: !merged && pull.state === 'open' && (pull.draft === true || pull.mergeable_state === 'blocked'),
    // While it is open this is a commit that GitHub made to see whether it would merge.
    mergedSha: merged ? pull.merge_commit_sha : null,
    mergedBy: merged ? (pull.merged_by?.login ?? null) : null,
    author: loginOf(pull.user),
  });
}

export const toComment = (comment: {
  readonly id: number;
  readonly user: ApiUser | null;
  readonly body?: string;
  readonly created_at: string;
  readonly updated_at: string;
}): Comment =>
  complete({
    id: comment.id,
    author: loginOf(comment.user),
    bot: comment.user?.type === 'Bot',
    body: comment.body ?? '',
    createdAt: comment.created_at,
    updatedAt: comment.updated_at,
  });

export interface ApiReview {
  readonly id: number;
  readonly user: ApiUser | null;
  readonly state: string;
  readonly commit_id: string | null;
  readonly body: string;
  readonly submitted_at?: string;
}

const reviewStates = ['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED'] as const;

/** Nothing for one that its author has not sent off yet. */
export function toReviews(review: ApiReview): readonly Review[] {
  const { state: given } = complete({ state: review.state });
  const state = reviewStates.find((known) => known === given);
  if (state === undefined) return [];
  return [
    complete<Review>({
      id: review.id,
      author: loginOf(review.user),
      bot: review.user?.type === 'Bot',
      state,
      commit: review.commit_id ?? '',
      body: review.body ?? '',
      submittedAt: review.submitted_at as string,
    }),
  ];
}

export function toReviewComment(comment: {
  readonly id: number;
  readonly in_reply_to_id?: number;
  readonly pull_request_review_id: number | null;
  readonly user: ApiUser | null;
  readonly body: string;
  readonly path: string;
  readonly line?: number | null;
  readonly position?: number | null;
  readonly subject_type?: string;
  readonly commit_id: string;
}): ReviewComment {
  const ofFile = comment.subject_type === 'file';
  const gone = (comment.position ?? null) === null && (comment.line ?? null) === null;
  return complete({
    id: comment.id,
    thread: comment.in_reply_to_id ?? comment.id,
    review: comment.pull_request_review_id,
    author: loginOf(comment.user),
    body: comment.body,
    path: comment.path,
    // `original_line` counts in another version of the file: it would name a wrong line of this one.
    line: ofFile ? null : (comment.line ?? null),
    commit: comment.commit_id,
    outdated: !ofFile && gone,
  });
}

export const fromCheckRun = (run: {
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly html_url: string | null;
  readonly details_url: string | null;
  readonly output: { readonly title: string | null };
}): HostCheck =>
  complete<HostCheck>({
    name: run.name,
    // Queued, in progress, waiting, requested, pending: all of them have no conclusion yet.
    state:
      run.status !== 'completed'
        ? 'pending'
        : ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '')
          ? 'success'
          : 'failure',
    summary: oneLine(run.output?.title ?? run.conclusion ?? ''),
    url: run.details_url ?? run.html_url ?? null,
  });

export interface ApiStatus {
  readonly context: string;
  readonly state: string;
  readonly description: string | null;
  readonly target_url: string | null;
}

export const fromStatus = (status: ApiStatus): HostCheck =>
  complete<HostCheck>({
    name: status.context,
    state: status.state === 'success' || status.state === 'pending' ? status.state : 'failure',
    summary: oneLine(status.description ?? ''),
    url: status.target_url ?? null,
  });

/** GitHub takes 140 characters, and none of four bytes ("description doesn't accept 4-byte Unicode"). */
export const statusLine = (text: string): string =>
  shorten(text.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '\ufffd'), 140);

/** Whole as the port says; a field that is missing means that this is no answer of GitHub's. */
export function complete<T extends object>(value: T): T {
  for (const [name, part] of Object.entries(value))
    if (part === undefined) throw new TypeError(`'${name}' is missing`);
  return value;
}
