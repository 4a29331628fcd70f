/** What is in an answer, or in an error that came instead of one: statuses, headers and GitHub's words, as text for people. */
import { isErrorLike, networkText as networkReason, plainWords, type Redact, short } from '../wire.ts';

/** One entry of GitHub's `errors`. */
export interface Complaint {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

export type Headers = Readonly<Record<string, string | undefined>>;

export interface HttpError extends Error {
  readonly status: number;
  readonly response?: {
    readonly headers: Headers;
    readonly data: unknown;
  };
}

export const isHttpError = (error: unknown): error is HttpError =>
  isErrorLike(error) && error.name === 'HttpError' && 'status' in error;

export function wordsOf(data: unknown, complaints: readonly Complaint[]): string {
  if (typeof data === 'string') return plainWords(data);
  const message = field(data, 'message');
  const details = complaints
    .map(({ field: name, code, message: text }) => text || `${name || 'something'} is ${code}`)
    .filter((text) => text !== message);
  return short([message, ...details].filter((text) => text !== '').join('; '));
}

export function complaintsOf(data: unknown, redact: Redact): readonly Complaint[] {
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

/** The permissions that would have been enough, which GitHub names in a header. */
export function needed(headers: Headers): string {
  const permissions = headers['x-accepted-github-permissions'] ?? '';
  return permissions === '' ? '' : ` It needs the permissions ${short(permissions)}.`;
}

/** Where GitHub sends to from a name that a repository had: `https://api.github.com/repositories/1296269/pulls`. */
export function repositoryOf(location: string | undefined): number | undefined {
  const id = /\/repositories\/(\d{1,15})(?:[/?]|$)/.exec(location ?? '')?.[1];
  return id === undefined ? undefined : Number(id);
}

/** `required; url=https://…`: the page on which a person lets the credential through. */
export function linkOf(header: string | undefined): string | undefined {
  const url = /url=([^;,\s]+)/.exec(header ?? '')?.[1];
  return url !== undefined && /^https:\/\/[\w.-]+(?::\d+)?\/[\x21-\x7e]*$/.test(url) ? url : undefined;
}

export function networkText(error: HttpError): string {
  return networkReason(isErrorLike(error.cause) ? error.cause : error);
}
