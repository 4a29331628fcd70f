/** What a failure says first: its own words on one line, without what draws on a terminal and without a program's progress. */
import { escapeControls } from './escape.ts';
import { shorten } from './truncate.ts';

/** Also as `escapeControls` shows them, because some failures went through it already. */
const sequences =
  /(?:\u001b|\\u\{1b\})(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b\\]*(?:\u0007|\u001b\\|\\u\{7\})?|[@-Z^_])/gu;
const lineEnds = /\r\n|[\r\n]|\\u\{d\}/u;
/** `remote: Counting objects:  10% (1/10)`, `Enumerating objects: 12, done.` */
const progress = /(?:remote:\s*)?\p{Lu}[\p{L} ]*:\s+(?:\d{1,3}% \(\d+\/\d+\)|\d+, done\b).*$/u;
/** What git advises is about a repository that nobody sees. */
const advice = /^(?:remote:\s*)?hint:.*$/u;

/** At most `max` characters; what is longer ends with a whole sentence, if there is one. */
export function firstWords(text: string, max = 300): string {
  const words = text
    .replaceAll(sequences, '')
    .split(lineEnds)
    .map((line) => line.trim().replace(progress, '').replace(advice, '').trim())
    .filter((line) => line !== '' && line !== 'remote:')
    .join(' ');
  if (words === '') return 'It failed without a word.';
  const safe = escapeControls(words);
  if (safe.length <= max) return safe;
  const sentences = /^.*[.!?](?= )/u.exec(safe.slice(0, max + 1))?.[0];
  return sentences ?? shorten(safe, max);
}
