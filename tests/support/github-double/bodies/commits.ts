/** Commits, refs and branches, and what is said of them: statuses and check runs. */
import { commitDetails } from '../git.ts';
import type { CheckRun, Repository, Status } from '../state.ts';
import { accountOf, timestamp, type World } from '../world.ts';
import { apiUrl, minimalRepositoryBody, webUrl } from './repositories.ts';
import { appBody, nodeId, userBody, type Body } from './users.ts';

const unsigned = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

export function gitCommitBody(world: World, repository: Repository, sha: string): Body {
  const { tree, parents, author, committer, message } = commitDetails(repository.path, sha);
  const api = apiUrl(world, repository);
  const html = (commit: string): string => `${webUrl(world, repository)}/commit/${commit}`;
  return {
    sha,
    node_id: Buffer.from(`C${sha}`).toString('base64url'),
    url: `${api}/git/commits/${sha}`,
    html_url: html(sha),
    author,
    committer,
    tree: { sha: tree, url: `${api}/git/trees/${tree}` },
    message: message.trimEnd(),
    parents: parents.map((parent) => ({
      sha: parent,
      url: `${api}/git/commits/${parent}`,
      html_url: html(parent),
    })),
    verification: unsigned,
  };
}

function commitBody(world: World, repository: Repository, sha: string): Body {
  const { node_id, html_url, parents, url, author, committer, tree, message, verification } = gitCommitBody(
    world,
    repository,
    sha,
  );
  return {
    sha,
    node_id,
    commit: { author, committer, message, tree, url, comment_count: 0, verification },
    url: `${apiUrl(world, repository)}/commits/${sha}`,
    html_url,
    comments_url: `${apiUrl(world, repository)}/commits/${sha}/comments`,
    author: null,
    committer: null,
    parents,
  };
}

export function refBody(world: World, repository: Repository, ref: string, sha: string): Body {
  const api = apiUrl(world, repository);
  return {
    ref,
    node_id: Buffer.from(`REF${ref}`).toString('base64url'),
    url: `${api}/git/${ref}`,
    object: { sha, type: 'commit', url: `${api}/git/commits/${sha}` },
  };
}

export function branchBody(world: World, repository: Repository, branch: string, sha: string): Body {
  const protection = repository.protections.get(branch);
  const url = `${apiUrl(world, repository)}/branches/${branch}`;
  const contexts = protection?.requiredChecks ?? [];
  const classic = protection?.kind === 'protection';
  return {
    name: branch,
    commit: commitBody(world, repository, sha),
    _links: { self: url, html: `${webUrl(world, repository)}/tree/${branch}` },
    protected: protection !== undefined,
    protection: {
      enabled: classic,
      required_status_checks: {
        enforcement_level: classic && contexts.length > 0 ? 'non_admins' : 'off',
        contexts: classic ? contexts : [],
        checks: classic ? contexts.map((context) => ({ context, app_id: null })) : [],
      },
    },
    protection_url: `${url}/protection`,
  };
}

export function statusBody(world: World, repository: Repository, status: Status): Body {
  return { ...plainStatusBody(world, repository, status), creator: userBody(world, status.creator) };
}

function plainStatusBody(world: World, repository: Repository, status: Status): Body {
  return {
    url: `${apiUrl(world, repository)}/statuses/${status.sha}`,
    avatar_url: `${world.url}/avatars/u/${accountOf(world, status.creator).id}?v=4`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: timestamp(status.createdAt),
    updated_at: timestamp(status.createdAt),
  };
}

/** Statuses with the newest of each context. */
export function combinedStatusBody(
  world: World,
  repository: Repository,
  sha: string,
  statuses: readonly Status[],
  page: readonly Status[],
): Body {
  const states = new Set(statuses.map(({ state }) => state));
  const failed = states.has('failure') || states.has('error');
  const api = apiUrl(world, repository);
  return {
    state: failed ? 'failure' : states.has('pending') || states.size === 0 ? 'pending' : 'success',
    statuses: page.map((status) => plainStatusBody(world, repository, status)),
    sha,
    total_count: statuses.length,
    repository: minimalRepositoryBody(world, repository),
    commit_url: `${api}/commits/${sha}`,
    url: `${api}/commits/${sha}/status`,
  };
}

export function checkRunBody(world: World, repository: Repository, run: CheckRun): Body {
  const url = `${apiUrl(world, repository)}/check-runs/${run.id}`;
  const html = `${webUrl(world, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.sha,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: timestamp(run.startedAt),
    completed_at: run.completedAt && timestamp(run.completedAt),
    output: {
      title: run.title,
      summary: run.summary,
      text: null,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.id + 1 },
    app: appBody(world, run.app),
    pull_requests: [],
  };
}
