import { escapeControls } from './escape.ts';
import { shorten } from './truncate.ts';

/** What a person reads of a commit at a glance; git itself has no limit. */
const maxSubject = 120;

/** A subject of ours in an operator's words: `{subject}` stands for it. */
export const inTemplate = (template: string, subject: string): string =>
  template.replaceAll('{subject}', () => subject);

/**
 * Subject and body of a commit about something that people named: the subject is one line without control characters, with
 * `suffix` whole at its end; a name that had to be cut stands whole in the body.
 */
export function commitText(
  name: string,
  { suffix = '', body = '' }: { readonly suffix?: string; readonly body?: string } = {},
): { readonly subject: string; readonly body: string } {
  const line = escapeControls(name.trim());
  const room = maxSubject - suffix.length;
  const cut = line.length > room;
  const subject = shorten(line, room);
  const rest = escapeControls(body, { newlines: 'keep' }).trim();
  return {
    subject: `${subject}${suffix}`,
    body: [cut ? line : '', rest].filter((part) => part !== '').join('\n\n'),
  };
}

/** The last paragraph of a message, read as trailers. */
export function trailersOf(message: string): ReadonlyMap<string, string> {
  const last = message.trimEnd().split('\n\n').at(-1) ?? '';
  return new Map(
    last.split('\n').flatMap((line) => {
      const [, key, value] = /^([A-Za-z-]+): (.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    }),
  );
}

/** The task whose commit this is; undefined: none of ours. */
export function taskOf(message: string): number | undefined {
  const task = trailersOf(message).get('Phasewright-Task');
  return task !== undefined && /^\d+$/.test(task) ? Number(task) : undefined;
}
