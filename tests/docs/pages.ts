/** The pages that are written for people, and what can be read out of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export interface Page {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

export const page = (path: string): Page => ({ path, text: readFileSync(join(root, path), 'utf8') });

export const pages: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].map(page);

export interface Block {
  readonly path: string;
  /** What stands behind the three backticks, e.g. `sh phasewright`. */
  readonly kind: string;
  readonly lines: readonly string[];
}

export const blocks: readonly Block[] = pages.flatMap(({ path, text }) =>
  [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, kind = '', body = '']) => ({
    path,
    kind,
    lines: body.split('\n').filter((line) => line.trim() !== ''),
  })),
);

export const blocksOf = (kind: string): readonly Block[] => blocks.filter((block) => block.kind === kind);

/** The rows of the first table with these headings: one list of cells per row, without backticks around a whole cell. */
export function table(of: Page, ...headings: readonly string[]): readonly (readonly string[])[] {
  const [first] = tablesOf(of, headings);
  if (first === undefined)
    throw new Error(`${of.path} has no table with the headings ${headings.join(', ')}.`);
  return first;
}

/** The rows of all tables with these headings, one after another. */
export const tables = (of: Page, ...headings: readonly string[]): readonly (readonly string[])[] =>
  tablesOf(of, headings).flat();

function tablesOf({ text }: Page, headings: readonly string[]): readonly (readonly (readonly string[])[])[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (cells(line).join('|') !== headings.join('|')) return [];
    const rest = lines.slice(index + 2);
    const end = rest.findIndex((row) => !row.startsWith('|'));
    return [rest.slice(0, end < 0 ? undefined : end).map(cells)];
  });
}

const cells = (line: string): readonly string[] =>
  line.startsWith('|')
    ? line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) =>
          cell
            .trim()
            .replace(/^`([^`]*)`$/, '$1')
            .replaceAll('\\|', '|'),
        )
    : [];

/** A command line's words, quotes taken off. */
export const words = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
