/** What came over a network, as text for people. */
import { capText } from '../../domain/text/truncate.ts';
import { escapeControls } from '../../domain/text/escape.ts';

export type Redact = (text: string) => string;

export const short = (text: string, length = 1_000): string =>
  capText(escapeControls(text.trim()), length).replaceAll(/\s+/g, ' ').replace(/\.$/, '');

/** Of a header, in milliseconds. */
export const seconds = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,12}$/.test(header) ? Number(header) * 1_000 : undefined;

/** A text of a host's own, or of something before it. */
export function plainWords(text: string): string {
  const trimmed = text.trim();
  return /^<(!doctype|html|\?xml)/i.test(trimmed) ? 'a page of HTML, no answer of its API' : short(trimmed);
}

/** Not by `instanceof`: Node's own errors come from another realm in some test runners. */
export const isErrorLike = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && 'message' in value && 'name' in value;

export const textOf = (error: unknown): string => (isErrorLike(error) ? error.message : String(error));

/** Why `fetch` came back without an answer: what is behind its "fetch failed". */
export function networkText(error: Error): string {
  if (error.name === 'TimeoutError') return 'it did not answer in time';
  const reason = isErrorLike(error.cause) ? error.cause : error;
  const code = networkCode(error) ?? '';
  return code === '' || reason.message.includes(code) ? reason.message : `${reason.message} (${code})`;
}

/** `ECONNREFUSED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, …; undefined: it has none. */
export function networkCode(error: Error): string | undefined {
  const reason = isErrorLike(error.cause) ? error.cause : error;
  return 'code' in reason && typeof reason.code === 'string' ? reason.code : undefined;
}
