/** What is in an answer, or in an error that came instead of one: statuses, headers and GitHub's words, as text for people. */
import { capText } from '../../../domain/text/truncate.ts';
import { escapeControls } from '../../../domain/text/escape.ts';

/** One entry of GitHub's `errors`. */
export interface Complaint {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

export type Redact = (text: string) => string;

export type Headers = Readonly<Record<string, string | undefined>>;

export interface HttpError extends Error {
  readonly status: number;
  readonly response?: {
    readonly headers: Headers;
    readonly data: unknown;
  };
}

/** Not by `instanceof`: Node's own errors come from another realm in some test runners. */
const isErrorLike = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && 'message' in value && 'name' in value;

export const isHttpError = (error: unknown): error is HttpError =>
  isErrorLike(error) && error.name === 'HttpError' && 'status' in error;

export function wordsOf(data: unknown, complaints: readonly Complaint[]): string {
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

export const short = (text: string, length = 1_000): string =>
  capText(escapeControls(text.trim()), length).replaceAll(/\s+/g, ' ').replace(/\.$/, '');

/** The permissions that would have been enough, which GitHub names in a header. */
export function needed(headers: Headers): string {
  const permissions = headers['x-accepted-github-permissions'] ?? '';
  return permissions === '' ? '' : ` It needs the permissions ${short(permissions)}.`;
}

/** `required; url=https://…`: the page on which a person lets the credential through. */
export function linkOf(header: string | undefined): string | undefined {
  const url = /url=([^;,\s]+)/.exec(header ?? '')?.[1];
  return url !== undefined && /^https:\/\/[\w.-]+(?::\d+)?\/[\x21-\x7e]*$/.test(url) ? url : undefined;
}

export const seconds = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,12}$/.test(header) ? Number(header) * 1_000 : undefined;

export const textOf = (error: unknown): string => (isErrorLike(error) ? error.message : String(error));

export function networkText(error: HttpError): string {
  const inner = isErrorLike(error.cause) ? error.cause : error;
  if (inner.name === 'TimeoutError') return 'it did not answer in time';
  const reason = isErrorLike(inner.cause) ? inner.cause : inner;
  const code = field(reason, 'code');
  return code === '' || reason.message.includes(code) ? reason.message : `${reason.message} (${code})`;
}
