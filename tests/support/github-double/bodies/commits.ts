/** Commits, refs and branches, and what is said of them: statuses and check runs. */
import { commitDetails } from '../git.ts';
import type { CheckRun, Protection, Repository, Status } from '../state.ts';
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

export function protectionBody(
  world: World,
  repository: Repository,
  branch: string,
  rules: Protection,
): Body {
  const url = `${apiUrl(world, repository)}/branches/${branch}/protection`;
  const checks = {
    url: `${url}/required_status_checks`,
    strict: rules.strict,
    contexts: rules.requiredChecks,
    contexts_url: `${url}/required_status_checks/contexts`,
    checks: rules.requiredChecks.map((context) => ({ context, app_id: null })),
  };
  const reviews = {
    url: `${url}/required_pull_request_reviews`,
    dismiss_stale_reviews: rules.dismissStaleReviews,
    require_code_owner_reviews: rules.codeOwners,
    require_last_push_approval: false,
    required_approving_review_count: rules.requiredReviews,
  };
  return {
    url,
    ...(rules.requiredChecks.length > 0 ? { required_status_checks: checks } : {}),
    ...(rules.requirePullRequest ? { required_pull_request_reviews: reviews } : {}),
    required_signatures: { url: `${url}/required_signatures`, enabled: rules.signatures },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: rules.enforceAdmins },
    required_linear_history: { enabled: rules.linearHistory },
    ...(rules.pushers === null ? {} : { restrictions: restrictionsBody(world, url, rules.pushers) }),
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
    block_creations: { enabled: false },
    required_conversation_resolution: { enabled: false },
    lock_branch: { enabled: false },
    allow_fork_syncing: { enabled: false },
  };
}

function restrictionsBody(world: World, protection: string, logins: readonly string[]): Body {
  const url = `${protection}/restrictions`;
  const users = logins.map((login) => userBody(world, login));
  return {
    url,
    users_url: `${url}/users`,
    teams_url: `${url}/teams`,
    apps_url: `${url}/apps`,
    users,
    teams: [],
    apps: [],
  };
}

export function rulesBody(repository: Repository, rules: Protection): readonly Body[] {
  const source = {
    ruleset_source_type: 'Repository',
    ruleset_source: repository.fullName,
    ruleset_id: 1_234_567,
  };
  const checks = {
    type: 'required_status_checks',
    parameters: {
      strict_required_status_checks_policy: rules.strict,
      required_status_checks: rules.requiredChecks.map((context) => ({ context })),
    },
  };
  const reviews = {
    type: 'pull_request',
    parameters: {
      required_approving_review_count: rules.requiredReviews,
      dismiss_stale_reviews_on_push: rules.dismissStaleReviews,
      require_code_owner_review: rules.codeOwners,
      require_last_push_approval: false,
      required_review_thread_resolution: false,
      allowed_merge_methods: ['merge', 'squash', 'rebase'],
    },
  };
  return [
    { type: 'deletion', ...source },
    { type: 'non_fast_forward', ...source },
    ...(rules.linearHistory ? [{ type: 'required_linear_history', ...source }] : []),
    ...(rules.signatures ? [{ type: 'required_signatures', ...source }] : []),
    ...rules.kinds.map((type) => ({ type, ...source })),
    ...(rules.requirePullRequest ? [{ ...reviews, ...source }] : []),
    ...(rules.requiredChecks.length > 0 ? [{ ...checks, ...source }] : []),
  ];
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
