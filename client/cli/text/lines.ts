/** Pieces of text that several views share. Pure; colours are handed in. */
import pc from 'picocolors';
import { escapeControls } from '../../../domain/text/escape.ts';

export type Style = ReturnType<typeof pc.createColors>;
export const plain: Style = pc.createColors(false);
export const coloured = (colour: boolean): Style => pc.createColors(colour);

/** One line: control characters shown, long text cut. */
export function oneLine(text: string, max = 200): string {
  const line = escapeControls(text);
  return Array.from(line).length <= max
    ? line
    : `${Array.from(line)
        .slice(0, max - 1)
        .join('')}…`;
}

/** Several lines, control characters but line feeds shown. */
export const manyLines = (text: string): string => escapeControls(text, { newlines: 'keep' });

export const short = (sha: string): string => sha.slice(0, 10);

/** `██████░░░░` */
export function bar(done: number, total: number, width = 10): string {
  const filled = total === 0 ? 0 : Math.min(width, Math.round((done / total) * width));
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Columns that a terminal takes for it, colours apart. */
export function widthOf(text: string): number {
  const bare = text.replace(/\u001b\[[0-9;]*m/g, '');
  return Array.from(bare).reduce(
    (sum, character) => sum + (/\p{Mn}|\u200d|\ufe0f/u.test(character) ? 0 : wide.test(character) ? 2 : 1),
    0,
  );
}

/** The line in pieces of at most `columns`, broken at spaces; what goes on is indented. A longer word stays whole, for copying. */
export function fold(line: string, columns: number): readonly string[] {
  const indent = `${/^ */.exec(line)?.[0] ?? ''}  `;
  const pieces = [''];
  for (const part of line.split(/(?<= )(?=[^ ])/)) {
    const last = pieces.at(-1) ?? '';
    if (last.trim() !== '' && widthOf((last + part).trimEnd()) > columns) pieces.push(indent + part);
    else pieces[pieces.length - 1] = last + part;
  }
  return pieces.map((piece) => piece.trimEnd());
}

/** Columns as wide as their widest cell, two spaces apart; no spaces at line ends. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  return rows.map((row) =>
    row
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** `3m ago`, `in 2h`, to the two largest units. */
export function relative(at: number, now: number): string {
  const apart = Math.abs(now - at);
  const words = span(apart);
  return words === '0s' ? 'now' : at <= now ? `${words} ago` : `in ${words}`;
}

export function span(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return hours === 0 ? `${days}d` : `${days}d${hours}h`;
  if (hours > 0) return minutes === 0 ? `${hours}h` : `${hours}h${minutes}m`;
  return minutes > 0 ? `${minutes}m` : `${seconds}s`;
}

/** `1st`, `2nd`, `3rd`, `4th`, `11th` */
export function ordinal(number: number): string {
  const ending = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' };
  return `${number}${ending[ordinals.select(number)]}`;
}
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
