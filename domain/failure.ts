/**
 * The one catalogue of failures: every error that crosses a room has a code from here. Retryable or not is decided
 * once, by code. docs/errors.md has a row per code; a test compares the two.
 */
export const failures = {
  // what people write
  InvalidProject: {
    retryable: false,
    meaning: 'The project file or workflow input has problems; each is listed.',
  },
  InvalidFlow: { retryable: false, meaning: 'A flow file has problems; each is listed.' },
  InvalidAgents: { retryable: false, meaning: 'agents.yaml has problems; each is listed.' },
  InvalidConfig: { retryable: false, meaning: 'A setting of the worker or client is wrong.' },
  NoAgent: { retryable: false, meaning: 'No agent is configured for a role that the project needs.' },
  NoCodeHost: {
    retryable: false,
    meaning: 'The repository names a code host that this worker has no credentials for.',
  },
  SlugTaken: { retryable: false, meaning: 'A different project already runs under this slug.' },
  // git
  RepositoryNotFound: { retryable: false, meaning: 'The repository does not exist or cannot be read.' },
  BaseNotFound: { retryable: false, meaning: 'The base branch does not exist in the repository.' },
  BranchConflict: {
    retryable: false,
    meaning: 'A branch cannot be created because another one exists at, above or below its name.',
  },
  BranchMismatch: { retryable: false, meaning: 'A worktree is on another branch or head than recorded.' },
  WorktreeTampered: {
    retryable: false,
    meaning: 'An agent switched branch, moved refs or damaged .git; the worktree is rebuilt.',
  },
  EmptyDiff: { retryable: false, meaning: 'An agent said done and changed nothing.' },
  LeaseLost: { retryable: false, meaning: 'Someone else moved a branch; nothing was forced over it.' },
  FencedOut: { retryable: false, meaning: 'This host no longer owns the workspace; its push was refused.' },
  PushRejected: {
    retryable: false,
    meaning:
      'The remote refused a push: the branch is checked out there, or a rule or hook of the remote forbids it.',
  },
  LandedTreeMismatch: { retryable: false, meaning: 'The landed tree differs from the tested tree.' },
  GitFailed: { retryable: true, meaning: 'A git command failed; its output is attached.' },
  GitUnavailable: { retryable: true, meaning: 'The remote could not be reached.' },
  // code host
  PullRequestClosed: {
    retryable: false,
    meaning: 'A person closed the pull request; no second one is opened.',
  },
  NotMergeable: { retryable: false, meaning: 'The pull request has conflicts.' },
  HeadMoved: { retryable: false, meaning: 'The pull request has another head than expected.' },
  HeadInvalid: { retryable: false, meaning: 'The head branch of a pull request does not exist.' },
  BaseInvalid: { retryable: false, meaning: 'The base branch of a pull request does not exist.' },
  NoCommits: { retryable: false, meaning: 'There is nothing between the base and the head.' },
  AlreadyExists: {
    retryable: false,
    meaning: 'An open pull request with this head and base already exists.',
  },
  PullRequestNotFound: { retryable: false, meaning: 'There is no pull request with this number.' },
  CodeHostRefused: {
    retryable: false,
    meaning: 'The code host refused: a credential, a right or a rule of the repository stands against it.',
  },
  CodeHostUnavailable: {
    retryable: true,
    meaning: 'The code host could not be reached, failed, or gave an answer that makes no sense.',
  },
  RateLimited: {
    retryable: true,
    meaning: 'The code host asks to wait; the work goes on when its limit allows.',
  },
  NothingNew: {
    retryable: true,
    meaning: 'Nothing has happened to a watched pull request; it is looked at again.',
  },
  // agents and checks
  InvalidAgentResult: {
    retryable: false,
    meaning: 'The agent answered with something that is not a result.',
  },
  UnknownDecision: {
    retryable: false,
    meaning: 'The agent answered with a decision that its role does not have.',
  },
  AgentFailed: { retryable: false, meaning: 'The agent program failed.' },
  AgentTimedOut: { retryable: false, meaning: 'The agent took longer than agent_timeout.' },
  ChecksFailed: { retryable: false, meaning: 'A check failed on the candidate.' },
  SetupFailed: { retryable: false, meaning: 'A setup command failed in the fresh worktree.' },
  AttemptsUsedUp: { retryable: false, meaning: 'The task used up its attempts.' },
  BudgetUsedUp: { retryable: false, meaning: 'The project has spent its budget.' },
  // people
  NoOpenGate: { retryable: false, meaning: 'Nothing waits for an answer.' },
  GateMismatch: { retryable: false, meaning: 'The answer names another gate than the open one.' },
  StaleHead: { retryable: false, meaning: 'The head moved since the person looked.' },
  AlreadyDecided: { retryable: false, meaning: 'The gate was answered differently before.' },
  NotAnApprover: { retryable: false, meaning: 'The person is not among the approvers.' },
  ProjectNotFound: { retryable: false, meaning: 'No project or standalone task is known under this slug.' },
  ProjectClosed: { retryable: false, meaning: 'The project has ended.' },
  InvalidMessage: { retryable: false, meaning: 'A message has a missing, wrong or unknown field.' },
  NotWaiting: { retryable: false, meaning: 'The project is not in a state where this message makes sense.' },
  NoticeUndelivered: { retryable: true, meaning: 'A notice did not reach its channel; it is sent again.' },
  // the Temporal server
  NoServer: {
    retryable: false,
    meaning: 'No Temporal server is given, and our own does not run or could not be started.',
  },
  ServerUnavailable: { retryable: true, meaning: 'The Temporal server could not be reached.' },
  NoWorker: { retryable: true, meaning: 'No worker polls, so nothing can answer now.' },
  // inside
  UnknownStep: { retryable: false, meaning: 'A flow names a step that the registry does not have.' },
  IllegalTransition: { retryable: false, meaning: 'A status may not change that way.' },
  UnknownSchema: {
    retryable: false,
    meaning: 'Carried state has a schema number that this version does not know.',
  },
  ResultTooLarge: { retryable: false, meaning: 'An activity result is over the size that history may hold.' },
  NoSpace: { retryable: true, meaning: 'The disk is full; the work goes on when there is room.' },
  Unexpected: { retryable: true, meaning: 'Something nobody foresaw; the message says what.' },
} as const satisfies Record<string, { readonly retryable: boolean; readonly meaning: string }>;

export type FailureCode = keyof typeof failures;

export const isRetryable = (code: FailureCode): boolean => failures[code].retryable;
export const isFailureCode = (code: string): code is FailureCode => Object.hasOwn(failures, code);

/** How a sentence about a failure begins, wherever people read it: `explain('EmptyDiff', 'Nothing changed.')`. */
export const explain = (code: FailureCode, sentence: string): string => `${code}: ${sentence}`;

type SnakeCase<Name extends string, Before extends string = ''> = Name extends `${infer First}${infer Rest}`
  ? First extends Uppercase<First>
    ? SnakeCase<Rest, `${Before}${Before extends '' ? '' : '_'}${Lowercase<First>}`>
    : SnakeCase<Rest, `${Before}${First}`>
  : Before;

/** Why work ended, as `status` spells it: the failure's code in snake case. */
export type FailureReason = SnakeCase<FailureCode>;

/** The only way from a code to the `reason` of `status`: `LeaseLost` → `lease_lost`. */
export const reasonOf = <Code extends FailureCode>(code: Code): SnakeCase<Code> =>
  code.replaceAll(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase() as SnakeCase<Code>;
