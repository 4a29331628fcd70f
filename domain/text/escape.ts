/** Text from elsewhere, made safe to print and to put into a prompt. */

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
