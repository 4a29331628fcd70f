/**
 * The only place that reads HTTP statuses and Gitea's own words. What must stay true: every failure but a limit names the repository,
 * what was wanted, what Gitea said and what to do; no secret is in it, and no `cause` that could hold one.
 */
import type { FailureCode } from '../../../domain/failure.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { WaitAsked } from '../rate-limits.ts';
import { type Answer, HostRefusal, type Operation, type Refused } from '../refusal.ts';
import { isErrorLike, networkCode, networkText, plainWords, type Redact, seconds, short } from '../wire.ts';
import type { Reply } from './transport.ts';

export class GiteaError extends HostRefusal {
  /** Of `moved`: what the repository is called now. */
  readonly movedTo: RepositoryRef | undefined;

  constructor(
    code: FailureCode,
    message: string,
    reply: Refused & {
      readonly movedTo?: RepositoryRef | undefined;
    },
  ) {
    super(code, message, reply);
    this.movedTo = reply.movedTo;
  }
}

export const isAnswer = (error: unknown, ...answers: readonly Answer[]): error is GiteaError =>
  error instanceof GiteaError && answers.includes(error.answer);

/** A repeat that looks first has to come after what a write may still be doing. */
const lagMs = 3_000;

const scopes = 'write:repository, write:issue and read:user';
const goesOn = 'the work then goes on by itself';

/** Of an answer that is none of what was asked for. */
export function refusal(reply: Reply, operation: Operation, redact: Redact): GiteaError {
  const { on, what, write } = operation;
  const said = redact(wordsOf(reply.text));
  const words = said === '' ? '' : ` Gitea says: ${said}.`;
  const refuse = (code: FailureCode, answer: Answer, message: string) =>
    new GiteaError(code, message, { answer, said });
  switch (reply.status) {
    case 401:
      return refuse(
        'AccessRefused',
        'lost',
        `Gitea does not accept the token with which we wanted to ${what} on ${on}.${words} It is removed or mistyped: give the worker a new one (PHASEWRIGHT_GITEA_TOKEN) and start it again; ${goesOn}.`,
      );
    case 403:
      return forbidden(operation, said, words);
    case 404:
      return refuse(
        'AccessRefused',
        'missing',
        `Gitea could not ${what} on ${on}: that does not exist, or this token cannot see it${write ? ' or may not change it' : ''}.${words} Check the name and the token's rights.`,
      );
    case 405:
      return refuse('CodeHostRefused', 'not_allowed', `Gitea does not allow to ${what} on ${on}.${words}`);
    case 409:
    case 412:
      return refuse('CodeHostRefused', 'conflict', `Gitea cannot ${what} on ${on} as things stand.${words}`);
    case 400:
    case 413:
    case 422:
      return refuse('InvalidMessage', 'invalid', `Gitea cannot ${what} on ${on}.${words}`);
    case 423:
      return refuse(
        'CodeHostRefused',
        'refused',
        `Gitea refuses to ${what} on ${on}: the repository is archived.${words} Unarchive it in its settings; ${goesOn}.`,
      );
    case 301:
    case 302:
    case 307:
    case 308:
      return new GiteaError(
        'AccessRefused',
        `Gitea sends to another address instead of letting us ${what} on ${on}: set PHASEWRIGHT_GITEA_URL to Gitea's own address; ${goesOn}.`,
        { answer: 'moved', said, movedTo: repositoryIn(reply.header('location')) },
      );
    default:
      return unavailable(
        operation,
        `Gitea could not ${what} on ${on} (HTTP ${reply.status}).${words}`,
        said,
        seconds(reply.header('retry-after')),
      );
  }
}

function forbidden({ on, what }: Operation, said: string, words: string): GiteaError {
  const refused = `Gitea refuses to ${what} on ${on}.${words}`;
  if (/\bscope/i.test(said))
    return new GiteaError(
      'CodeHostRefused',
      `${refused} Give the worker a token with the scopes ${scopes} (PHASEWRIGHT_GITEA_TOKEN) and start it again; ${goesOn}.`,
      { answer: 'refused', said },
    );
  if (/disabled|prohibit|not activated|change (your|the) password|sign.?in/i.test(said))
    return new GiteaError(
      'AccessRefused',
      `${refused} Mend the account of this token, or give the worker another token; ${goesOn}.`,
      { answer: 'lost', said },
    );
  return new GiteaError(
    'CodeHostRefused',
    `${refused} Check the token's account among the repository's collaborators or teams, and the repository's rules.`,
    { answer: 'refused', said },
  );
}

/** Where Gitea sends to from a name that a repository or its owner had: `/api/v1/repos/acme/shop/pulls`. */
function repositoryIn(location: string | undefined): RepositoryRef | undefined {
  const [, owner, name] = /\/api\/v1\/repos\/([\w.-]+)\/([\w.-]+)(?:[/?]|$)/.exec(location ?? '') ?? [];
  return owner === undefined || name === undefined ? undefined : { kind: 'hosted', owner, name };
}

/** The answer is not what Gitea's API gives. */
export const nonsense = (operation: Operation, detail: string): GiteaError =>
  unavailable(
    operation,
    `The answer to the request to ${operation.what} on ${operation.on} makes no sense: ${short(detail, 300)}. Something between us and Gitea may have changed it, or PHASEWRIGHT_GITEA_URL is not Gitea's own address.`,
    '',
  );

export function unreachable(operation: Operation, error: unknown, redact: Redact): GiteaError {
  const detail = isErrorLike(error) ? networkText(error) : String(error);
  const untrusted = isErrorLike(error) && /CERT|SIGNATURE|SIGNED/.test(networkCode(error) ?? '');
  const way = untrusted
    ? ' If the certificate is of an authority of your own, name its file to the worker in NODE_EXTRA_CA_CERTS, and to git in GIT_SSL_CAINFO.'
    : '';
  return unavailable(
    operation,
    `Gitea could not be reached to ${operation.what} on ${operation.on}: ${short(redact(detail), 300)}.${way}`,
    '',
  );
}

function unavailable(operation: Operation, message: string, said: string, retryAfterMs = 0): GiteaError {
  const wait = Math.max(retryAfterMs, operation.write ? lagMs : 0);
  return new GiteaError('CodeHostUnavailable', message, {
    answer: 'unavailable',
    said,
    ...(wait === 0 ? {} : { retryAfterMs: wait }),
  });
}

/** Gitea's queues are still at it. */
export const lagging = (operation: Operation, what: string): GiteaError =>
  unavailable({ ...operation, write: true }, `${what} on ${operation.on}. It is tried again.`, '');

/** The repository is seen, this isn't: it may have been made a moment ago, or it is hidden from who may not change it. */
export function missingOnSeen({ on, what, write }: Operation, said: string): GiteaError {
  const text = `Gitea could not ${what} on ${on}: it shows the repository, but not this (it says: ${said}).`;
  const reply = { answer: 'missing', said } as const;
  return write
    ? new GiteaError('CodeHostRefused', `${text} If it lasts, check the token's rights.`, reply)
    : new GiteaError('CodeHostUnavailable', `${text} It is asked again.`, reply);
}

export const outOfReach = (on: string, said: string): GiteaError =>
  new GiteaError(
    'AccessRefused',
    `Gitea shows no repository ${on} to this token (it says: ${said}). If it still exists, add the token's account to its collaborators or teams, or give the worker another token; ${goesOn}.`,
    { answer: 'missing', said },
  );

/** Gitea has no limits of its own; a proxy before it may. */
export function waitAsked(reply: unknown): WaitAsked {
  const { status, header } = reply as Reply;
  if (status !== 429) return undefined;
  const asked = seconds(header('retry-after'));
  return asked === undefined ? 'unsaid' : Math.max(asked, 1_000);
}

function wordsOf(body: string): string {
  try {
    const { message, errors } = JSON.parse(body) as { readonly message?: unknown; readonly errors?: unknown };
    const details: readonly unknown[] = Array.isArray(errors) ? errors : [];
    return short([message, ...details].filter((part) => typeof part === 'string' && part !== '').join('; '));
  } catch {
    return plainWords(body);
  }
}
