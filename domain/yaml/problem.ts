/** A problem in something people wrote: where it is and what to do about it. */
import { escapeControls } from '../text/escape.ts';
import { firstOf } from '../text/truncate.ts';

export type ProblemPath = readonly (string | number)[];

export interface Problem {
  /** Null when the input was not a file (JSON given to Temporal directly). */
  readonly file: string | null;
  /** Counts from 1; null when there is no file. */
  readonly line: number | null;
  /** Counts from 1; null when there is no file. */
  readonly column: number | null;
  /** For example `phases[0].tasks[2].title`; empty: the whole. */
  readonly path: string;
  /** A sentence: what is wrong and what to write instead. */
  readonly message: string;
}

/** What a rule found, before anyone looked up where that is. `onKey`: the key itself is wrong, not its value. */
export interface Finding {
  readonly path: ProblemPath;
  readonly message: string;
  readonly onKey?: boolean;
}

export function pathText(path: ProblemPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? escapeControls(part) : `.${escapeControls(part)}`;
  }
  return text;
}

/** One line, as compilers write it: `file:line:column: path: message`. */
export function problemLine(problem: Problem): string {
  const where =
    problem.file === null
      ? ''
      : problem.line === null
        ? `${problem.file}: `
        : `${problem.file}:${problem.line}:${problem.column ?? 1}: `;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  return escapeControls(`${where}${path}${problem.message}`);
}

const shown = 100;

/** The error text that lists every problem, one per line. */
export const problemsText = (heading: string, lines: readonly string[]): string =>
  [heading, ...firstOf(lines, shown).map((line) => `  ${line}`)].join('\n');

/** The word that was probably meant, as the end of a sentence; empty if none is close. */
export function didYouMean(word: string, known: readonly string[]): string {
  const lower = word.toLowerCase().replaceAll('-', '_');
  const [best] = known
    .map((candidate) => ({
      candidate,
      distance: editDistance(lower, candidate.toLowerCase().replaceAll('-', '_')),
    }))
    .filter(
      ({ candidate, distance }) =>
        distance < candidate.length && distance <= Math.max(1, Math.floor(candidate.length / 3)),
    )
    .sort((a, b) => a.distance - b.distance);
  return best === undefined ? '' : ` Did you mean '${best.candidate}'?`;
}

function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 8) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
