/**
 * Text from elsewhere inside our Markdown, in Temporal's Web UI and on a code host: shown as it is, so it can neither end our
 * sections nor look like our hidden markers. Only what needs an escape gets one, so the source reads well too.
 */
import { escapeControls } from './escape.ts';
import { withoutReferences, withoutReferencesInMarkdown } from './references.ts';
import { shorten, wholeCharacters } from './truncate.ts';

const oneLine = (text: string, maxLength: number): string => shorten(escapeControls(text.trim()), maxLength);

/** One line in running text: no tag, link, code or emphasis. */
export const prose = (text: string, maxLength = 1_000): string =>
  oneLine(text, maxLength)
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '\\\\')
    .replace(/[`*|~[\]]|&(?=[#\w])|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&')
    // An entity and not a backslash: raw, nothing of it looks like a comment.
    .replaceAll('<', '&lt;');

/** Prose for a code host: it mentions nobody and refers to nothing. */
export const silentProse = (text: string): string => prose(withoutReferences(text));

/** A block of its own, for a code host: whatever it opens (a fence, a tag) ends with the quotation, and it refers to nothing. */
export const quote = (text: string): string =>
  withoutReferencesInMarkdown(escapeControls(text.trim(), { newlines: 'keep' }))
    .replaceAll('<', '&lt;')
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');

/** One line as code. */
export function codeSpan(text: string, maxLength = 1_000): string {
  const line = noComment(oneLine(text, maxLength)) || ' ';
  const ticks = '`'.repeat(longestTicks(line) + 1);
  const space = ticks.length > 1 ? ' ' : '';
  return `${ticks}${space}${line}${space}${ticks}`;
}

export function codeBlock(language: string, ...lines: readonly string[]): string {
  const text = noComment(lines.join('\n'));
  const ticks = '`'.repeat(Math.max(3, longestTicks(text) + 1));
  return `${ticks}${language}\n${text}\n${ticks}`;
}

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  // In a table a bar ends the cell, in code too.
  const cell = (each: string): string => each.replace(/(?<!\\)\|/g, '\\|');
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(headings), line(headings.map(() => ':--')), ...rows.map(line)].join('\n');
}

/** At most `maxLength`, the note about the cut included. */
export function cutWithNote(markdown: string, maxLength: number): string {
  if (markdown.length <= maxLength) return markdown;
  const note = (left: number): string => `\n\n*[cut here: ${left} more characters]*`;
  const kept = wholeCharacters(markdown, maxLength - note(markdown.length).length);
  return wholeCharacters(`${kept}${note(markdown.length - kept.length)}`, maxLength);
}

/** In code no entity is understood, so a comment's start is taken apart. */
const noComment = (text: string): string => text.replaceAll('<!--', '<!- -');

const longestTicks = (text: string): number =>
  Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
