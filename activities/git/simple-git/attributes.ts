/**
 * The `.gitattributes` of a tree for a git that has no worktree to read them from: all files in one, each pattern with its
 * folder before it. Ours has no drivers, so that an attribute which names one falls back to what git does without it.
 */
import { pathToBytes } from '../../../domain/text/byte-path.ts';
import { readBlobs } from './blobs.ts';
import type { Mirror, Mirrors } from './mirror.ts';
import { readTree } from './trees.ts';

const fileName = '.gitattributes';

/** Deeper files come later: the last line that matches wins. Empty: there are none. Each byte is the character of its number. */
export async function readAttributes(mirrors: Mirrors, mirror: Mirror, tree: string): Promise<string> {
  const files = (await readTree(mirrors, mirror, tree, { recursive: true }))
    // Git doesn't follow a link here.
    .filter(({ mode, path }) => mode.startsWith('100') && `/${path}`.endsWith(`/${fileName}`))
    .map(({ path }) => path)
    .toSorted((a, b) => a.split('/').length - b.split('/').length);
  const contents = await readBlobs(mirrors, mirror, tree, files);
  return files.flatMap((path) => inFolder(path, contents.get(path)?.toString('latin1') ?? '')).join('\n');
}

function inFolder(path: string, text: string): readonly string[] {
  const folder = Buffer.from(pathToBytes(path)).toString('latin1').slice(0, -fileName.length);
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const rules = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return folder === '' ? rules : rules.flatMap((rule) => below(folder, rule));
}

/** Macros belong to the top; a pattern that is negated has never meant anything. */
function below(folder: string, rule: string): readonly string[] {
  const [, quoted, plain, attributes = ''] = /^(?:"((?:[^"\\]|\\.)*)"|(\S+))(\s.*)?$/.exec(rule) ?? [];
  const pattern = quoted === undefined ? plain : unquote(quoted);
  if (pattern === undefined || pattern.startsWith('[attr]') || pattern.startsWith('!')) return [];
  const prefix = folder.replaceAll(/[\\*?[]/g, (special) => `\\${special}`);
  // Without a slash in it, it names files in any folder below.
  const rest = pattern.startsWith('/') ? pattern.slice(1) : pattern.includes('/') ? pattern : `**/${pattern}`;
  return [`${quote(`${prefix}${rest}`)}${attributes}`];
}

const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** As git reads a quoted name. */
const unquote = (text: string): string =>
  text.replaceAll(/\\([0-7]{3}|.)/g, (_whole, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8) & 0xff) : (letters[code] ?? code),
  );
const quote = (text: string): string =>
  `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
