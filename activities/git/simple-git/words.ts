/** What git printed, as people should read it: the words of whoever refused first, without progress and git's own advice. */
import { escapeControls } from '../../../domain/text/escape.ts';
import { shorten } from '../../../domain/text/truncate.ts';

export interface Printed {
  /** Standard output. */
  readonly text: string;
  readonly stderr: string;
}

/** Of standard output: what follows is a listing or a file. */
const outputLength = 20_000;
const shownLength = 2_000;
const shownOutput = 500;

/** `Counting objects:  16% (1/6)`, `Total 3 (delta 0), …`, also when the remote says it. */
const progress =
  /^(remote: )?\s*(([A-Z][a-z]+( [a-z]+)*:\s+(\d+%|\d+, done)|Enumerating objects: ).*|Total \d+ \(delta \d+\).*|Delta compression using .*|Auto packing the repository .*)$/;
/** Git's advice names commands for the folder it ran in, where nobody works; the others stand around what is reported. */
const frame = /^(hint:.*|To \S.*|Done|remote:( error:)?)$/;

/** Drawn around words. */
const ornament = /[\s—–─═=]{4,}$/;
/** Of many lines these say what is wrong. */
const telling =
  /^remote: .*(\b(error|fatal|GitLab|Gitea|Forgejo): |\bGH\d{3}\b|^remote:\s+- |\b(must|cannot|can't|not allowed|declined|denied)\b)/;

const isRemote = (line: string): boolean => line.startsWith('remote: ');

/** Without progress and advice; lines are written over with carriage returns, and padded so that they cover one another. */
function meaningful(text: string): readonly string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.replaceAll('\u001b[K', '').replace(ornament, '').trimEnd())
    .filter((line) => line !== '' && !progress.test(line) && !frame.test(line));
}

/** All that means something, what a remote said before what our git made of it. `hide` takes secrets out. */
export function wordsOf({ text, stderr }: Printed, hide: (text: string) => string): string {
  const errors = meaningful(plain(hide(stderr)));
  const ordered = [...errors.filter(isRemote), ...errors.filter((line) => !isRemote(line))];
  return [...ordered, ...meaningful(plain(hide(text.slice(0, outputLength))))].join('\n');
}

/** Short enough for history: the first 2,000 characters, of more the telling lines before the others; controls shown. */
export function said(printed: Printed, hide: (text: string) => string): string {
  const all = wordsOf({ text: '', stderr: printed.stderr }, hide);
  const room = shownLength - shownOutput;
  const errors = all.length <= room ? all : shorten(tellingFirst(all.split('\n')).join('\n'), room);
  const output = shorten(wordsOf({ text: printed.text, stderr: '' }, hide), shownOutput);
  const words = [errors, output].filter((part) => part !== '').join('\n');
  return escapeControls(words, { newlines: 'keep' });
}

const tellingFirst = (lines: readonly string[]): readonly string[] => [
  ...lines.filter((line) => telling.test(line)),
  ...lines.filter((line) => !telling.test(line)),
];

const plain = (text: string): string => text.replaceAll(/\b([a-z+]+:\/\/)[^\s/@]+@/g, '$1***@');
