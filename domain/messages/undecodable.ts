/**
 * What stands in for input that could not be read (bytes that are no JSON, an encoding nobody knows). Whoever judges the
 * input refuses it by this reason; without a stand-in one such signal would fail its workflow's task for ever.
 */
const KEY = 'phasewright:undecodable';

export interface Undecodable {
  /** One sentence's worth: what is wrong with the bytes. */
  readonly [KEY]: string;
}

export const undecodable = (reason: string): Undecodable => ({ [KEY]: reason });

/** Why this could not be read; undefined: it could. */
export function undecodableReason(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, KEY)) return undefined;
  const reason = (value as Readonly<Record<string, unknown>>)[KEY];
  return typeof reason === 'string' ? reason : 'no reason given';
}
