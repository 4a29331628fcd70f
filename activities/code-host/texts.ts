/** Texts as code hosts take them and give them back. */
import type { CommitMetadata } from '../../domain/model/git.ts';

export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

/** Line ends and the space after the last line are no difference: a host may have changed them. */
export const sameText = (a: string, b: string): boolean => plain(a) === plain(b);
const plain = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd();

/** A merge's message: subject, text and trailers, as all commits of a project carry them. */
export function mergeMessage({ subject, body, trailers }: CommitMetadata): {
  readonly title: string;
  readonly text: string;
} {
  const lines = trailers.map(([key, value]) => `${key.replaceAll(/[^A-Za-z0-9-]/g, '-')}: ${oneLine(value)}`);
  const prose = body
    .replaceAll('\r\n', '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, '')
    .trim();
  return {
    title: oneLine(subject) || '(no subject)',
    text: [prose, lines.join('\n')].filter((part) => part !== '').join('\n\n'),
  };
}

/** A host keeps a label's case, and finds it in any. */
export function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  const set = (labels: readonly string[]) => [...new Set(labels.map((label) => label.toLowerCase()))].sort();
  return JSON.stringify(set(a)) === JSON.stringify(set(b));
}
