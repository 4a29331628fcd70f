import { escapeControls } from './escape.ts';
import { withoutReferences } from './references.ts';
import { shorten } from './truncate.ts';

/** What a person reads of a commit at a glance; git itself has no limit. */
const maxSubject = 120;

/** A subject of ours in an operator's words: `{subject}` stands for it. */
export const inTemplate = (template: string, subject: string): string =>
  template.replaceAll('{subject}', () => subject);

/**
 * Subject and body of a commit about something that people named: the subject is one line without control characters, with
 * our own `prefix` and `suffix` whole around it; a name that had to be cut stands whole in the body. What others wrote refers to
 * nothing on a code host, and none of it is a trailer.
 */
export function commitText(
  name: string,
  {
    prefix = '',
    suffix = '',
    body = '',
  }: { readonly prefix?: string; readonly suffix?: string; readonly body?: string } = {},
): { readonly subject: string; readonly body: string } {
  const line = withoutReferences(escapeControls(name.trim()));
  const room = maxSubject - prefix.length - suffix.length;
  const cut = line.length > room;
  const rest = withoutReferences(escapeControls(body, { newlines: 'keep' }).trim());
  return {
    subject: `${prefix}${shorten(line, room)}${suffix}`,
    body: withoutTrailers([cut ? line : '', rest].filter((part) => part !== '').join('\n\n')),
  };
}

/** What looks like one of ours, or like the word of a person (`Signed-off-by`), stays readable and is none. */
const withoutTrailers = (text: string): string =>
  text.replace(/^([ \t]*(?:phasewright-[\w-]*|[\w-]+-by))(?=[ \t]*:)/gim, '$1\u200c');

/** The last paragraph of a message, if all of it is trailers and something stands before it, as git reads them. */
export function trailersOf(message: string): ReadonlyMap<string, string> {
  const paragraphs = message.trim().split(/\n(?:[ \t]*\n)+/);
  const lines = paragraphs.length === 1 ? [] : (paragraphs.at(-1) ?? '').split('\n');
  const trailers = lines.map((line) => /^([A-Za-z0-9-]+): (.*)$/.exec(line));
  return new Map(
    trailers.every((trailer) => trailer !== null)
      ? trailers.map(([, key = '', value = '']) => [key, value] as const)
      : [],
  );
}

/** The task whose commit this is; undefined: none of ours. */
export function taskOf(message: string): number | undefined {
  const task = trailersOf(message).get('Phasewright-Task');
  return task !== undefined && /^\d+$/.test(task) ? Number(task) : undefined;
}
