/** Reviews and comments. */
import { blobAt } from '../git.ts';
import type { IssueComment, PullRequest, Repository, Review, ReviewComment } from '../state.ts';
import { timestamp, type World } from '../world.ts';
import { association } from './pulls.ts';
import { apiUrl, webUrl } from './repositories.ts';
import { nodeId, userBody, type Body } from './users.ts';

const pullUrls = (world: World, repository: Repository, { number }: PullRequest) => ({
  api: `${apiUrl(world, repository)}/pulls/${number}`,
  html: `${webUrl(world, repository)}/pull/${number}`,
});

export function reviewBody(world: World, repository: Repository, pull: PullRequest, review: Review): Body {
  const { api, html } = pullUrls(world, repository, pull);
  const page = `${html}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: userBody(world, review.author),
    body: review.body,
    state: review.state,
    html_url: page,
    pull_request_url: api,
    author_association: association(world, repository, review.author),
    _links: { html: { href: page }, pull_request: { href: api } },
    submitted_at: timestamp(review.submittedAt),
    commit_id: review.commit,
  };
}

/** Outdated (no line, no position) as soon as the head has another text of the file than the one that was commented. */
export function reviewCommentBody(
  world: World,
  repository: Repository,
  pull: PullRequest,
  comment: ReviewComment,
): Body {
  const { api, html } = pullUrls(world, repository, pull);
  const self = `${apiUrl(world, repository)}/pulls/comments/${comment.id}`;
  const page = `${html}#discussion_r${comment.id}`;
  const blob = (commit: string): string | null => blobAt(repository.path, commit, comment.path);
  const outdated = blob(comment.commit) !== blob(pull.headSha);
  return {
    url: self,
    pull_request_review_id: comment.reviewId,
    id: comment.id,
    node_id: nodeId('PRRC', comment.id),
    diff_hunk: `@@ -${comment.line},1 +${comment.line},1 @@`,
    path: comment.path,
    commit_id: outdated ? comment.commit : pull.headSha,
    original_commit_id: comment.commit,
    user: userBody(world, comment.author),
    body: comment.body,
    created_at: timestamp(comment.createdAt),
    updated_at: timestamp(comment.createdAt),
    html_url: page,
    pull_request_url: api,
    author_association: association(world, repository, comment.author),
    _links: { self: { href: self }, html: { href: page }, pull_request: { href: api } },
    start_line: null,
    original_start_line: null,
    start_side: null,
    line: outdated ? null : comment.line,
    original_line: comment.line,
    side: comment.side,
    position: outdated ? null : comment.line,
    original_position: comment.line,
    subject_type: 'line',
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
  };
}

export function issueCommentBody(
  world: World,
  repository: Repository,
  pull: PullRequest,
  comment: IssueComment,
): Body {
  const api = apiUrl(world, repository);
  return {
    url: `${api}/issues/comments/${comment.id}`,
    html_url: `${webUrl(world, repository)}/pull/${pull.number}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${pull.number}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: userBody(world, comment.author),
    created_at: timestamp(comment.createdAt),
    updated_at: timestamp(comment.updatedAt),
    author_association: association(world, repository, comment.author),
    body: comment.body,
    performed_via_github_app: null,
  };
}
