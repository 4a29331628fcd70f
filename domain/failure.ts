/**
 * The one vocabulary of failure: every error that crosses a module, every reason in `status` and every code in a sentence
 * comes from here. docs/errors.md has a row per code; a test compares the two.
 */

/** What a code means and what is done about it. */
interface Failure {
  /** Whether Temporal tries the activity again by itself. */
  readonly retryable: boolean;
  /**
   * What a workflow does about it. `retry`: it tries again by itself, at once, later, or as the next attempt with the
   * reason as feedback. `ask`: the work waits for a person. `compensate`: it puts right what is there and goes on.
   * `stop`: what was asked for ends here: a run is not started, a message is turned away.
   */
  readonly response: 'retry' | 'ask' | 'compensate' | 'stop';
  readonly meaning: string;
}

export const failures = {
  // what people write
  InvalidProject: {
    retryable: false,
    response: 'stop',
    meaning: 'The project file or workflow input has problems; each is listed.',
  },
  InvalidFlow: { retryable: false, response: 'stop', meaning: 'A flow file has problems; each is listed.' },
  InvalidAgents: { retryable: false, response: 'stop', meaning: 'agents.yaml has problems; each is listed.' },
  InvalidConfig: {
    retryable: false,
    response: 'stop',
    meaning: 'A setting of the worker or client is wrong.',
  },
  NoAgent: {
    retryable: false,
    response: 'stop',
    meaning: 'No agent is configured for a role that the project needs.',
  },
  NoCodeHost: {
    retryable: false,
    response: 'stop',
    meaning: 'The repository names a code host that this worker has no credentials for.',
  },
  SlugTaken: {
    retryable: false,
    response: 'stop',
    meaning: 'A different project already runs under this slug.',
  },
  // git
  RepositoryNotFound: {
    retryable: false,
    response: 'stop',
    meaning: 'The repository does not exist or cannot be read.',
  },
  BaseNotFound: {
    retryable: false,
    response: 'stop',
    meaning: 'The base branch does not exist in the repository.',
  },
  BranchConflict: {
    retryable: false,
    response: 'ask',
    meaning: 'A branch cannot be created because another one exists at, above or below its name.',
  },
  BranchMismatch: {
    retryable: false,
    response: 'compensate',
    meaning: 'A worktree is on another branch or head than recorded.',
  },
  WorktreeTampered: {
    retryable: false,
    response: 'compensate',
    meaning: 'An agent switched branch, moved refs or damaged .git; the worktree is rebuilt.',
  },
  EmptyDiff: { retryable: false, response: 'retry', meaning: 'An agent said done and changed nothing.' },
  LeaseLost: {
    retryable: false,
    response: 'ask',
    meaning: 'Someone else moved a branch; nothing was forced over it.',
  },
  FencedOut: {
    retryable: false,
    response: 'ask',
    meaning: 'This host no longer owns the workspace; its push was refused.',
  },
  PushRejected: {
    retryable: false,
    response: 'ask',
    meaning:
      'The remote refused a push: the branch is checked out there, or a rule or hook of the remote forbids it.',
  },
  LandedTreeMismatch: {
    retryable: false,
    response: 'ask',
    meaning: 'The landed tree differs from the tested tree.',
  },
  GitFailed: { retryable: true, response: 'retry', meaning: 'A git command failed; its output is attached.' },
  GitUnavailable: { retryable: true, response: 'retry', meaning: 'The remote could not be reached.' },
  // code host
  PullRequestClosed: {
    retryable: false,
    response: 'ask',
    meaning: 'A person closed the pull request; no second one is opened.',
  },
  MergeConflict: {
    retryable: false,
    response: 'retry',
    meaning: 'A branch and its base changed the same lines; an agent resolves it.',
  },
  HeadInvalid: {
    retryable: false,
    response: 'ask',
    meaning: 'The head branch of a pull request does not exist.',
  },
  BaseInvalid: {
    retryable: false,
    response: 'ask',
    meaning: 'The base branch of a pull request does not exist.',
  },
  NoCommits: {
    retryable: false,
    response: 'compensate',
    meaning: 'There is nothing between the base and the head.',
  },
  AlreadyExists: {
    retryable: false,
    response: 'compensate',
    meaning: 'An open pull request with this head and base already exists.',
  },
  PullRequestNotFound: {
    retryable: false,
    response: 'ask',
    meaning: 'There is no pull request with this number.',
  },
  CodeHostRefused: {
    retryable: false,
    response: 'ask',
    meaning: 'The code host refused: a credential, a right or a rule of the repository stands against it.',
  },
  CodeHostUnavailable: {
    retryable: true,
    response: 'retry',
    meaning: 'The code host could not be reached, failed, or gave an answer that makes no sense.',
  },
  RateLimited: {
    retryable: true,
    response: 'retry',
    meaning: 'The code host asks to wait; the work goes on when its limit allows.',
  },
  NothingNew: {
    retryable: true,
    response: 'retry',
    meaning: 'Nothing has happened to a watched pull request; it is looked at again.',
  },
  // agents and checks
  InvalidAgentResult: {
    retryable: false,
    response: 'retry',
    meaning: 'The agent answered with something that is not a result.',
  },
  UnknownDecision: {
    retryable: false,
    response: 'retry',
    meaning: 'The agent answered with a decision that its role does not have.',
  },
  AgentFailed: { retryable: false, response: 'retry', meaning: 'The agent program failed.' },
  TimedOut: {
    retryable: false,
    response: 'retry',
    meaning: 'Work took longer than agent_timeout or phase_timeout allows.',
  },
  ChecksFailed: { retryable: false, response: 'retry', meaning: 'A check failed on the candidate.' },
  SetupFailed: {
    retryable: false,
    response: 'ask',
    meaning: 'A setup command failed in the fresh worktree.',
  },
  AttemptsUsedUp: { retryable: false, response: 'ask', meaning: 'The task used up its attempts.' },
  BudgetUsedUp: { retryable: false, response: 'ask', meaning: 'The project has spent its budget.' },
  BreakdownFailed: {
    retryable: false,
    response: 'ask',
    meaning: 'The breakdown role wrote no usable tasks.',
  },
  // people
  Rejected: {
    retryable: false,
    response: 'ask',
    meaning: 'People rejected the work, and nothing is left to try.',
  },
  NoOpenGate: { retryable: false, response: 'stop', meaning: 'Nothing waits for an answer.' },
  GateMismatch: {
    retryable: false,
    response: 'stop',
    meaning: 'The answer names another gate than the open one.',
  },
  StaleHead: { retryable: false, response: 'stop', meaning: 'The head moved since the person looked.' },
  AlreadyDecided: {
    retryable: false,
    response: 'stop',
    meaning: 'The gate was answered differently before.',
  },
  NotAnApprover: { retryable: false, response: 'stop', meaning: 'The person is not among the approvers.' },
  ProjectNotFound: {
    retryable: false,
    response: 'stop',
    meaning: 'No project or standalone task is known under this slug.',
  },
  ProjectClosed: { retryable: false, response: 'stop', meaning: 'The project has ended.' },
  InvalidMessage: {
    retryable: false,
    response: 'stop',
    meaning: 'A message has a missing, wrong or unknown field.',
  },
  NotWaiting: {
    retryable: false,
    response: 'stop',
    meaning: 'The project is not in a state where this message makes sense.',
  },
  NoticeUndelivered: {
    retryable: true,
    response: 'retry',
    meaning: 'A notice did not reach its channel; it is sent again.',
  },
  // the Temporal server
  NoServer: {
    retryable: false,
    response: 'stop',
    meaning: 'No Temporal server is given, and our own does not run or could not be started.',
  },
  ServerUnavailable: {
    retryable: true,
    response: 'retry',
    meaning: 'The Temporal server could not be reached.',
  },
  NoWorker: { retryable: true, response: 'retry', meaning: 'No worker polls, so nothing can answer now.' },
  // inside
  UnknownStep: {
    retryable: false,
    response: 'stop',
    meaning: 'A flow names a step that the registry does not have.',
  },
  IllegalTransition: { retryable: false, response: 'stop', meaning: 'A status may not change that way.' },
  UnknownSchema: {
    retryable: false,
    response: 'stop',
    meaning: 'Carried state has a schema number that this version does not know.',
  },
  NoSpace: {
    retryable: true,
    response: 'retry',
    meaning: 'The disk is full; the work goes on when there is room.',
  },
  Unexpected: {
    retryable: true,
    response: 'retry',
    meaning: 'Something nobody foresaw; the message says what.',
  },
} as const satisfies Record<string, Failure>;

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
