import { reaches, permissionOf, timestamp, type World } from '../world.ts';
import type { Repository } from '../state.ts';
import { nodeId, userBody, type Body } from './users.ts';

export const apiUrl = (world: World, { fullName }: Repository): string => `${world.url}/repos/${fullName}`;
export const webUrl = (world: World, { fullName }: Repository): string => `${world.url}/${fullName}`;

const plainLinks = [
  'contributors',
  'deployments',
  'downloads',
  'events',
  'forks',
  'hooks',
  'languages',
  'merges',
  'stargazers',
  'subscribers',
  'subscription',
  'tags',
  'teams',
];
const templateLinks: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  statuses_url: '/statuses/{sha}',
  trees_url: '/git/trees{/sha}',
};

export function minimalRepositoryBody(world: World, repository: Repository): Body {
  const api = apiUrl(world, repository);
  const { id, name, fullName, owner, options } = repository;
  return {
    id,
    node_id: nodeId('R', id),
    name,
    full_name: fullName,
    owner: userBody(world, owner),
    private: options.private,
    html_url: webUrl(world, repository),
    description: null,
    fork: false,
    url: api,
    ...Object.fromEntries(plainLinks.map((link) => [`${link}_url`, `${api}/${link}`])),
    ...Object.fromEntries(Object.entries(templateLinks).map(([link, path]) => [link, `${api}${path}`])),
  };
}

/** As it is inside of pull requests and events. */
export function repositoryBody(world: World, repository: Repository): Body {
  const web = webUrl(world, repository);
  const open = [...repository.pulls.values()].filter(({ state }) => state === 'open').length;
  return {
    ...minimalRepositoryBody(world, repository),
    git_url: `git://${web.replace(/^\w+:\/\//, '')}.git`,
    ssh_url: `git@127.0.0.1:${repository.fullName}.git`,
    clone_url: `${web}.git`,
    svn_url: web,
    mirror_url: null,
    homepage: null,
    language: null,
    forks_count: 0,
    stargazers_count: 0,
    watchers_count: 0,
    size: 1,
    default_branch: 'main',
    open_issues_count: open,
    has_issues: true,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: repository.options.archived,
    disabled: false,
    visibility: repository.options.private ? 'private' : 'public',
    license: null,
    forks: 0,
    open_issues: open,
    watchers: 0,
    pushed_at: timestamp(repository.pushedAt),
    created_at: timestamp(repository.createdAt),
    updated_at: timestamp(repository.pushedAt),
  };
}

/** As `GET /repos/{owner}/{repo}` shows it to this account. Merge settings: only to those who may push, as on GitHub. */
export function fullRepositoryBody(world: World, repository: Repository, login: string): Body {
  const has = permissionOf(world, repository, login);
  const { options } = repository;
  const settings = {
    allow_merge_commit: options.allowMergeCommit,
    allow_squash_merge: options.allowSquashMerge,
    allow_rebase_merge: options.allowRebaseMerge,
    allow_auto_merge: false,
    allow_update_branch: false,
    delete_branch_on_merge: options.deleteBranchOnMerge,
    squash_merge_commit_title: 'COMMIT_OR_PR_TITLE',
    squash_merge_commit_message: 'COMMIT_MESSAGES',
    merge_commit_title: 'MERGE_MESSAGE',
    merge_commit_message: 'PR_TITLE',
  };
  return {
    ...repositoryBody(world, repository),
    permissions: permissionFlags(has),
    ...(reaches(has, 'write') ? settings : {}),
    network_count: 0,
    subscribers_count: 0,
  };
}

export const permissionFlags = (has: ReturnType<typeof permissionOf>): Body => ({
  admin: reaches(has, 'admin'),
  maintain: reaches(has, 'maintain'),
  push: reaches(has, 'write'),
  triage: reaches(has, 'triage'),
  pull: reaches(has, 'read'),
});
