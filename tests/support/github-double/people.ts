/** What people do on GitHub's pages, for tests: through the same code as the API, without HTTP. */
import { createCheckRun, createStatus, type NewCheckRun, type NewStatus } from './actions/checks.ts';
import { mergePullRequest, type Merge } from './actions/merge.ts';
import { observe } from './actions/observe.ts';
import {
  openPullRequest,
  pullOf,
  renameBranch,
  setDraft,
  updatePullRequest,
  type NewPullRequest,
} from './actions/pulls.ts';
import { createComment, editComment, setLabels } from './actions/comments.ts';
import { dismissReview, replyToReviewComment, submitReview, type NewReview } from './actions/reviews.ts';
import { branchTip } from './actions/mergeability.ts';
import type { PullRequest, Repository } from './state.ts';
import { accountOf, repositoryOf, type World } from './world.ts';

/** Whose hand it is, and on which pull request. */
export interface On {
  readonly as: string;
  /** `owner/name`. */
  readonly repo: string;
  readonly number: number;
}

const eventOf = { APPROVED: 'APPROVE', CHANGES_REQUESTED: 'REQUEST_CHANGES', COMMENTED: 'COMMENT' } as const;

export interface People {
  openPullRequest(request: { readonly as: string; readonly repo: string } & NewPullRequest): number;
  /** The review's id. */
  review(
    review: On & {
      readonly state: keyof typeof eventOf;
      readonly body?: string;
      readonly comments?: NonNullable<NewReview['comments']>;
    },
  ): number;
  dismissReview(dismissal: On & { readonly review: number }): void;
  /** The comment's id. */
  comment(comment: On & { readonly body: string }): number;
  editComment(edit: Omit<On, 'number'> & { readonly id: number; readonly body: string }): void;
  replyToReviewComment(reply: On & { readonly to: number; readonly body: string }): number;
  editPullRequest(edit: On & { readonly title?: string; readonly body?: string }): void;
  setLabels(labelling: On & { readonly labels: readonly string[] }): void;
  /** The base's new tip. */
  mergePullRequest(merge: On & Merge): string;
  closePullRequest(on: On): void;
  reopenPullRequest(on: On): void;
  retarget(on: On & { readonly base: string }): void;
  renameBranch(renaming: Omit<On, 'number'> & { readonly from: string; readonly to: string }): void;
  setDraft(on: On & { readonly draft: boolean }): void;
  /** A check run; `sha` or `branch`. `as`: an App's login. */
  reportCheck(report: Report & Omit<NewCheckRun, 'sha'>): void;
  reportStatus(report: Report & Omit<NewStatus, 'sha'>): void;
}

type Report = { readonly as: string; readonly repo: string } & (
  | { readonly sha: string }
  | { readonly branch: string }
);

export function createPeople(world: World): People {
  const at = (as: string, repo: string): Repository => {
    accountOf(world, as);
    const repository = repositoryOf(world, repo);
    observe(world, repository);
    world.history.remember(repository);
    return repository;
  };
  const pullAt = ({ as, repo, number }: On): readonly [World, Repository, string, PullRequest] => {
    const repository = at(as, repo);
    return [world, repository, as, pullOf(repository, number)];
  };
  const shaOf = (repository: Repository, report: Report): string => {
    const sha = 'sha' in report ? report.sha : branchTip(repository, report.branch);
    if (sha === undefined) throw new Error('There is no such branch.');
    return sha;
  };

  return {
    openPullRequest: ({ as, repo, ...request }) => openPullRequest(world, at(as, repo), as, request).number,
    review({ state, body, comments, ...on }) {
      const review = { event: eventOf[state], body: body ?? '', comments: comments ?? [] };
      return submitReview(...pullAt(on), review).id;
    },
    dismissReview: ({ review, ...on }) => void dismissReview(...pullAt(on), review),
    comment: ({ body, ...on }) => createComment(...pullAt(on), body).id,
    editComment: ({ as, repo, id, body }) => editComment(world, at(as, repo), as, { id, body }),
    replyToReviewComment: ({ to, body, ...on }) => replyToReviewComment(...pullAt(on), { to, body }).id,
    editPullRequest: ({ as, repo, number, ...change }) =>
      updatePullRequest(...pullAt({ as, repo, number }), change),
    setLabels: ({ labels, ...on }) => setLabels(...pullAt(on), labels),
    mergePullRequest: ({ as, repo, number, ...merge }) =>
      mergePullRequest(...pullAt({ as, repo, number }), merge),
    closePullRequest: (on) => updatePullRequest(...pullAt(on), { state: 'closed' }),
    reopenPullRequest: (on) => updatePullRequest(...pullAt(on), { state: 'open' }),
    retarget: ({ base, ...on }) => updatePullRequest(...pullAt(on), { base }),
    renameBranch: ({ as, repo, from, to }) => renameBranch(world, at(as, repo), as, { from, to }),
    setDraft({ draft, ...on }) {
      const [, repository, as, pull] = pullAt(on);
      setDraft(world, repository, as, { pull, draft });
    },
    reportCheck(report) {
      const repository = at(report.as, report.repo);
      createCheckRun(world, repository, report.as, { ...report, sha: shaOf(repository, report) });
    },
    reportStatus(report) {
      const repository = at(report.as, report.repo);
      createStatus(world, repository, report.as, { ...report, sha: shaOf(repository, report) });
    },
  };
}
