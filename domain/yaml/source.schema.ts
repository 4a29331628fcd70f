/**
 * YAML that people wrote: read once, with a position for every node, and with what makes YAML dangerous refused
 * (alias bombs, cycles, custom tags, endless nesting, huge files).
 */
import {
  type Alias,
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { type Finding, pathText, type Problem, type ProblemPath } from './problem.ts';

export const maxFileBytes = 256 * 1024;
/** Uses of anchors in one file. */
const maxAliases = 100;

export interface YamlSource {
  /** Plain data. */
  readonly value: unknown;
  /** Puts file, line and column to a finding; of the nearest node that exists. */
  locate(finding: Finding): Problem;
}

export type ReadYaml = { readonly source: YamlSource } | { readonly problems: readonly Problem[] };

export function readYaml(text: string, file: string): ReadYaml {
  const fail = (message: string, line = 1, column = 1): ReadYaml => ({
    problems: [{ file, line, column, path: '', message }],
  });
  // UTF-8 needs at most three bytes per UTF-16 unit; only a text in between has to be measured.
  if (text.length > maxFileBytes || new TextEncoder().encode(text).length > maxFileBytes) {
    return fail(
      `The file is larger than ${maxFileBytes / 1024} KiB. Keep long texts in files of the repository and name them, e.g. in \`design\`.`,
    );
  }

  const lines = new LineCounter();
  const document = parse(text, lines);
  if (document === undefined) return fail('The file is nested too deeply to be read.');
  const position = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // After one word in the wrong place, the parser says of all the rest that it is in the wrong place, too.
  const errors = document.errors.filter(({ code }, index) => index === 0 || code !== 'UNEXPECTED_TOKEN');
  const syntax = [...errors, ...document.warnings];
  if (syntax.length > 0) {
    return {
      problems: syntax.map((error) => ({
        file,
        ...position(error.pos[0]),
        path: '',
        message: `${sentence(error.message)} (YAML)`,
      })),
    };
  }
  if (document.contents === null) return fail('The file is empty.');
  const dangling = danglingAliases(document);
  if (dangling.length > 0) {
    return {
      problems: dangling.map((alias) => ({
        file,
        ...position(startOf(alias)),
        path: '',
        message: `There is no anchor '&${alias.source}' before '*${alias.source}'; put text that starts with '*' in quotes.`,
      })),
    };
  }
  const plain = toPlain(document);
  if ('problem' in plain) return fail(plain.problem);
  return {
    source: {
      value: plain.value,
      locate: ({ path, message, onKey = false }) => ({
        file,
        ...position(offsetOf(document, path, onKey)),
        path: pathText(path),
        message,
      }),
    },
  };
}

/** Undefined: the parser ran out of stack. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    const document = parseDocument(text, {
      lineCounter,
      version: '1.2',
      schema: 'core',
      prettyErrors: false,
    });
    return document.errors.some((error) => error.code === 'RESOURCE_EXHAUSTION') ? undefined : document;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function danglingAliases(document: Document.Parsed): readonly Alias[] {
  const dangling: Alias[] = [];
  visit(document, { Alias: (_, alias) => void (alias.resolve(document) ?? dangling.push(alias)) });
  return dangling;
}

function toPlain(document: Document.Parsed): { readonly value: unknown } | { readonly problem: string } {
  try {
    const value: unknown = document.toJS({ maxAliasCount: maxAliases });
    // Throws on a cycle; the length is that of the file with its aliases written out.
    if (JSON.stringify(value).length > 2 * maxFileBytes)
      return {
        problem: 'The anchors of this file write out to far more than the file; write the text once.',
      };
    return { value };
  } catch (error) {
    if (error instanceof TypeError)
      return { problem: 'An anchor contains itself (`&name` and `*name`); write the value out.' };
    if (error instanceof ReferenceError && error.message.startsWith('Excessive')) {
      return {
        problem: `The file uses its anchors (\`*name\`) more than ${maxAliases} times over; write the values out.`,
      };
    }
    return { problem: `${sentence(error instanceof Error ? error.message : String(error))} (YAML)` };
  }
}

function offsetOf(document: Document.Parsed, path: ProblemPath, onKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(document.contents);
  for (const [depth, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => (isScalar(item.key) ? String(item.key.value) : undefined) === part,
      );
      if (pair === undefined) break;
      const last = depth === path.length - 1;
      offset = last && onKey ? startOf(pair.key) : startOf(isEmpty(pair.value) ? pair.key : pair.value);
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      if (!isNode(node)) break;
      offset = startOf(node);
    } else {
      break;
    }
  }
  return offset;
}

const isEmpty = (value: unknown): boolean =>
  !isNode(value) || (isScalar(value) && (value.source ?? '') === '');
const startOf = (node: unknown): number => (isNode(node) ? ((node as Node).range?.[0] ?? 0) : 0);
const sentence = (message: string): string => (/[.!?]$/.test(message) ? message : `${message}.`);
