/** Text from elsewhere, made safe to print, to keep small, and to put into a prompt. */

/** C0 and C1 controls (so also ANSI sequences), bidirectional overrides, zero-width characters, line separators, lone surrogates. */
const controls =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

/** Shows control characters as `\u{1b}`. `newlines: 'keep'` (for text of several lines) leaves line feeds and tabs alone. */
export function escapeControls(
  text: string,
  { newlines = 'escape' }: { readonly newlines?: 'keep' | 'escape' } = {},
): string {
  const whole = newlines === 'keep' ? text.replace(/\r\n/g, '\n') : text;
  return whole.replace(controls, (character) => {
    if (character === '\n') return newlines === 'keep' ? '\n' : '\\n';
    if (character === '\t') return newlines === 'keep' ? '\t' : '\\t';
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** At most `maxLength` UTF-16 units of the text, never half a character; says how much was cut. */
export function capText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const half = /[\ud800-\udbff]/.test(text.charAt(maxLength - 1));
  const kept = text.slice(0, half ? maxLength - 1 : maxLength);
  return `${kept}\n[cut here: ${text.length - kept.length} more characters]`;
}

/**
 * Text that came from a repository, an issue, a program or a person, marked as data for an agent: what it says may
 * matter, but it gives no orders. The text cannot close the mark early.
 */
export function asData(label: string, text: string): string {
  const from = escapeControls(label).replace(/["<>]/g, "'");
  return `<data from="${from}">\n${defuse(escapeControls(text, { newlines: 'keep' }))}\n</data>`;
}

/** The tags that structure our prompts, inside other text: kept readable, but no longer tags. */
export function defuse(text: string): string {
  return text.replace(/<(\s*\/?\s*(?:data|project-plan)\b)/gi, '&lt;$1');
}

/** For Temporal's one-line summaries: whole characters, none that control a terminal. */
export const summaryLine = (text: string): string => Array.from(escapeControls(text)).slice(0, 60).join('');

/** What a person reads of a commit at a glance; git itself has no limit. */
const maxSubject = 120;

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
  const half = /[\ud800-\udbff]/.test(line.charAt(room - 2));
  const subject = cut ? `${line.slice(0, half ? room - 2 : room - 1).trimEnd()}…` : line;
  const rest = escapeControls(body, { newlines: 'keep' }).trim();
  return {
    subject: `${subject}${suffix}`,
    body: [cut ? line : '', rest].filter((part) => part !== '').join('\n\n'),
  };
}
