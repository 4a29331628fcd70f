import { mergeability, mergeableState } from '../actions/mergeability.ts';
import { commitsBetween, diffStat } from '../git.ts';
import type { PullRequest, Repository } from '../state.ts';
import { accountOf, permissionOf, reaches, timestamp, type World } from '../world.ts';
import { apiUrl, repositoryBody, webUrl } from './repositories.ts';
import { nodeId, userBody, userOrNull, type Body } from './users.ts';

export function association(world: World, repository: Repository, login: string): string {
  if (login === repository.owner) return 'OWNER';
  if (accountOf(world, login).type === 'Bot') return 'NONE';
  return reaches(permissionOf(world, repository, login), 'write') ? 'COLLABORATOR' : 'NONE';
}

export function labelBody(world: World, repository: Repository, name: string): Body {
  const id = repository.labels.get(name) ?? 0;
  return {
    id,
    node_id: nodeId('L', id),
    url: `${apiUrl(world, repository)}/labels/${encodeURIComponent(name)}`,
    name,
    color: 'ededed',
    default: false,
    description: '',
  };
}

/** As lists have it. */
export function pullRequestSimpleBody(world: World, repository: Repository, pull: PullRequest): Body {
  const api = apiUrl(world, repository);
  const url = `${api}/pulls/${pull.number}`;
  const issue = `${api}/issues/${pull.number}`;
  const html = `${webUrl(world, repository)}/pull/${pull.number}`;
  const side = (ref: string, sha: string): Body => ({
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user: userBody(world, repository.owner),
    repo: repositoryBody(world, repository),
  });
  const links = {
    comments: `${issue}/comments`,
    commits: `${url}/commits`,
    statuses: `${api}/statuses/${pull.headSha}`,
    review_comments: `${url}/comments`,
    review_comment: `${api}/pulls/comments{/number}`,
  };
  const href = (value: string): Body => ({ href: value });
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userBody(world, pull.author),
    body: pull.body,
    created_at: timestamp(pull.createdAt),
    updated_at: timestamp(pull.updatedAt),
    closed_at: pull.closedAt && timestamp(pull.closedAt),
    merged_at: pull.mergedAt && timestamp(pull.mergedAt),
    merge_commit_sha: pull.mergeCommitSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: pull.labels.map((name) => labelBody(world, repository, name)),
    milestone: null,
    draft: pull.draft,
    ...Object.fromEntries(Object.entries(links).map(([name, value]) => [`${name}_url`, value])),
    head: side(pull.headRef, pull.headSha),
    base: side(pull.baseRef, pull.baseSha),
    _links: {
      ...Object.fromEntries(Object.entries(links).map(([name, value]) => [name, href(value)])),
      self: href(url),
      html: href(html),
      issue: href(issue),
    },
    author_association: association(world, repository, pull.author),
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** `asked`: this answer counts as one of the reads that ask GitHub to work mergeability out. */
export function pullRequestBody(
  world: World,
  repository: Repository,
  pull: PullRequest,
  { asked = false }: { readonly asked?: boolean } = {},
): Body {
  const { mergeable, testMerge } = mergeability(world, repository, pull, asked);
  const stat = diffStat(repository.path, pull.baseSha, pull.headSha);
  const simple = pullRequestSimpleBody(world, repository, pull);
  return {
    ...simple,
    merge_commit_sha: pull.mergeCommitSha ?? testMerge,
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeableState(world, repository, pull, mergeable),
    merged_by: userOrNull(world, pull.mergedBy),
    comments: pull.comments.length,
    review_comments: pull.reviewComments.length,
    maintainer_can_modify: false,
    commits: commitsBetween(repository.path, pull.baseSha, pull.headSha).length,
    additions: stat.additions,
    deletions: stat.deletions,
    changed_files: stat.files.length,
  };
}

/** The pull request as the issue that it also is; events about comments carry it. */
export function issueBody(world: World, repository: Repository, pull: PullRequest): Body {
  const simple = pullRequestSimpleBody(world, repository, pull);
  const api = apiUrl(world, repository);
  const issue = `${api}/issues/${pull.number}`;
  const same = ['id', 'node_id', 'number', 'title', 'user', 'body', 'state', 'locked', 'labels', 'assignee'];
  const also = [
    'assignees',
    'milestone',
    'created_at',
    'updated_at',
    'closed_at',
    'author_association',
    'draft',
  ];
  return {
    ...Object.fromEntries([...same, ...also].map((name) => [name, simple[name]])),
    url: issue,
    repository_url: api,
    labels_url: `${issue}/labels{/name}`,
    comments_url: `${issue}/comments`,
    events_url: `${issue}/events`,
    html_url: simple['html_url'],
    comments: pull.comments.length,
    active_lock_reason: null,
    pull_request: {
      url: simple['url'],
      html_url: simple['html_url'],
      diff_url: simple['diff_url'],
      patch_url: simple['patch_url'],
      merged_at: simple['merged_at'],
    },
  };
}
