/** Text made small, never in the middle of a character. Lengths are UTF-16 units, as everywhere in JavaScript. */
import { escapeControls } from './escape.ts';

/** The longest beginning of at most `maxLength` that ends with a whole character. */
export function wholeCharacters(text: string, maxLength: number): string {
  const end = Math.max(0, maxLength);
  return text.slice(0, /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end);
}

/** At most `maxLength`, the dots at the end of what was cut included. */
export const shorten = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${wholeCharacters(text, maxLength - 1).trimEnd()}…`;

/** At most `maxLength` of the text, and a line that says how much was cut. */
export function capText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const kept = wholeCharacters(text, maxLength);
  return `${kept}\n[cut here: ${text.length - kept.length} more characters]`;
}

/** The first of many, and how many more there are. */
export const firstOf = (items: readonly string[], shown: number): readonly string[] =>
  items.length <= shown ? items : [...items.slice(0, shown), `… and ${items.length - shown} more`];

/** For Temporal's one-line summaries: nothing that controls a terminal. */
export const summaryLine = (text: string): string => wholeCharacters(escapeControls(text), 60);
