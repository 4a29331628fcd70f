/**
 * The one vocabulary of failure: every error that crosses a module, every reason in `status` and every code in a sentence
 * comes from here. docs/errors.md has a row per code; a test compares the two.
 */

interface Failure {
  /** Whether Temporal tries the activity again by itself. */
  readonly retryable: boolean;
  /** So many tries in a row, then it is no longer tried: the work fails, and a person decides. Absent: until it passes. */
  readonly tries?: number;
  /** Passes only when a person mends it, outside of Phasewright. */
  readonly mendedByPeople?: boolean;
  /** What a workflow does about it. */
  readonly response: 'retry' | 'ask' | 'compensate' | 'stop';
  readonly meaning: string;
}

/** Temporal tries the activity again by itself. */
const retried = (meaning: string): Failure => ({ retryable: true, response: 'retry', meaning });
/**
 * Only a person can mend it, outside of Phasewright: the work neither fails nor waits for a `retry`. It is tried again for ever, at
 * most `longestPauseMs` apart, and `status` shows the sentence that says what to do.
 */
const untilMended = (meaning: string): Failure => ({ ...retried(meaning), mendedByPeople: true });
/** May pass by itself, but hardly after that. */
const retriedAtMost = (tries: number, meaning: string): Failure => ({ ...retried(meaning), tries });
const final =
  (response: Failure['response']) =>
  (meaning: string): Failure => ({ retryable: false, response, meaning });
/** The workflow tries again by itself: at once, later, or as the next attempt with the reason as feedback. */
const again = final('retry');
/** The work waits for a person. */
const ask = final('ask');
/** The workflow puts right what is there and goes on. */
const compensate = final('compensate');
/** What was asked for ends here: a run is not started, a message is turned away. */
const stop = final('stop');

/** Between two tries of what has no pause of its own: so long after a mending, at most, the work goes on. */
export const longestPauseMs = 60_000;

export const failures = {
  // what people write
  InvalidProject: stop('The project file or workflow input has problems; each is listed.'),
  InvalidFlow: stop('A flow file has problems; each is listed.'),
  InvalidAgents: stop('agents.yaml has problems; each is listed.'),
  InvalidConfig: stop('A setting of the worker or client is wrong.'),
  NoAgent: stop('No agent is configured for a role that the project needs.'),
  NoCodeHost: stop('The repository names a code host that this worker has no credentials for.'),
  SlugTaken: stop('A different project already runs under this slug.'),
  // git
  RepositoryNotFound: stop('The repository does not exist or cannot be read.'),
  UnusableRepository: stop(
    'The repository is of a kind that is not supported, or needs something that this worker does not allow.',
  ),
  BaseNotFound: stop('The base branch does not exist in the repository.'),
  BranchConflict: ask('A branch cannot be created because another one exists at, above or below its name.'),
  BranchMismatch: compensate('A worktree is on another branch or head than recorded.'),
  WorktreeTampered: compensate('An agent left its branch or took .git away; its clone is made anew.'),
  EmptyDiff: again('An agent said done and changed nothing.'),
  FilesRefused: again('An agent left files that git cannot add to a commit.'),
  LeaseLost: ask('Someone else moved a branch; nothing was forced over it.'),
  FencedOut: ask('This host no longer owns the workspace; its push was refused.'),
  ContentRefused: again('The remote does not take what the commits of a push hold.'),
  PushRejected: ask(
    'The remote refused a push that no agent can mend: the branch is checked out there, or a right or rule stands against it.',
  ),
  BaseRewritten: ask(
    'The base branch lost commits that the work is built on; nothing that brings them back was merged.',
  ),
  LandedTreeMismatch: ask('The landed tree differs from the tested tree.'),
  GitFailed: retriedAtMost(5, 'A git command failed; its output is attached.'),
  GitUnavailable: retried('The remote could not be reached.'),
  // code host
  PullRequestClosed: ask('A person closed the pull request; no second one is opened.'),
  MergeConflict: again('A branch and its base changed the same lines; an agent resolves it.'),
  HeadInvalid: ask('The head branch of a pull request does not exist.'),
  BaseInvalid: ask('The base branch of a pull request does not exist.'),
  NoCommits: compensate('There is nothing between the base and the head.'),
  AlreadyExists: compensate('An open pull request with this head and base already exists.'),
  PullRequestNotFound: retriedAtMost(30, 'There is no pull request with this number.'),
  AccessRefused: untilMended(
    'The code host lets this credential do nothing on the repository: the credential is dead, or the repository out of its reach.',
  ),
  CodeHostRefused: untilMended(
    'The code host refused one thing: a right of the credential or a rule of the repository stands against it.',
  ),
  CodeHostUnavailable: retried(
    'The code host could not be reached, failed, or gave an answer that makes no sense.',
  ),
  RateLimited: retried('The code host asks to wait; the work goes on when its limit allows.'),
  NothingNew: retried('Nothing has happened to a watched pull request; it is looked at again.'),
  // agents and checks
  InvalidAgentResult: again('The agent answered with something that is not a result.'),
  UnknownDecision: again('The agent answered with a decision that its role does not have.'),
  AgentFailed: again('The agent program failed.'),
  AgentUnavailable: ask('An agent could not be had: a limit, an overload, or no login.'),
  TimedOut: again('Work took longer than agent_timeout or phase_timeout allows.'),
  ChecksFailed: again('A check failed on the candidate.'),
  SetupFailed: ask('A setup command failed in the fresh worktree.'),
  AttemptsUsedUp: ask('The task used up its attempts.'),
  BudgetUsedUp: ask('The project has spent its budget.'),
  BreakdownFailed: ask('The breakdown role wrote no usable tasks.'),
  // people
  Rejected: ask('People rejected the work, and nothing is left to try.'),
  NoOpenGate: stop('Nothing waits for an answer.'),
  GateMismatch: stop('The answer names another gate than the open one.'),
  StaleHead: stop('The head moved since the person looked.'),
  AlreadyDecided: stop('The gate was answered differently before.'),
  NotAnApprover: stop('The person is not among the approvers.'),
  ProjectNotFound: stop('No project or standalone task is known under this slug.'),
  ProjectClosed: stop('The project has ended.'),
  InvalidMessage: stop('A message has a missing, wrong or unknown field.'),
  NotWaiting: stop('The project is not in a state where this message makes sense.'),
  NoticeUndelivered: retried('A notice did not reach its channel; it is sent again.'),
  // the Temporal server
  NoServer: stop('No Temporal server is given, and our own does not run or could not be started.'),
  ServerUnavailable: retried('The Temporal server could not be reached.'),
  NoWorker: retried('No worker polls, so nothing can answer now.'),
  // inside
  UnknownStep: stop('A flow names a step that the registry does not have.'),
  IllegalTransition: stop('A status may not change that way.'),
  UnknownSchema: stop('Carried state has a schema number that this version does not know.'),
  NoSpace: retried('The disk is full; the work goes on when there is room.'),
  Unexpected: retriedAtMost(5, 'Something nobody foresaw; the message says what.'),
} as const satisfies Record<string, Failure>;

export type FailureCode = keyof typeof failures;

export const isRetryable = (code: FailureCode): boolean => failures[code].retryable;
/** Whether there is another try after `times` in a row that failed with this code. */
export function isTriedAgain(code: FailureCode, times: number): boolean {
  const { retryable, tries = Number.POSITIVE_INFINITY }: Failure = failures[code];
  return retryable && times < tries;
}
/** For work that waits for no person. */
export const codesToBeMended: FailureCode[] = Object.entries<Failure>(failures).flatMap(
  ([code, { mendedByPeople }]) => (mendedByPeople === true ? [code as FailureCode] : []),
);
/** Whether it is tried until it passes, however long that takes. */
export const isTriedForever = (code: FailureCode): boolean => isTriedAgain(code, Number.MAX_SAFE_INTEGER);
/** Whether what is only for show does without: it would not pass by itself, and says nothing of what else is asked for. */
export const isLeftOut = (code: FailureCode): boolean => code === 'CodeHostRefused' || !isRetryable(code);
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
