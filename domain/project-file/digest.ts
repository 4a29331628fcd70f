/** Tells a changed project file from the same one: the memo of a running project holds this digest. */
import { textDigest } from '../text/hash.ts';

/** The same digest for the same JSON, whatever the order of its keys. */
export const specDigest = (input: unknown): string => textDigest(stableJson(input));

/** JSON with sorted keys; fields that are undefined count as absent. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => stableJson(item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${stableJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
