/** Rules of branches: classic protection, and rulesets. */
import type { Protection, Repository } from '../state.ts';
import { timestamp, type World } from '../world.ts';
import { apiUrl, webUrl } from './repositories.ts';
import { nodeId, userBody, type Body } from './users.ts';

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
    ruleset_id: rules.id,
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
    ...(rules.deployments.length > 0
      ? [
          {
            type: 'required_deployments',
            parameters: { required_deployment_environments: rules.deployments },
            ...source,
          },
        ]
      : []),
    ...rules.kinds.map((type) => ({ type, ...source })),
    ...(rules.requirePullRequest ? [{ ...reviews, ...source }] : []),
    ...(rules.requiredChecks.length > 0 ? [{ ...checks, ...source }] : []),
  ];
}

/** As the one who asks sees it: only administrators are shown who else may pass. */
export function rulesetBody(
  world: World,
  repository: Repository,
  { rules, branch, login }: { readonly rules: Protection; readonly branch: string; readonly login: string },
): Body {
  return {
    id: rules.id,
    name: `Rules for ${branch}`,
    target: 'branch',
    source_type: 'Repository',
    source: repository.fullName,
    enforcement: 'active',
    current_user_can_bypass: rules.bypass.includes(login) ? 'always' : 'never',
    node_id: nodeId('RRS', rules.id),
    _links: {
      self: { href: `${apiUrl(world, repository)}/rulesets/${rules.id}` },
      html: { href: `${webUrl(world, repository)}/rules/${rules.id}` },
    },
    conditions: { ref_name: { include: [`refs/heads/${branch}`], exclude: [] } },
    rules: [],
    created_at: timestamp(repository.createdAt),
    updated_at: timestamp(repository.createdAt),
  };
}
