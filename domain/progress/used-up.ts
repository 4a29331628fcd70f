/** Why nothing is left to try: the first reason beside the last, because what went wrong first is often what has to be mended. */
import { firstWords } from '../text/first-words.ts';
import { endSentence } from '../text/sentence.ts';

/** `first` null: there was one try. */
export function firstAndLast(first: string | null, last: string): string {
  const began = first === null ? null : firstWords(first);
  if (began === null || began === firstWords(last)) return `Last: ${last}`;
  return `First: ${endSentence(began)} Last: ${last}`;
}
