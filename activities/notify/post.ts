/**
 * One POST to a service that carries notices. What must stay true: nothing that fetch or the other side says gets into an
 * error unread, because addresses and headers hold tokens; and a redirect is never followed with them.
 */
import { escapeControls } from '../../domain/text/escape.ts';
import { PortError } from '../support/errors.ts';
import type { Redactor } from '../support/redact.ts';
import { NoticeRefused, undelivered } from './errors.ts';
import { fit } from './notice-text.ts';

export interface PostRequest {
  /** Who is asked, as sentences call it: 'Slack'. */
  readonly who: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For connecting, the answer and its body together. */
  readonly timeoutMs: number | undefined;
}

export interface Answer {
  readonly who: string;
  readonly status: number;
  /** What `Retry-After` asks for. */
  readonly retryAfterMs: number | undefined;
  /** The first 64 KiB of what the other side says; not yet redacted. */
  readonly text: string;
}

const usualTimeoutMs = 10_000;
const maxAnswerBytes = 64 * 1024;
const maxSaid = 300;

/** Any answer but a redirect is returned. Fails with `NoticeUndelivered` when none came: the notice may have arrived all the same. */
export async function post(request: PostRequest): Promise<Answer> {
  const { who, url, headers, body, timeoutMs = usualTimeoutMs } = request;
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Phasewright', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw unanswered(who, timeoutMs, error);
  }
  const text = await readCapped(response);
  const { status } = response;
  if (status >= 300 && status < 400)
    throw new NoticeRefused(
      `${who} answered ${status}, a redirect, and redirects are not followed. Give the address it leads to`,
    );
  return {
    who,
    status,
    text,
    retryAfterMs: parseRetryAfter(response.headers.get('retry-after'), Date.now()),
  };
}

export const succeeded = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** The error for an answer that is no success: overloads and limits pass, other refusals don't. */
export function failureOf(answer: Answer, sentence: string, retryAfterMs = answer.retryAfterMs): Error {
  const passes = answer.status === 408 || answer.status === 429 || answer.status >= 500;
  return passes ? undelivered(sentence, retryAfterMs) : new NoticeRefused(sentence);
}

/** The other side's own words, fit for a log: without secrets or control characters, and short. */
export function said(text: unknown, redactor: Redactor): string {
  if (typeof text !== 'string') return '';
  return fit(escapeControls(redactor.text(text)).trim(), maxSaid);
}

/** An object of JSON; undefined: something else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds as some APIs put them into their answers. */
export const secondsToMs = (seconds: unknown): number | undefined =>
  typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0
    ? Math.ceil(seconds * 1_000)
    : undefined;

/** RFC 9110, 10.2.3: seconds or a date. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return secondsToMs(Number(text));
  // `Date.parse` alone would make a date of almost anything.
  if (!/^[A-Z][a-z]{2}, .* GMT$/.test(text)) return undefined;
  return secondsToMs(Math.max(0, Date.parse(text) - now) / 1_000);
}

/** The token without the line end of its file; `InvalidConfig` if it can't be one. The value is never shown. */
export function checkedToken(variable: string, token: string, form = /^[\x21-\x7e]+$/): string {
  const trimmed = token.trim();
  if (form.test(trimmed)) return trimmed;
  throw new PortError(
    'InvalidConfig',
    `${variable} does not hold a token of the expected form: blanks or other characters are in it. Copy it again.`,
  );
}

export const withoutSlash = (baseUrl: string): string => baseUrl.replace(/\/+$/, '');

/** By the code alone: fetch's messages quote the address or a header, and with it the token. */
function unanswered(who: string, timeoutMs: number, error: unknown): Error {
  if (nameOf(error) === 'TimeoutError')
    return undelivered(
      `${who} did not answer within ${timeoutMs / 1_000} s; it may have arrived all the same`,
    );
  const code = codeOf(error);
  return undelivered(`${who} could not be reached${code === undefined ? '' : ` (${code})`}`);
}

const nameOf = (error: unknown): unknown => property(error, 'name');

function codeOf(error: unknown): string | undefined {
  const cause = property(error, 'cause');
  // Both families of addresses were tried.
  const [first] = (property(cause, 'errors') ?? []) as readonly unknown[];
  const code = property(cause, 'code') ?? property(first, 'code');
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
}

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** What has come when the connection breaks is kept: the status has been said already. */
async function readCapped(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of response.body ?? []) {
      parts.push(part);
      size += part.length;
      if (size >= maxAnswerBytes) break;
    }
  } catch {
    // A body that is cut short or too slow says less; a success it stays.
  }
  return Buffer.concat(parts).subarray(0, maxAnswerBytes).toString('utf8');
}
