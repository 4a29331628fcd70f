/** What rulesets and classic protection ask of a branch, in one shape. https://docs.github.com/en/rest/repos/rules */

export interface BranchRules {
  /** Approving reviews. */
  readonly reviews: number;
  readonly codeOwners: boolean;
  readonly checks: readonly string[];
  readonly conversations: boolean;
  /** Environments to which the head must have been deployed. */
  readonly deployments: readonly string[];
  readonly pullRequest: boolean;
  readonly linear: boolean;
  readonly signatures: boolean;
  readonly queue: boolean;
  /** Only who may bypass it makes, or changes, such a branch. */
  readonly creation: boolean;
  readonly locked: boolean;
  readonly noForce: boolean;
  /** Null: any. */
  readonly methods: readonly string[] | null;
  /** Logins and slugs of Apps; null: whoever may write. */
  readonly pushers: readonly string[] | null;
  /** True: teams may push besides. */
  readonly teams: boolean;
  /** Kinds of rules that are only named. */
  readonly others: readonly string[];
}

export const noRules: BranchRules = {
  reviews: 0,
  codeOwners: false,
  checks: [],
  conversations: false,
  deployments: [],
  pullRequest: false,
  linear: false,
  signatures: false,
  queue: false,
  creation: false,
  locked: false,
  noForce: false,
  methods: null,
  pushers: null,
  teams: false,
  others: [],
};

/** The stricter of both. */
export function together(a: BranchRules, b: BranchRules): BranchRules {
  return {
    reviews: Math.max(a.reviews, b.reviews),
    codeOwners: a.codeOwners || b.codeOwners,
    checks: [...new Set([...a.checks, ...b.checks])],
    conversations: a.conversations || b.conversations,
    deployments: [...new Set([...a.deployments, ...b.deployments])],
    pullRequest: a.pullRequest || b.pullRequest,
    linear: a.linear || b.linear,
    signatures: a.signatures || b.signatures,
    queue: a.queue || b.queue,
    creation: a.creation || b.creation,
    locked: a.locked || b.locked,
    noForce: a.noForce || b.noForce,
    methods: common(a.methods, b.methods),
    pushers: common(a.pushers, b.pushers),
    teams: a.teams || b.teams,
    others: [...new Set([...a.others, ...b.others])],
  };
}

function common(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  return a.filter((each) => b.includes(each));
}

/** A rule as GitHub answers; what a kind's parameters hold is its own. */
export interface ApiRule {
  readonly type: string;
  readonly parameters?: {
    readonly required_approving_review_count?: number;
    readonly require_code_owner_review?: boolean;
    readonly required_review_thread_resolution?: boolean;
    readonly allowed_merge_methods?: readonly string[];
    readonly required_status_checks?: readonly { readonly context: string }[];
    readonly required_deployment_environments?: readonly string[];
  };
  readonly ruleset_id?: number;
  readonly ruleset_source?: string;
}

export const fromRules = (rules: readonly ApiRule[]): BranchRules =>
  rules.map(fromRule).reduce(together, noRules);

function fromRule({ type, parameters = {} }: ApiRule): BranchRules {
  switch (type) {
    case 'pull_request':
      return {
        ...noRules,
        pullRequest: true,
        reviews: parameters.required_approving_review_count ?? 0,
        codeOwners: parameters.require_code_owner_review === true,
        conversations: parameters.required_review_thread_resolution === true,
        methods: parameters.allowed_merge_methods ?? null,
      };
    case 'required_status_checks':
      return { ...noRules, checks: (parameters.required_status_checks ?? []).map(({ context }) => context) };
    case 'required_deployments':
      return { ...noRules, deployments: parameters.required_deployment_environments ?? [] };
    case 'required_linear_history':
      return { ...noRules, linear: true };
    case 'required_signatures':
      return { ...noRules, signatures: true };
    case 'merge_queue':
      return { ...noRules, queue: true };
    case 'creation':
      return { ...noRules, creation: true };
    case 'update':
      return { ...noRules, locked: true };
    case 'non_fast_forward':
      return { ...noRules, noForce: true };
    // Phasewright deletes no branch of a project.
    case 'deletion':
      return noRules;
    default:
      return { ...noRules, others: [type] };
  }
}

interface Switch {
  readonly enabled?: boolean;
}

export interface ApiProtection {
  readonly enforce_admins?: Switch;
  readonly required_pull_request_reviews?: {
    readonly required_approving_review_count?: number;
    readonly require_code_owner_reviews: boolean;
  };
  readonly required_status_checks?: { readonly contexts: readonly string[] };
  readonly required_conversation_resolution?: Switch;
  readonly required_linear_history?: Switch;
  readonly required_signatures?: Switch;
  readonly lock_branch?: Switch;
  readonly restrictions?: {
    readonly users: readonly { readonly login?: string }[];
    readonly apps: readonly { readonly slug?: string }[];
    readonly teams: readonly unknown[];
  };
}

export function fromProtection(protection: ApiProtection): BranchRules {
  const { required_pull_request_reviews: reviews, restrictions } = protection;
  const users = restrictions?.users.map(({ login }) => login) ?? [];
  const apps = restrictions?.apps.map(({ slug }) => slug) ?? [];
  return {
    ...noRules,
    pullRequest: reviews !== undefined,
    reviews: reviews?.required_approving_review_count ?? 0,
    codeOwners: reviews?.require_code_owner_reviews === true,
    checks: protection.required_status_checks?.contexts ?? [],
    conversations: protection.required_conversation_resolution?.enabled === true,
    linear: protection.required_linear_history?.enabled === true,
    signatures: protection.required_signatures?.enabled === true,
    locked: protection.lock_branch?.enabled === true,
    pushers: restrictions === undefined ? null : [...users, ...apps].filter((name) => name !== undefined),
    teams: (restrictions?.teams.length ?? 0) > 0,
  };
}

/** Of classic protection, what whoever may read the branch sees. */
export const fromBranch = (
  shown: { readonly required_status_checks?: { readonly contexts?: readonly string[] } } | undefined,
): BranchRules => ({ ...noRules, checks: shown?.required_status_checks?.contexts ?? [] });
