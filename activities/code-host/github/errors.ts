/**
 * What HTTP statuses and GitHub's own words mean; `reading.ts` takes them out of an answer. What must stay true: every failure but a
 * limit names the repository, what was wanted, what GitHub said and what to do; no secret is in it, and no `cause` that could hold one.
 */
import type { FailureCode } from '../../../domain/failure.ts';
import { PortError } from '../../support/errors.ts';
import { type Answer, HostRefusal, type Operation, type Refused } from '../refusal.ts';
import { type Redact, seconds, short, textOf } from '../wire.ts';
import {
  type Complaint,
  complaintsOf,
  type Headers,
  isHttpError,
  linkOf,
  needed,
  networkText,
  repositoryOf,
  wordsOf,
} from './reading.ts';

export class GitHubError extends HostRefusal {
  readonly complaints: readonly Complaint[];
  /** Of `moved`: what keeps its number under any name. */
  readonly repositoryId: number | undefined;

  constructor(
    code: FailureCode,
    message: string,
    reply: Refused & {
      readonly complaints?: readonly Complaint[];
      readonly repositoryId?: number | undefined;
    },
  ) {
    super(code, message, reply);
    this.complaints = reply.complaints ?? [];
    this.repositoryId = reply.repositoryId;
  }
}

export const isAnswer = (error: unknown, ...answers: readonly Answer[]): error is GitHubError =>
  error instanceof GitHubError && answers.includes(error.answer);

/** A read that follows a write sees it only a moment later: a repeat that looks first has to come after that. */
export const lagMs = 3_000;

/** Everything that a request, or reading its answer, can throw. */
export function toGitHubError(error: unknown, operation: Operation, redact: Redact): PortError {
  if (error instanceof PortError) return error;
  if (!isHttpError(error)) return nonsense(operation, redact(textOf(error)));
  const { response, status } = error;
  if (response === undefined) return unreachable(operation, redact(networkText(error)));
  const complaints = complaintsOf(response.data, redact);
  const said = redact(wordsOf(response.data, complaints));
  const { headers } = response;
  const refuse = (code: FailureCode, answer: Answer, message: string) =>
    new GitHubError(code, message, { answer, said, complaints });
  const lost = (message: string) => refuse('AccessRefused', 'lost', message);
  const { on, what } = operation;
  const words = said === '' ? '' : ` GitHub says: ${said}.`;
  switch (status) {
    case 401:
      return lost(
        `GitHub does not accept the worker's credential${said === '' ? '' : ` (it says: ${said})`}: it is expired, revoked or mistyped. Give the worker a new one (PHASEWRIGHT_GITHUB_TOKEN, or the App's key) and start it again; the work then goes on by itself. It was to ${what} on ${on}.`,
      );
    case 404:
      return refuse(
        'AccessRefused',
        'missing',
        `GitHub could not ${what} on ${on}: that does not exist, or this credential cannot see it${operation.write ? ' or may not change it' : ''}.${words} Check the name and the credential's rights.`,
      );
    case 403:
    case 410:
    case 451: {
      const link = redact(linkOf(headers['x-github-sso']) ?? '');
      if (link !== '')
        return lost(
          `GitHub refuses to ${what} on ${on} until this credential is let through single sign-on: open ${link} as whose it is. The work then goes on by itself.${words}`,
        );
      const refused = `GitHub refuses to ${what} on ${on}.${words}${redact(needed(headers))}`;
      if (isLost.test(said))
        return lost(
          `${refused} Do as it says, or give the worker another credential; the work then goes on by itself.`,
        );
      return refuse(
        'CodeHostRefused',
        'refused',
        `${refused} Check the credential's rights and the repository's rules.`,
      );
    }
    case 405:
      return refuse('CodeHostRefused', 'not_allowed', `GitHub does not allow to ${what} on ${on}.${words}`);
    case 409:
      return refuse('CodeHostRefused', 'conflict', `GitHub cannot ${what} on ${on} as things stand.${words}`);
    case 400:
    case 413:
    case 422:
      if (notYetKnown.test(said))
        return lagging(operation, `GitHub does not know yet what is needed to ${what} (it says: ${said})`);
      return refuse('InvalidMessage', 'invalid', `GitHub cannot ${what} on ${on}.${words}`);
    case 301:
    case 302:
    case 307:
    case 308:
      return new GitHubError(
        'AccessRefused',
        `${on} was renamed or transferred, and GitHub sends on to where this credential does not lead. Give the credential access to it there, or give it its old name back; the work then goes on by itself. It was to ${what}.`,
        { answer: 'moved', said, repositoryId: repositoryOf(headers.location) },
      );
    default:
      return unavailable(
        operation,
        `GitHub could not ${what} on ${on} (HTTP ${status}).${words}`,
        said,
        seconds(headers['retry-after']),
      );
  }
}

/** What was pushed or made a moment ago is not everywhere at once. */
const notYetKnown = /could not resolve to a node|no commit found/i;

/** Not a right that is missing for one thing: nothing goes. */
const isLost = /\bSAML\b|suspended|IP allow list|forbids access|access restrictions|access blocked/i;

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

/** What is not shown on a repository that is: it may have been made a moment ago, or it is hidden from who may not change it. */
export function missingOnSeen({ on, what, write }: Operation, said: string): GitHubError {
  const code = write ? 'CodeHostRefused' : 'CodeHostUnavailable';
  const reply = { answer: 'missing', said } as const;
  const text = `GitHub could not ${what} on ${on}: it shows the repository, but not this (it says: ${said}).`;
  return write
    ? new GitHubError(
        code,
        `${text} It may need a moment; if it lasts, check the credential's rights.`,
        reply,
      )
    : new GitHubError(code, `${text} It is asked again.`, reply);
}

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
export const unchanged = (error: unknown): Headers | undefined =>
  isHttpError(error) && error.status === 304 ? error.response?.headers : undefined;

/** Where a redirect leads; undefined: this is something else. */
export const redirectedTo = (error: unknown): string | undefined =>
  isHttpError(error) && error.status >= 300 && error.status < 400
    ? error.response?.headers['location']
    : undefined;

/** Came from reading an answer, not from GitHub or the network. */
export const isNonsense = (error: unknown): boolean => !(error instanceof PortError) && !isHttpError(error);
