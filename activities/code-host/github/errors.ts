/**
 * The only place that reads HTTP statuses and GitHub's own words. What must stay true: every failure but a limit names the
 * repository, what was wanted, what GitHub said and what to do; no secret is in it, and no `cause` that could hold one.
 */
import type { FailureCode } from '../../../domain/failure.ts';
import { capText } from '../../../domain/text/truncate.ts';
import { escapeControls } from '../../../domain/text/escape.ts';
import { PortError } from '../../support/errors.ts';

export interface Operation {
  /** `owner/name`; for what belongs to no repository, whose it is. */
  readonly on: string;
  /** Completes "GitHub refuses to …". */
  readonly what: string;
  /** Changes something: after an answer that got lost, it may have happened. */
  readonly write: boolean;
}

/** One entry of GitHub's `errors`. */
export interface Complaint {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

/** What kind of no it was, for callers that know better what it means. */
export type Answer =
  | 'missing'
  | 'moved'
  | 'unauthorized'
  | 'refused'
  | 'not_allowed'
  | 'conflict'
  | 'invalid'
  | 'unavailable';

export class GitHubError extends PortError {
  readonly answer: Answer;
  /** GitHub's words. */
  readonly said: string;
  readonly complaints: readonly Complaint[];

  constructor(
    code: FailureCode,
    message: string,
    reply: {
      readonly answer: Answer;
      readonly said: string;
      readonly complaints?: readonly Complaint[];
      readonly retryAfterMs?: number;
    },
  ) {
    super(code, message, reply.retryAfterMs === undefined ? {} : { retryAfterMs: reply.retryAfterMs });
    this.answer = reply.answer;
    this.said = reply.said;
    this.complaints = reply.complaints ?? [];
  }
}

export const isAnswer = (error: unknown, ...answers: readonly Answer[]): error is GitHubError =>
  error instanceof GitHubError && answers.includes(error.answer);

/** A read that follows a write sees it only a moment later: a repeat that looks first has to come after that. */
export const lagMs = 3_000;

export type Redact = (text: string) => string;

/** Everything that a request, or reading its answer, can throw. */
export function toGitHubError(error: unknown, operation: Operation, redact: Redact): PortError {
  if (error instanceof PortError) return error;
  if (!isHttpError(error)) return nonsense(operation, redact(textOf(error)));
  const { response, status } = error;
  if (response === undefined) return unreachable(operation, redact(networkText(error)));
  const complaints = complaintsOf(response.data, redact);
  const said = redact(wordsOf(response.data, complaints));
  const refuse = (code: FailureCode, answer: Answer, message: string) =>
    new GitHubError(code, message, { answer, said, complaints });
  const { on, what } = operation;
  const words = said === '' ? '' : ` GitHub says: ${said}.`;
  switch (status) {
    case 401:
      return refuse(
        'CodeHostRefused',
        'unauthorized',
        `GitHub does not accept the credential with which we wanted to ${what} on ${on}.${words} It may be expired, revoked or mistyped: give the worker a new one.`,
      );
    case 404:
      return refuse(
        'RepositoryNotFound',
        'missing',
        `GitHub could not ${what} on ${on}: that does not exist, or this credential cannot see it${operation.write ? ' or may not change it' : ''}.${words} Check the name and the credential's rights.`,
      );
    case 403:
    case 410:
    case 451:
      return refuse(
        'CodeHostRefused',
        'refused',
        `GitHub refuses to ${what} on ${on}.${words}${redact(needed(response.headers))} Check the credential's rights and the repository's rules.`,
      );
    case 405:
      return refuse('CodeHostRefused', 'not_allowed', `GitHub does not allow to ${what} on ${on}.${words}`);
    case 409:
      return refuse('CodeHostRefused', 'conflict', `GitHub cannot ${what} on ${on} as things stand.${words}`);
    case 400:
    case 413:
    case 422:
      return refuse('InvalidMessage', 'invalid', `GitHub cannot ${what} on ${on}.${words}`);
    case 301:
    case 302:
    case 307:
    case 308:
      return refuse(
        'RepositoryNotFound',
        'moved',
        `GitHub sends to another address instead of letting us ${what} on ${on}: it was renamed or transferred. Name it as it is called now.`,
      );
    default:
      return unavailable(
        operation,
        `GitHub could not ${what} on ${on} (HTTP ${status}).${words}`,
        said,
        seconds(response.headers['retry-after']),
      );
  }
}

/** The answer is cut short, or not what GitHub's documentation says. */
export const nonsense = (operation: Operation, detail: string): PortError =>
  unavailable(
    operation,
    `The answer to the request to ${operation.what} on ${operation.on} makes no sense: ${short(detail, 300)}. Something between us and GitHub may have changed it.`,
    '',
  );

const unreachable = (operation: Operation, detail: string): PortError =>
  unavailable(
    operation,
    `GitHub could not be reached to ${operation.what} on ${operation.on}: ${short(detail, 300)}.`,
    '',
  );

function unavailable(operation: Operation, message: string, said: string, retryAfterMs = 0): PortError {
  const wait = Math.max(retryAfterMs, operation.write ? lagMs : 0);
  return new GitHubError('CodeHostUnavailable', message, {
    answer: 'unavailable',
    said,
    ...(wait === 0 ? {} : { retryAfterMs: wait }),
  });
}

/** GitHub shows other parts of itself what happened a moment later. */
export const lagging = (operation: Operation, what: string): PortError =>
  unavailable({ ...operation, write: true }, `${what} on ${operation.on}. It is tried again.`, '');

/** A token made a moment ago is not known everywhere yet. */
export const freshTokenRefused = (on: string): PortError =>
  lagging(
    { on, what: 'go on', write: true },
    'GitHub does not accept yet the token that it has just made for the App',
  );

/** The answer, if it is one: Octokit takes redirects for successes, and hands over as text what it could not read as JSON. */
export function whole<T extends { readonly status: number; readonly data: unknown }>(response: T): T {
  if (response.status >= 300) {
    throw Object.assign(new Error('a redirect'), { name: 'HttpError', status: response.status, response });
  }
  if (typeof response.data !== 'object' || response.data === null)
    throw new TypeError(`HTTP ${response.status} without an object of JSON`);
  return response;
}

export const isUnauthorized = (error: unknown): boolean => isHttpError(error) && error.status === 401;

/** The headers of a 304; undefined: this is something else. */
export const unchanged = (error: unknown): Readonly<Record<string, string | undefined>> | undefined =>
  isHttpError(error) && error.status === 304 ? error.response?.headers : undefined;

/** Came from reading an answer, not from GitHub or the network. */
export const isNonsense = (error: unknown): boolean => !(error instanceof PortError) && !isHttpError(error);

const defaultWaitMs = 60_000;

/** Milliseconds that GitHub asks to wait: a primary or a secondary limit. Undefined: this is something else. */
export function waitAsked(error: unknown, now: number): number | undefined {
  if (!isHttpError(error) || error.response === undefined) return undefined;
  const { status, response } = error;
  if (status !== 403 && status !== 429) return undefined;
  const { headers } = response;
  const asked = seconds(headers['retry-after']);
  if (asked !== undefined) return Math.max(asked, 1_000);
  if (headers['x-ratelimit-remaining'] === '0') {
    const reset = seconds(headers['x-ratelimit-reset']);
    // By the server's own clock; ours may be wrong.
    const serverNow = Date.parse(headers['date'] ?? '') || now;
    return reset === undefined ? defaultWaitMs : Math.max(reset - serverNow, 0) + 1_000;
  }
  const limited = status === 429 || /secondary rate limit|abuse detection/i.test(wordsOf(response.data, []));
  return limited ? defaultWaitMs : undefined;
}

// ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

interface HttpError extends Error {
  readonly status: number;
  readonly response?: {
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly data: unknown;
  };
}

/** Not by `instanceof`: Node's own errors come from another realm in some test runners. */
const isErrorLike = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && 'message' in value && 'name' in value;

const isHttpError = (error: unknown): error is HttpError =>
  isErrorLike(error) && error.name === 'HttpError' && 'status' in error;

function wordsOf(data: unknown, complaints: readonly Complaint[]): string {
  if (typeof data === 'string') {
    const text = data.trim();
    return /^<(!doctype|html|\?xml)/i.test(text) ? 'a page of HTML, no answer of its API' : short(text);
  }
  const message = field(data, 'message');
  const details = complaints
    .map(({ field: name, code, message: text }) => text || `${name || 'something'} is ${code}`)
    .filter((text) => text !== message);
  return short([message, ...details].filter((text) => text !== '').join('; '));
}

function complaintsOf(data: unknown, redact: Redact): readonly Complaint[] {
  const errors = typeof data === 'object' && data !== null && 'errors' in data ? data.errors : [];
  const list: readonly unknown[] = Array.isArray(errors) ? errors : [errors];
  return list.slice(0, 20).map((entry) =>
    typeof entry === 'string'
      ? { field: '', code: '', message: redact(entry) }
      : {
          field: field(entry, 'field'),
          code: field(entry, 'code'),
          message: redact(field(entry, 'message')),
        },
  );
}

function field(value: unknown, name: string): string {
  const found = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === 'string' ? found : '';
}

const short = (text: string, length = 1_000): string =>
  capText(escapeControls(text.trim()), length).replaceAll(/\s+/g, ' ').replace(/\.$/, '');

/** The permissions that would have been enough, which GitHub names in a header. */
function needed(headers: Readonly<Record<string, string | undefined>>): string {
  const permissions = headers['x-accepted-github-permissions'] ?? '';
  return permissions === '' ? '' : ` It needs the permissions ${short(permissions)}.`;
}

const seconds = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,12}$/.test(header) ? Number(header) * 1_000 : undefined;

const textOf = (error: unknown): string => (isErrorLike(error) ? error.message : String(error));

function networkText(error: HttpError): string {
  const inner = isErrorLike(error.cause) ? error.cause : error;
  if (inner.name === 'TimeoutError') return 'it did not answer in time';
  const reason = isErrorLike(inner.cause) ? inner.cause : inner;
  const code = field(reason, 'code');
  return code === '' || reason.message.includes(code) ? reason.message : `${reason.message} (${code})`;
}
